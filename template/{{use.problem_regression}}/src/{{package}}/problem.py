"""The problem: predict a number. Data and metrics are chosen here and nowhere else.

Every command reads the gate's threshold here, so scikit-learn, which takes a second to import, is imported by the two
functions that need it.
"""

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

METRIC = "r2"
"""The gate's metric: at most 1, greater is better; 0 is as good as always predicting the mean."""

GATE_THRESHOLD = 0.3


def example_table(target: str) -> pd.DataFrame:
    """The diabetes data that scikit-learn ships: 442 patients, 10 features, progression after one year."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(as_frame=True, scaled=False)
    table: pd.DataFrame = bunch.data.copy()
    table[target] = bunch.target
    return table


def as_target(column: pd.Series) -> pd.Series:
    """Numbers as they are."""
    return pd.to_numeric(column, errors="coerce").astype("float64")


def strata(target: pd.Series) -> pd.Series | None:
    """A number has no classes to stratify by."""
    return None


def target_problems(target: pd.Series) -> list[str]:
    """What makes a target column unusable, as sentences."""
    if target.isna().any():
        return [f"{int(target.isna().sum())} target value(s) are not numbers"]
    return ["the target is the same in all rows"] if target.nunique() < 2 else []


def labels(target: pd.Series) -> list[str]:
    """A number has no labels."""
    return []


def metrics(model: "Pipeline", features: pd.DataFrame, target: pd.Series) -> dict[str, float]:
    """Quality of a trained model on held-out rows; errors in the target's unit."""
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    predicted = model.predict(features)
    return {
        "mae": float(mean_absolute_error(target, predicted)),
        "r2": float(r2_score(target, predicted)),
        "rmse": float(root_mean_squared_error(target, predicted)),
    }


def predict(model: "Pipeline", features: pd.DataFrame) -> pd.DataFrame:
    """The predicted numbers."""
    return pd.DataFrame({"prediction": model.predict(features)}, index=features.index)
