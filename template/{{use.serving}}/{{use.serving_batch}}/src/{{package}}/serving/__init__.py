"""Batch serving: score a table with a `Predictor`."""
