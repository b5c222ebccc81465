"""How much a model relies on each input: what it loses when the values of a column are shuffled among the rows.

Of two columns that say the same, each looks unimportant, because the other one is still there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .scored import Scored

ROWS_AT_ONCE = 10_000
"""How many rows are predicted by one call: a model answers few large questions faster than many small ones."""

MOST_CELLS = 10_000_000
"""How many values are predicted from in all; their number grows with the square of the columns."""

LEAST_ROWS = 100
"""With fewer rows importance is mostly chance."""

BARS = 20


@dataclass(frozen=True)
class Importance:
    """How much the loss grows when one column is shuffled.

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
    """Shuffle one input after the other and measure how much worse the predictions become.

    Args:
        predict: rows like `scored.rows` → a table like `scored.predicted`.
        scored: rows with their predictions, none of which the model was trained on.
        loss: how bad predictions are; less is better.
        max_rows: of more rows a sample is taken, of a table with hundreds of columns a smaller one.
        repeats: how often each column is shuffled.
        seed: decides on sample and shuffles.

    Returns:
        The most important column first; none without rows that count, or where the loss is no number.
    """
    counting = np.flatnonzero(scored.each_weight() > 0)
    columns = [str(name) for name in scored.rows]
    if not (len(counting) and columns):
        return []
    random = np.random.default_rng(seed)
    enough = min(max_rows, max(LEAST_ROWS, MOST_CELLS // (len(columns) ** 2 * repeats)))
    sample = scored.take(np.sort(random.permutation(counting)[:enough]))
    # Every column is shuffled in the same ways, so that chance does not make one more important than another.
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
    """Draw the most important columns as bars, with the deviation, as a PNG file."""
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
    """All rows once for each shuffle of each column; in each copy one column is shuffled."""
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
