"""Rows with their predictions and true values: the input of every evaluation."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

PROBABILITY = "probability_"
"""The prefix of columns of probabilities; the label follows."""


@dataclass(frozen=True)
class Scored:
    """Rows with their predictions and true values.

    All parts have the same index.

    Attributes:
        rows: the inputs as the schema types them, one column per input.
        target: class labels as text, or numbers.
        predicted: `prediction`, and for a classifier `probability_<label>` for each label that the model knows.
        weights: weight of each row, at least 0; None if all count the same.
    """

    rows: pd.DataFrame
    target: pd.Series
    predicted: pd.DataFrame
    weights: pd.Series | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.target)

    def take(self, positions: npt.NDArray[np.intp]) -> "Scored":
        """Return the rows at these positions, in this order."""
        return Scored(
            rows=self.rows.iloc[positions],
            target=self.target.iloc[positions],
            predicted=self.predicted.iloc[positions],
            weights=None if self.weights is None else self.weights.iloc[positions],
        )

    def each_weight(self) -> npt.NDArray[np.float64]:
        """Return the weight of each row, shape (rows,); 1 if all count the same."""
        if self.weights is None:
            return np.ones(len(self))
        return self.weights.to_numpy(dtype=np.float64)


def ordered(labels: Iterable[str]) -> list[str]:
    """Sort distinct labels as people expect: as numbers if all are numbers, else as text."""
    distinct = sorted(set(labels))
    try:
        return sorted(distinct, key=float)
    except ValueError:
        return distinct
