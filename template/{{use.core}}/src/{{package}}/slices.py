"""The model's metrics in slices of the rows, and whether it treats groups alike.

A good mean can hide a slice in which the model fails. The fewer rows a slice has, the more of its distance from the
mean is chance.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from .scored import Scored

MISSING = "(missing)"
"""The name of the slice of rows whose value is missing."""

PARTS = 4
"""Numbers with more distinct values than this are cut into quartiles."""

YEARS = 3
"""Moments in at least this many calendar years are sliced by year, otherwise by month."""

Measure = Callable[[Scored], Mapping[str, float]]


@dataclass(frozen=True)
class Slice:
    """The rows with one value, or range of values, of a column.

    Attributes:
        column: name of the column.
        value: the value or range, as text.
        rows: number of rows.
        share: share of all rows, between 0 and 1.
        metrics: the metrics on these rows.
    """

    column: str
    value: str
    rows: int
    share: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Gap:
    """The distance between the groups with the lowest and the highest value of a metric."""

    metric: str
    lowest: str
    highest: str
    size: float


@dataclass(frozen=True)
class Fairness:
    """The comparison of groups that a column defines.

    Attributes:
        column: name of the column.
        groups: the groups with enough rows, by value.
        gaps: one for each metric that at least two groups have, widest first.
        rows_left_out: rows in groups that are too small to judge.
    """

    column: str
    groups: tuple[Slice, ...]
    gaps: tuple[Gap, ...]
    rows_left_out: int


def by_slice(
    scored: Scored,
    columns: Sequence[str],
    measure: Measure,
    *,
    by: str,
    greater_is_better: bool,
    most: int = 20,
    min_rows: int = 20,
) -> list[Slice]:
    """Measure the slices that each column makes: single values, quartiles of a number, years or months.

    Args:
        scored: rows with their predictions.
        columns: names of columns of `scored.rows`.
        measure: returns metrics; it gets no inputs, which would have to be copied for each slice.
        by: the metric to sort by; slices in which it is undefined are left out.
        greater_is_better: whether greater values of `by` are better.
        most: number of slices per column; the largest ones are kept.
        min_rows: slices with fewer rows are left out.

    Returns:
        The slices, worst first; of equally bad ones the larger first.
    """
    slices = [
        part for column in columns for part in _slices(scored, column, measure, most, min_rows) if by in part.metrics
    ]
    sign = 1 if greater_is_better else -1
    return sorted(slices, key=lambda part: (sign * part.metrics[by], -part.rows, part.column, part.value))


def fairness(scored: Scored, column: str, rates: Measure, *, most: int = 20, min_rows: int = 20) -> Fairness:
    """Compare the groups that a column defines.

    Args:
        scored: rows with their predictions.
        column: name of a column of `scored.rows`.
        rates: returns metrics that should be equal, such as how often each label is predicted.
        most: number of groups to compare; the largest ones are kept.
        min_rows: groups with fewer rows are left out.
    """
    groups = _slices(scored, column, rates, most, min_rows)
    names = {name: None for group in groups for name in group.metrics}
    gaps = [gap for gap in (_gap(groups, name) for name in names) if gap]
    return Fairness(
        column=column,
        groups=tuple(groups),
        gaps=tuple(sorted(gaps, key=lambda gap: -gap.size)),
        rows_left_out=len(scored) - sum(group.rows for group in groups),
    )


def number(value: float) -> str:
    """Format a number for people: with four digits, or all those before the decimal point."""
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e15 else f"{value:.4g}"


def parts_of(column: pd.Series) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Cut a column into parts.

    Returns:
        The position of each row's part, shape (rows,), and the names of the parts, in order.
    """
    if pd.api.types.is_datetime64_any_dtype(column):
        return _coded(_periods(column))
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        present = numbers[~np.isnan(numbers)]
        return _ranges(numbers) if len(np.unique(present)) > PARTS else _coded(column, number)
    return _coded(column)


def _slices(scored: Scored, column: str, measure: Measure, most: int, min_rows: int) -> list[Slice]:
    places, names = parts_of(scored.rows[column])
    sizes = np.bincount(places, minlength=len(names))
    largest = (-sizes).argsort(kind="stable")[:most]
    without_inputs = Scored(scored.rows[[]], scored.target, scored.predicted, scored.weights)
    return [
        Slice(
            column=column,
            value=names[place],
            rows=int(sizes[place]),
            share=float(sizes[place] / len(places)),
            metrics=measure(without_inputs.take(np.flatnonzero(places == place))),
        )
        for place in np.sort(largest)
        if sizes[place] >= max(min_rows, 1)
    ]


def _gap(groups: Sequence[Slice], metric: str) -> Gap | None:
    having = sorted((group for group in groups if metric in group.metrics), key=lambda group: group.metrics[metric])
    if len(having) < 2:
        return None
    lowest, highest = having[0], having[-1]
    return Gap(metric, lowest.value, highest.value, highest.metrics[metric] - lowest.metrics[metric])


def _coded(column: pd.Series, name: Callable[[Any], str] = str) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Make a part for each value, in sort order, and a last one for missing values."""
    places, values = pd.factorize(column, sort=True)
    return np.where(places < 0, len(values), places), [*map(name, values), MISSING]


def _periods(moments: pd.Series) -> pd.Series:
    form = "%Y" if moments.dt.year.nunique() >= YEARS else "%Y-%m"
    periods: pd.Series = moments.dt.strftime(form)
    return periods


def _ranges(numbers: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Make a part for each quartile, fewer if many values are equal, and a last one for missing values."""
    edges = np.unique(np.nanquantile(numbers, np.arange(1, PARTS) / PARTS))
    shown = [number(edge) for edge in edges]
    between = [f"above {lower} to {upper}" for lower, upper in pairwise(shown)]
    names = [f"up to {shown[0]}", *between, f"above {shown[-1]}", MISSING]
    places = np.searchsorted(edges, numbers)
    return np.where(np.isnan(numbers), len(edges) + 1, places), names
