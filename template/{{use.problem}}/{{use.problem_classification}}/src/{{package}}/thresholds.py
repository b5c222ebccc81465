"""Choose the probability from which a row counts as positive, for a stated goal.

Predicting the more probable label means a threshold of 0.5, whatever a wrong answer costs. Metrics on the rows that a
threshold was chosen on are too good: choose it on rows that the model was not trained on, and do not report its metrics
as a test.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .scored import PROBABILITY, Scored

GOAL = r"f1|(precision|recall)>=(0?\.\d+|1)|cost=\d+(\.\d+)?:\d+(\.\d+)?"
"""The syntax of a goal: `f1`, `precision>=0.9`, `recall>=0.9`, or `cost=5:1`, of a missed to a wrong positive."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Threshold:
    """A decision threshold and its effect on the rows that it was chosen on.

    Attributes:
        goal: the goal that it was chosen for.
        positive: the label that a row gets when its probability is at least `threshold`.
        threshold: between 0 and 1, a little above the greatest probability when no row should be positive; None when
            the goal cannot be met.
        metrics: `precision`, `recall`, `f1`, `selection_rate`, and `cost` per row for a goal that states costs; empty
            when the goal cannot be met.
        message: a summary in one sentence, or why the goal cannot be met.
    """

    goal: str
    positive: str
    threshold: float | None
    metrics: dict[str, float]
    message: str


class Decisions(NamedTuple):
    """The effect of each possible threshold, the highest first; all of shape (thresholds,).

    The first one selects no row, so its precision is not a number.
    """

    thresholds: Floats
    precision: Floats
    recall: Floats
    f1: Floats
    missed: Floats
    wrong: Floats
    selected: Floats


def threshold(scored: Scored, positive: str, goal: str) -> Threshold:
    """Choose the threshold that fits the goal best; of equally good ones the highest.

    Args:
        scored: rows with their predictions; only the probability of `positive` is used.
        positive: the label to decide on; all others count as negative.
        goal: `f1` for the highest one, `precision>=p` for the highest recall with it, `recall>=r` for the highest
            precision with it, `cost=m:w` for the lowest costs when a missed positive costs m and a wrong one w.

    Raises:
        ValueError: the goal has another form.
    """
    if not re.fullmatch(GOAL, goal):
        raise ValueError(f"{goal!r} is not a goal; goals are: f1, precision>=0.9, recall>=0.9, cost=5:1")
    obstacle = _obstacle(scored, positive)
    if obstacle:
        return Threshold(goal, positive, None, {}, obstacle)
    decisions = decisions_of(scored, positive)
    allowed, value = _judged(decisions, goal)
    if not allowed.any():
        best = int(np.nanargmax(decisions.precision))
        return Threshold(
            goal,
            positive,
            None,
            {},
            f"no threshold meets {goal}: the highest precision is {decisions.precision[best]:.3g}, from a probability "
            f"of {decisions.thresholds[best]:.3g}, with a recall of {decisions.recall[best]:.3g}",
        )
    chosen = int(np.nanargmax(np.where(allowed, value, -np.inf)))
    measured = _measured(decisions, chosen, goal)
    numbers = ", ".join(f"{name.replace('_', ' ')} {number:.3g}" for name, number in measured.items())
    message = f"{positive} from a probability of {decisions.thresholds[chosen]:.3g}: {numbers}"
    return Threshold(goal, positive, float(decisions.thresholds[chosen]), measured, message)


def decisions_of(scored: Scored, positive: str) -> Decisions:
    """Count for every distinct probability the result of using it as the threshold."""
    probability = scored.predicted[PROBABILITY + positive].to_numpy(dtype=np.float64)
    order = (-probability).argsort(kind="stable")
    probability, weights = probability[order], scored.each_weight()[order]
    true = (scored.target == positive).to_numpy(dtype=bool)[order]
    last = np.flatnonzero(np.append(probability[1:] != probability[:-1], True))  # the last of equally probable rows
    hits = np.insert((weights * true).cumsum()[last], 0, 0)
    selected = np.insert(weights.cumsum()[last], 0, 0)
    positives = hits[-1]
    with np.errstate(invalid="ignore"):
        precision = hits / selected
    return Decisions(
        thresholds=np.insert(probability[last], 0, np.nextafter(probability[0], np.inf)),
        precision=precision,
        recall=hits / positives,
        f1=2 * hits / (selected + positives),
        missed=positives - hits,
        wrong=selected - hits,
        selected=selected,
    )


def _obstacle(scored: Scored, positive: str) -> str:
    if PROBABILITY + positive not in scored.predicted:
        return (
            f"the model does not know the label {positive}; set positive under [evaluation] in config.toml to a class "
            "of the target"
        )
    weights, true = scored.each_weight(), (scored.target == positive).to_numpy(dtype=bool)
    if not weights[true].sum() > 0:
        return f"no row is {positive}"
    return "" if weights[~true].sum() > 0 else f"all rows are {positive}"


def _judged(decisions: Decisions, goal: str) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Return which thresholds meet the goal, and a score for each; greater is better."""
    everywhere = np.ones(len(decisions.thresholds), dtype=bool)
    if goal == "f1":
        return everywhere, decisions.f1
    if goal.startswith("cost="):
        return everywhere, -_costs(decisions, goal)
    name, least = goal.split(">=")
    if name == "precision":
        return decisions.precision >= float(least), decisions.recall
    return decisions.recall >= float(least), decisions.precision


def _costs(decisions: Decisions, goal: str) -> Floats:
    missed, wrong = (float(price) for price in goal.removeprefix("cost=").split(":"))
    return missed * decisions.missed + wrong * decisions.wrong


def _measured(decisions: Decisions, chosen: int, goal: str) -> dict[str, float]:
    whole = decisions.selected[-1]
    measured = {
        "precision": float(decisions.precision[chosen]),
        "recall": float(decisions.recall[chosen]),
        "f1": float(decisions.f1[chosen]),
        "selection_rate": float(decisions.selected[chosen] / whole),
    }
    if goal.startswith("cost="):
        measured["cost"] = float(_costs(decisions, goal)[chosen] / whole)
    return {name: number for name, number in measured.items() if np.isfinite(number)}
