"""What all figures share: their style, text that is safe to draw, and the same bytes for the same numbers.

Figures are drawn without pyplot, which keeps them in global state.
"""

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = npt.NDArray[np.float64]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""The palette of Okabe and Ito, safe for colour-blind people, without its yellow, which is too light on white."""

GREY = "#767676"

POINTS = 10_000
"""Above this number of points, a scatter plot hides their density."""


def new_figure(width: float = 6.4, height: float = 4.8) -> "Figure":
    """Create an empty figure whose layout makes room for labels; sizes are in inches."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return Figure(figsize=(width, height), dpi=120, layout=ConstrainedLayoutEngine(h_pad=0.1, w_pad=0.1))


def name_axes(axes: "Axes", title: str, x: str, y: str) -> None:
    """Set title and labels, and hide the frame where there is no scale."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)


def png(figure: "Figure") -> bytes:
    """Return the figure as a PNG file, without the name of the program that wrote it.

    Characters that the font lacks become boxes; the warning about them is suppressed, since the boxes are visible.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def shown(text: object, most: int = 28) -> str:
    """Return text from data in a form that a figure can draw: one line, at most `most` characters, dollars escaped."""
    line = " ".join(str(text).split()) or "(empty)"
    short = line if len(line) <= most else line[: most - 1].rstrip() + "…"
    return short.replace("$", r"\$")  # text between two dollars would be drawn as a formula


def thinned(x: Floats, y: Floats, most: int = 1000) -> tuple[Floats, Floats]:
    """Return at most `most` points of a curve, including the first and the last; more would not be visible."""
    positions = np.unique(np.linspace(0, len(x) - 1, most).round().astype(int))
    return x[positions], y[positions]
