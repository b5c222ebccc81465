"""A check of the project's own checks: defects are planted one at a time, and the check that should catch each is run.

Usage: python -m scripts.mutants [--list] [--only ID ...]
"""
