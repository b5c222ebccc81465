"""Figures of a regression's errors, as PNG files."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from .drawing import COLOURS, GREY, POINTS, Floats, name_axes, new_figure, png, shown
from .scored import Scored

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HISTOGRAM = 0.005
"""The share of the residuals at either end that a histogram may leave out if they are far away."""

WIDE = 1000
"""Positive numbers are drawn on a logarithmic scale if the greatest is this many times the least."""

NAME = 34
"""Limit on the characters of the target's name beside an axis."""


def figures(scored: Scored) -> dict[str, bytes]:
    """Draw predictions and residuals; nothing without rows, or if a prediction is not a finite number.

    Returns:
        File name → PNG.
    """
    true = scored.target.to_numpy(dtype=np.float64)
    predicted = scored.predicted["prediction"].to_numpy(dtype=np.float64)
    if not (len(true) and np.isfinite(predicted).all()):
        return {}
    name = shown(scored.target.name, NAME)
    return {
        "predicted_vs_actual.png": _predicted_vs_actual(true, predicted, name),
        "residual_histogram.png": _residual_histogram(true - predicted, name),
        "residuals.png": _residuals(true - predicted, predicted, name),
    }


def _predicted_vs_actual(true: Floats, predicted: Floats, name: str) -> bytes:
    figure = new_figure(6.4, 5.4)
    axes = figure.subplots()
    ends = [min(true.min(), predicted.min()), max(true.max(), predicted.max())]
    _cloud(figure, axes, true, predicted, "log" if 0 < ends[0] * WIDE < ends[1] else "linear")
    axes.plot(ends, ends, color=GREY, linewidth=1, linestyle="--")
    name_axes(axes, "Predicted and actual; on the line both are equal", f"actual {name}", f"predicted {name}")
    return png(figure)


def _residuals(residuals: Floats, predicted: Floats, name: str) -> bytes:
    figure = new_figure()
    axes = figure.subplots()
    _cloud(figure, axes, predicted, residuals)
    axes.axhline(0, color=GREY, linewidth=1, linestyle="--")
    name_axes(
        axes, "Residuals; above the line the model says too little", f"predicted {name}", "actual minus predicted"
    )
    return png(figure)


def _residual_histogram(residuals: Floats, name: str) -> bytes:
    lower, upper = most_of(residuals)
    inside = residuals[(residuals >= lower) & (residuals <= upper)]
    outside = len(residuals) - len(inside)
    figure = new_figure()
    axes = figure.subplots()
    axes.hist(inside, bins=int(np.clip(len(inside) ** 0.5, 8, 40)), color=COLOURS[0], edgecolor="white", linewidth=0.4)
    axes.axvline(0, color=GREY, linewidth=1, linestyle="--")
    axes.locator_params(axis="x", nbins=6)
    note = f"; {outside:,} of {len(residuals):,} are further away" if outside else ""
    name_axes(axes, f"Residuals{note}", f"actual minus predicted {name}", "rows")
    return png(figure)


def _cloud(figure: "Figure", axes: "Axes", x: Floats, y: Floats, scale: Literal["linear", "log"] = "linear") -> None:
    if len(x) <= POINTS:
        axes.scatter(x, y, s=18, color=COLOURS[0], alpha=0.5, linewidths=0)
        axes.set(xscale=scale, yscale=scale)
        return
    hexagons = axes.hexbin(
        x, y, gridsize=50, bins="log", mincnt=1, cmap="viridis", linewidths=0.2, xscale=scale, yscale=scale
    )
    figure.colorbar(hexagons, label="rows in a hexagon")


def most_of(values: Floats) -> tuple[float, float]:
    """Return the range of all values but a few that would squeeze the others into one bar of a histogram."""
    lower, upper = np.quantile(values, [HISTOGRAM, 1 - HISTOGRAM])
    whole = float(values.min()), float(values.max())
    return whole if whole[1] - whole[0] <= 3 * (upper - lower) else (float(lower), float(upper))
