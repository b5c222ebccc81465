"""The problem: predict a number. Only this module chooses example data and the gate's metric.

Every command imports this module, so scikit-learn, which takes a second to import, is imported by the functions that
need it.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

METRIC = "r2"
"""The gate's metric: at most 1, greater is better; 0 is as good as always predicting the mean."""

TARGET_TYPE: Literal["category", "number"] = "number"


def example_table(target: str) -> pd.DataFrame:
    """Load the diabetes data that scikit-learn ships: 442 patients, 10 features, progression after one year."""
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(as_frame=True, scaled=False)
    table: pd.DataFrame = bunch.data.copy()
    table[target] = bunch.target
    return table


def target_suspects(column: pd.Series, labels: pd.Series) -> list[tuple[str, bool]]:
    """List what looks wrong in a target, as sentences, each with whether it stops training without a contract.

    Args:
        column: the target as the table stores it.
        labels: the numbers.
    """
    if column.notna().any() and labels.isna().all():
        return [(f"holds no numbers but {column.dropna().iloc[0]!r}: this looks like classification", True)]
    if labels.nunique() == 2:
        return [("has only two values: this looks like classification", False)]
    return []


def target_problems(target: pd.Series) -> list[str]:
    """List what makes a target column unusable, as sentences."""
    return ["the target is the same in all rows"] if target.nunique() < 2 else []


def labels(target: pd.Series) -> list[str]:
    """Return an empty list, since numbers have no labels."""
    return []


def predict(model: "Pipeline", features: pd.DataFrame) -> pd.DataFrame:
    """Predict numbers."""
    return pd.DataFrame({"prediction": np.asarray(model.predict(features), dtype="float64")}, index=features.index)


def naive(target: pd.Series, rows: int, seed: int) -> dict[str, NDArray[np.float64]]:
    """Return predictions that do not use the features.

    Args:
        target: the numbers of the training rows.
        rows: number of predictions.
        seed: not used, since there are no random guesses here.
    """
    return {"always the mean": np.full(rows, target.mean())}


def simplest(seed: int) -> "BaseEstimator":
    """Return the simplest estimator that uses the features: a decision on one feature."""
    from sklearn.tree import DecisionTreeRegressor

    return DecisionTreeRegressor(max_depth=1, random_state=seed)


def score(
    target: pd.Series, predicted: pd.Series, samples: NDArray[np.float64], weights: pd.Series | None
) -> NDArray[np.float64]:
    """Compute the gate's metric on samples of rows.

    Args:
        target: the numbers of n rows.
        predicted: the predicted numbers of the same rows.
        samples: how often each row occurs, shape (samples, n).
        weights: weight of each row; None if all count the same.

    Returns:
        One value for each sample.
    """
    if weights is not None:
        samples = samples * weights.to_numpy(dtype="float64")
    true, guessed = target.to_numpy(dtype="float64"), predicted.to_numpy(dtype="float64")
    centred = true - true.mean()  # without it, the difference of two large sums would be inexact
    sums = samples @ np.column_stack([np.ones(len(true)), centred, centred**2, (true - guessed) ** 2])
    total = sums[:, 2] - sums[:, 1] ** 2 / sums[:, 0]
    scores = np.full(len(samples), np.nan)
    np.divide(total - sums[:, 3], total, out=scores, where=total > 0)
    return scores
