"""What all figures have in common: their looks, text that is safe to draw, the same bytes for the same numbers.

Figures are drawn without pyplot, which would keep them in a state that all of the process shares.
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
"""The palette of Okabe and Ito, which colour-blind people can tell apart; its yellow is too light on white."""

GREY = "#767676"

POINTS = 10_000
"""With more points than that, a cloud of them hides how many there are."""


def new_figure(width: float = 6.4, height: float = 4.8) -> "Figure":
    """An empty figure that makes room for its labels; sizes in inches."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return Figure(figsize=(width, height), dpi=120, layout=ConstrainedLayoutEngine(h_pad=0.1, w_pad=0.1))


def name_axes(axes: "Axes", title: str, x: str, y: str) -> None:
    """Write title and labels, and leave away the frame where there is no scale."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)


def png(figure: "Figure") -> bytes:
    """The figure as a PNG file, without the name of the program that wrote it.

    Characters that the font does not have become boxes; nobody needs to be warned of what can be seen.
    """
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def shown(text: object, most: int = 28) -> str:
    """Text from data as a figure can draw it: on one line, with at most so many characters, a dollar as a dollar."""
    line = " ".join(str(text).split()) or "(empty)"
    short = line if len(line) <= most else line[: most - 1].rstrip() + "…"
    return short.replace("$", r"\$")  # text between two dollars would be read as a formula


def thinned(x: Floats, y: Floats, most: int = 1000) -> tuple[Floats, Floats]:
    """At most so many points of a curve, first and last among them; more would not be seen."""
    positions = np.unique(np.linspace(0, len(x) - 1, most).round().astype(int))
    return x[positions], y[positions]
