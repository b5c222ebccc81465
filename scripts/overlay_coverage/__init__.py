"""The coverage of each overlay's Python, measured from the tests that generated projects ship.

Usage: python -m scripts.overlay_coverage [--only OVERLAY] [--at-least PERCENT] [--write]
"""
