"""REST serving: one HTTP server around a `Predictor`."""
