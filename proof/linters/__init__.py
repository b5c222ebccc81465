"""The linters of generated files, one module for each kind of tool; `all.py` lists them."""
