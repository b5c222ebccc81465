"""How far rows are from those that a model was trained on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from .reference import Bins, Reference


def population_stability_index(expected: Sequence[int], observed: Sequence[int]) -> float:
    """Return the population stability index of two counts of the same bins: the sum of (o - e) · ln(o / e).

    `e` and `o` are a bin's shares of all expected and of all observed rows. The sum is 0 for equal shares, never
    negative, and the same in both directions. Half a row is added to each bin, or an empty one would make it infinite.

    Source: Siddiqi, Credit Risk Scorecards, Wiley 2006. Without drift it is about (bins - 1) · (1/expected rows +
    1/observed rows): Yurdakul, Statistical Properties of Population Stability Index, Western Michigan University 2018.

    Args:
        expected: rows in each bin of the reference.
        observed: rows in each bin now.
    """
    shares = [(np.asarray(counts) + 0.5) / (sum(counts) + 0.5 * len(counts)) for counts in (expected, observed)]
    return float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))


@dataclass(frozen=True)
class Counts:
    """How many rows fell into each bin of each distribution of a reference."""

    rows: int
    bins: tuple[tuple[int, ...], ...]

    @classmethod
    def of_bins(cls, reference: Reference, bins: Bins) -> Self:
        """Count rows whose bins are known."""
        columns = [item.count(bins[:, index]) for index, item in enumerate(reference.distributions)]
        return cls(rows=len(bins), bins=tuple(columns))


class Drift(BaseModel):
    """The population stability index of each feature and of the predictions; none where rows are too few to tell."""

    model_config = ConfigDict(frozen=True)

    rows: int
    features: dict[str, float]
    prediction: float | None

    @classmethod
    def measure(cls, reference: Reference, counts: Counts, min_rows: int) -> Self:
        """Compare counts with the reference.

        Args:
            reference: what the model was trained on.
            counts: what it meets now.
            min_rows: with fewer rows nothing is measured, since chance alone would look like drift.
        """
        if counts.rows < min_rows:
            return cls(rows=counts.rows, features={}, prediction=None)
        pairs = zip(reference.distributions, counts.bins, strict=True)
        found = [population_stability_index(item.counts, observed) for item, observed in pairs]
        names = [item.name for item in reference.features]
        return cls(rows=counts.rows, features=dict(zip(names, found[:-1], strict=True)), prediction=found[-1])

    def drifted(self, threshold: float) -> list[str]:
        """Return the features that are further away than the threshold, the furthest first."""
        far = [(value, name) for name, value in self.features.items() if value > threshold]
        return [name for _, name in sorted(far, reverse=True)]
