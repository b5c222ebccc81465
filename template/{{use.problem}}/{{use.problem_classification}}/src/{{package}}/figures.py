"""Figures of a classifier's quality, as PNG files."""

import numpy as np

from .drawing import COLOURS, GREY, Floats, name_axes, new_figure, png, shown, thinned
from .evaluation import Outcomes, calibration, confusion, told_apart
from .scored import Scored

CURVES = 7
"""More curves than this cannot be told apart."""

LINES = ("-", "--", "-.", ":")

Curve = tuple[str, Floats, Floats]
"""The legend entry of a curve, and its points."""


def figures(scored: Scored) -> dict[str, bytes]:
    """Draw the figures that these rows allow: no curves if all rows have the same label, nothing without rows.

    Returns:
        File name → PNG.
    """
    outcomes = Outcomes.of(scored)
    if not outcomes.weights.sum() > 0:
        return {}
    drawn = {"calibration.png": _calibration(outcomes), "confusion_matrix.png": _confusion(outcomes)}
    if told_apart(outcomes):
        drawn |= {"precision_recall.png": _precision_recall(outcomes), "roc.png": _roc(outcomes)}
    return drawn


def _roc(outcomes: Outcomes) -> bytes:
    from sklearn.metrics import auc, roc_curve

    curves: list[Curve] = []
    for position in _with_curve(outcomes):
        true, score = outcomes.true == position, outcomes.probabilities[:, position]
        wrong, hit, _ = roc_curve(true, score, sample_weight=outcomes.weights)
        curves.append((f"AUC {auc(wrong, hit):.3f}  {shown(outcomes.labels[position])}", *thinned(wrong, hit)))
    return _draw_curves("ROC", "false positive rate", "true positive rate", curves, outcomes, chance=(0, 1))


def _precision_recall(outcomes: Outcomes) -> bytes:
    from sklearn.metrics import average_precision_score, precision_recall_curve

    drawn = _with_curve(outcomes)
    curves: list[Curve] = []
    for position in drawn:
        true, score = outcomes.true == position, outcomes.probabilities[:, position]
        precision, recall, _ = precision_recall_curve(true, score, sample_weight=outcomes.weights)
        average = average_precision_score(true, score, sample_weight=outcomes.weights)
        curves.append((f"AP {average:.3f}  {shown(outcomes.labels[position])}", *thinned(recall, precision)))
    share = [float(np.average(outcomes.true == position, weights=outcomes.weights)) for position in drawn]
    chance = (share[0], share[0]) if len(share) == 1 else None
    return _draw_curves("Precision and recall", "recall", "precision", curves, outcomes, chance)


def _with_curve(outcomes: Outcomes) -> list[int]:
    """Return the labels that get a curve: with two labels the second one, otherwise the most frequent."""
    positions = told_apart(outcomes)
    if len(outcomes.labels) == 2:
        return positions[-1:]
    support = outcomes.sums(outcomes.true)
    return sorted(sorted(positions, key=lambda position: -support[position])[:CURVES])


def _draw_curves(
    name: str, x: str, y: str, curves: list[Curve], outcomes: Outcomes, chance: tuple[float, float] | None
) -> bytes:
    """Draw curves in the unit square, and the line, from left to right, of a model without skill."""
    single = len(curves) == 1
    figure = new_figure(5.6 if single else 8.4, 5.2)
    axes = figure.subplots()
    if chance:
        axes.plot([0, 1], chance, color=GREY, linewidth=1, linestyle="--")
    for number, (label, across, up) in enumerate(curves):
        style = LINES[number % len(LINES)]
        axes.plot(across, up, color=COLOURS[number], linestyle=style, linewidth=1.8, label=label)
    if single:
        title = f"{name}: {curves[0][0]}"
    else:
        some = len(curves) < len(told_apart(outcomes))
        most = f", the {len(curves)} most frequent of {len(outcomes.labels)}" if some else ""
        title = f"{name}: each class against all others{most}"
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), frameon=False, fontsize=9)
    name_axes(axes, title, x, y)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return png(figure)


def _calibration(outcomes: Outcomes) -> bytes:
    found = calibration(outcomes)
    predicted, observed = [part.predicted for part in found.bins], [part.observed for part in found.bins]
    figure = new_figure(5.6, 5.6)
    axes, below = figure.subplots(2, sharex=True, height_ratios=(4, 1))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--")
    axes.plot(predicted, observed, color=COLOURS[0], linewidth=1, alpha=0.6)
    axes.scatter(predicted, observed, s=[16 + 300 * part.share for part in found.bins], color=COLOURS[0], clip_on=False)
    below.bar(predicted, [part.rows for part in found.bins], width=0.03, color=COLOURS[0])
    name_axes(axes, f"Calibration: {shown(found.of)}, error {found.error:.3f}", "", "how often it is true")
    name_axes(below, "", "predicted probability, mean of a range", "rows")
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    return png(figure)


def _confusion(outcomes: Outcomes) -> bytes:
    found = confusion(outcomes)
    counts = np.array(found.counts)
    shares = counts / counts.sum(axis=1, keepdims=True).clip(1)
    size = len(found.labels)
    names = [shown(label, 20) for label in found.labels]
    side = 3.6 + 0.32 * size
    digits = 11 if size <= 6 else 8
    figure = new_figure(side + 0.8, side)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    upright = size > 6 or max(map(len, names)) > 10
    axes.set_xticks(range(size), names, rotation=90 if upright else 0)
    axes.set_yticks(range(size), names)
    for row, column in np.argwhere(counts):
        colour = "white" if shares[row, column] > 0.6 else "black"
        axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", color=colour, fontsize=digits)
    name_axes(axes, "Confusion matrix: number of rows", "predicted", "true")
    figure.colorbar(image, shrink=0.7, label="share of the true label")
    return png(figure)
