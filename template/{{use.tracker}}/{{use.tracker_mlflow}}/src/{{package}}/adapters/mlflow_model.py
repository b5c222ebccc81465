"""Lets `mlflow.pyfunc.load_model` open a model package of this project."""

from pathlib import Path

import pandas as pd

from ..predictor import MODEL_FILE, SCHEMA_FILE, Predictor


class PredictorModel:
    """A `Predictor` with the signature that MLflow calls."""

    def __init__(self, predictor: Predictor) -> None:
        """Wrap a predictor."""
        self.predictor = predictor

    def predict(self, table: pd.DataFrame) -> pd.DataFrame:
        """Predict every row."""
        return self.predictor.predict(table)


def _load_pyfunc(path: str) -> PredictorModel:
    package = Path(path)
    return PredictorModel(
        Predictor.from_bytes((package / MODEL_FILE).read_bytes(), (package / SCHEMA_FILE).read_bytes())
    )
