"""Rows that a model predicted, beside what is true: what every evaluation works on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

PROBABILITY = "probability_"
"""What the name of a column of probabilities begins with; the label follows."""


@dataclass(frozen=True)
class Scored:
    """Rows that a model predicted, beside what is true.

    All parts have the same index.

    Attributes:
        rows: the inputs as the schema types them, a column an input.
        target: class labels as text, or numbers.
        predicted: `prediction`, and for a classifier `probability_<label>` for each label that the model knows.
        weights: how much each row counts, at least 0; None when all count the same.
    """

    rows: pd.DataFrame
    target: pd.Series
    predicted: pd.DataFrame
    weights: pd.Series | None = None

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.target)

    def take(self, positions: npt.NDArray[np.intp]) -> "Scored":
        """The rows at these positions, in this order."""
        return Scored(
            rows=self.rows.iloc[positions],
            target=self.target.iloc[positions],
            predicted=self.predicted.iloc[positions],
            weights=None if self.weights is None else self.weights.iloc[positions],
        )

    def each_weight(self) -> npt.NDArray[np.float64]:
        """The weight of each row, shape (rows,); 1 when all count the same."""
        if self.weights is None:
            return np.ones(len(self))
        return self.weights.to_numpy(dtype=np.float64)


def ordered(labels: Iterable[str]) -> list[str]:
    """Distinct labels in the order that people expect: by number when all are numbers, else by text."""
    distinct = sorted(set(labels))
    try:
        return sorted(distinct, key=float)
    except ValueError:
        return distinct
