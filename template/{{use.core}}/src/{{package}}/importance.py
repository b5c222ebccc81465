"""Permutation importance: how much worse predictions become when the values of a column are shuffled among the rows.

If two columns hold the same information, both look unimportant, because the other one is still there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .scored import Scored

ROWS_AT_ONCE = 10_000
"""Rows per call of `predict`, since a model predicts few large batches faster than many small ones."""

MOST_CELLS = 10_000_000
"""Limit on all cells that are predicted from; their number grows with the square of the number of columns."""

LEAST_ROWS = 100
"""With fewer rows, importance is mostly chance."""

BARS = 20


@dataclass(frozen=True)
class Importance:
    """The increase of the loss when one column is shuffled.

    Attributes:
        column: name of the input.
        mean: mean over the repeats, in units of the loss; about 0, or below, for a column that does not help.
        deviation: standard deviation over the repeats.
    """

    column: str
    mean: float
    deviation: float


def permutation_importance(
    predict: Callable[[pd.DataFrame], pd.DataFrame],
    scored: Scored,
    loss: Callable[[Scored], float],
    *,
    max_rows: int = 1000,
    repeats: int = 5,
    seed: int = 0,
) -> list[Importance]:
    """Shuffle one column after another, and measure how much worse the predictions become.

    Args:
        predict: rows like `scored.rows` → a table like `scored.predicted`.
        scored: rows with their predictions, none of which the model was trained on.
        loss: the loss of predictions; less is better.
        max_rows: size of the sample from more rows; it is smaller for a table with hundreds of columns.
        repeats: number of shuffles of each column.
        seed: seed of sample and shuffles.

    Returns:
        The importances, most important column first; empty if no row has a weight or the loss is not a number.
    """
    counting = np.flatnonzero(scored.each_weight() > 0)
    columns = [str(name) for name in scored.rows]
    if not (len(counting) and columns):
        return []
    random = np.random.default_rng(seed)
    enough = min(max_rows, max(LEAST_ROWS, MOST_CELLS // (len(columns) ** 2 * repeats)))
    sample = scored.take(np.sort(random.permutation(counting)[:enough]))
    # All columns get the same shuffles, so that chance does not rank one above another.
    shuffles = np.stack([random.permutation(len(sample)) for _ in range(repeats)])
    base = loss(sample)
    found = []
    for batch in _batches(columns, max(1, ROWS_AT_ONCE // shuffles.size)):
        predicted = predict(_shuffled(sample.rows, batch, shuffles))
        copies = (_with_predictions(sample, predicted, number) for number in range(len(batch) * repeats))
        growth = np.array([loss(copy) - base for copy in copies]).reshape(len(batch), repeats)
        found += [
            Importance(column, float(grown.mean()), float(grown.std()))
            for column, grown in zip(batch, growth, strict=True)
            if np.isfinite(grown).all()
        ]
    return sorted(found, key=lambda importance: (-importance.mean, importance.column))


def figure(importances: Sequence[Importance], loss_name: str) -> bytes:
    """Draw the most important columns as bars with their deviation, as a PNG file."""
    from .drawing import COLOURS, name_axes, new_figure, png, shown

    drawn = importances[:BARS][::-1]
    canvas = new_figure(6.8, 1.4 + 0.26 * len(drawn))
    axes = canvas.subplots()
    axes.barh(
        range(len(drawn)),
        [importance.mean for importance in drawn],
        xerr=[importance.deviation for importance in drawn],
        color=COLOURS[0],
        ecolor="black",
        error_kw={"linewidth": 1},
    )
    axes.set_yticks(range(len(drawn)), [shown(importance.column) for importance in drawn])
    axes.axvline(0, color="black", linewidth=0.8)
    most = f", the first {len(drawn)} of {len(importances)}" if len(drawn) < len(importances) else ""
    name_axes(axes, f"Importance of the inputs{most}", f"growth of {loss_name} when shuffled", "")
    return png(canvas)


def _batches(columns: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(columns), size):
        yield columns[start : start + size]


def _shuffled(rows: pd.DataFrame, columns: Sequence[str], shuffles: npt.NDArray[np.intp]) -> pd.DataFrame:
    """Repeat all rows once per column and shuffle; in each copy, one column is shuffled."""
    plain = np.tile(np.arange(len(rows)), len(columns) * len(shuffles))
    table = rows.iloc[plain].reset_index(drop=True)
    for number, column in enumerate(columns):
        positions = plain.copy()
        positions[number * shuffles.size : (number + 1) * shuffles.size] = shuffles.ravel()
        table[column] = rows[column].iloc[positions].set_axis(table.index)
    return table


def _with_predictions(sample: Scored, predicted: pd.DataFrame, copy: int) -> Scored:
    part = predicted.iloc[copy * len(sample) : (copy + 1) * len(sample)].set_axis(sample.target.index)
    return Scored(sample.rows, sample.target, part, sample.weights)
