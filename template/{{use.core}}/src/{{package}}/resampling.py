"""The bootstrap of Efron (1979): how much the gate's metric depends on which rows were held out."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .problem import score
from .scored import Scored

MOST_ROWS = 50_000
"""Limit on rows; more would slow down the measurement without making a difference clearer."""


@dataclass(frozen=True)
class Resamples:
    """Held-out rows with predictions, and samples of them, drawn with replacement.

    All models are measured on the same samples, so that variation that they share does not count as a difference.

    Attributes:
        scored: n rows.
        counts: how often each row occurs in each sample, shape (samples, n).
    """

    scored: Scored
    counts: NDArray[np.float64]

    @classmethod
    def of(cls, scored: Scored, seed: int) -> "Resamples":
        """Draw samples of the first rows: the more rows, the fewer samples."""
        rows, random = min(len(scored), MOST_ROWS), np.random.default_rng(seed)
        samples = int(np.clip(5_000_000 // rows, 200, 500))
        drawn = [np.bincount(random.integers(rows, size=rows), minlength=rows) for _ in range(samples)]
        return cls(scored.take(np.arange(rows)), np.stack(drawn).astype("float64"))

    def values(self, predicted: pd.Series) -> NDArray[np.float64]:
        """Return the gate's metric of other predictions on each sample, shape (samples,); NaN where undefined."""
        return score(self.scored.target, predicted, self.counts, self.scored.weights)

    @cached_property
    def model(self) -> NDArray[np.float64]:
        """Return the gate's metric of the model itself on each sample."""
        return self.values(self.scored.predicted["prediction"])

    @property
    def spread(self) -> float:
        """Return the standard deviation of the model's metric over the samples."""
        return float(np.std(self.model[np.isfinite(self.model)]))


def gate_value(target: pd.Series, predicted: pd.Series, weights: pd.Series | None = None) -> float:
    """Return the gate's metric on the rows themselves, without resampling."""
    return float(score(target, predicted, np.ones((1, len(target))), weights)[0])
