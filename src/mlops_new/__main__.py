"""`python -m mlops_new`."""

from .cli import main

main()
