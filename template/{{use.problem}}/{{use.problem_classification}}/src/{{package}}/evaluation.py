"""How good a classifier is on rows that it was not trained on: numbers for trackers, tables for people.

Most of it comes from counts instead of scikit-learn's functions. It is asked for every slice and every shuffled column,
for labels that the model does not know and for labels that no row has.
"""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from .artifacts import Json
from .evaluation_settings import EvaluationSettings
from .scored import PROBABILITY, Scored, ordered
from .thresholds import threshold

SLICE_METRIC = "accuracy"
"""What slices are compared by."""

GREATER_IS_BETTER = True
"""Of `SLICE_METRIC`."""

LOSS = "log_loss"
"""What the importance of a column is measured in: unlike a share of right labels it moves before a label does."""

CALIBRATION_BINS = 10
CONFUSION_LABELS = 20
"""As many labels have a row and a column of their own in the confusion matrix; several rarer ones share one."""

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Outcomes:
    """Labels as positions in `labels`, which are those of the model and those of the rows.

    Attributes:
        labels: all labels, in order.
        known: those that the model knows, in order.
        true: what is true, shape (rows,).
        predicted: what the model says, shape (rows,).
        probabilities: shape (rows, labels); 0 for a label that the model does not know, and where it gave no number.
        least: the smallest probability that counts as more than 0, because a logarithm needs one.
        weights: shape (rows,).
    """

    labels: list[str]
    known: list[str]
    true: Positions
    predicted: Positions
    probabilities: Floats
    least: float
    weights: Floats

    @classmethod
    def of(cls, scored: Scored) -> "Outcomes":
        """Look up the position of each label."""
        columns = [str(name) for name in scored.predicted if str(name).startswith(PROBABILITY)]
        known = [name.removeprefix(PROBABILITY) for name in columns]
        prediction = scored.predicted["prediction"]
        labels = ordered([*known, *scored.target.unique(), *prediction.unique()])
        given = scored.predicted[columns].to_numpy()
        probabilities = np.zeros((len(scored), len(labels)))
        probabilities[:, _positions(pd.Series(known, dtype=object), labels)] = np.nan_to_num(given)
        return cls(
            labels=labels,
            known=ordered(known),
            true=_positions(scored.target, labels),
            predicted=_positions(prediction, labels),
            probabilities=probabilities,
            least=float(np.finfo(given.dtype).eps),
            weights=scored.each_weight(),
        )

    def sums(self, positions: Positions, rows: npt.NDArray[np.bool_] | None = None) -> Floats:
        """The weight of the rows at each label, shape (labels,)."""
        chosen = slice(None) if rows is None else rows
        return np.bincount(positions[chosen], self.weights[chosen], len(self.labels)).astype(np.float64)


@dataclass(frozen=True)
class ClassScore:
    """How well one class is found; None where no row tells."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Confusion:
    """How many rows of each true label (outer) were given which label (inner)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Bin:
    """Rows with about the same predicted probability, and how often it came true; both are means."""

    rows: int
    share: float
    predicted: float
    observed: float


@dataclass(frozen=True)
class Calibration:
    """Whether 0.8 means 8 in 10.

    `of` says what the probabilities are of: with two classes of the second one, otherwise of the predicted one.
    """

    of: str
    bins: tuple[Bin, ...]

    @property
    def error(self) -> float:
        """The expected calibration error: how far probabilities are off in the mean."""
        return sum(part.share * abs(part.predicted - part.observed) for part in self.bins)


def metrics(scored: Scored) -> dict[str, float]:
    """All numbers of a classifier; those that these rows do not define are left out.

    ROC AUC and average precision are means over the classes, each against all others, that some rows have and others
    have not. The Brier score is between 0 and 1. The logarithm of a probability of 0 is taken of the smallest number
    above it, so a row whose label the model does not know costs much, but not infinitely much.
    """
    outcomes = Outcomes.of(scored)
    if not outcomes.weights.sum() > 0:
        return {}
    return _label_metrics(outcomes) | _probability_metrics(outcomes) | _ranking_metrics(outcomes)


def slice_metrics(scored: Scored) -> dict[str, float]:
    """The numbers that still mean something in a few rows, or in rows of one class."""
    outcomes = Outcomes.of(scored)
    if not outcomes.weights.sum() > 0:
        return {}
    found = _label_metrics(outcomes) | _probability_metrics(outcomes)
    return {name: found[name] for name in (SLICE_METRIC, "balanced_accuracy", "log_loss")}


def loss(scored: Scored) -> float:
    """The loss that `LOSS` names; some row has a weight."""
    return _log_loss(Outcomes.of(scored))


def group_rates(scored: Scored, settings: EvaluationSettings) -> dict[str, float]:
    """How often each label is given, and how often to those who have it.

    Args:
        scored: the rows of one group.
        settings: `positive` is the only label to look at; empty: all of them.
    """
    outcomes = Outcomes.of(scored)
    whole = outcomes.weights.sum()
    if not whole > 0:
        return {}
    given, support, hits = _totals(outcomes)
    rates = {}
    for position, label in enumerate(outcomes.labels):
        if settings.positive in ("", label):
            rates[f"selection_rate_{label}"] = float(given[position] / whole)
            if support[position] > 0:
                rates[f"true_positive_rate_{label}"] = float(hits[position] / support[position])
    return rates


def details(scored: Scored, settings: EvaluationSettings) -> Json:
    """What does not fit into single numbers, as JSON: `classes`, `confusion`, `calibration`, `threshold`.

    Args:
        scored: rows with their predictions.
        settings: `goal` asks for a decision threshold of the label `positive`; empty: there is none.
    """
    outcomes = Outcomes.of(scored)
    return {
        "classes": [asdict(score) for score in class_scores(outcomes)],
        "confusion": asdict(confusion(outcomes)),
        "calibration": asdict(calibration(outcomes)),
        "threshold": asdict(threshold(scored, settings.positive, settings.goal)) if settings.goal else None,
    }


def class_scores(outcomes: Outcomes) -> list[ClassScore]:
    """Precision, recall and F1 of each label."""
    given, support, hits = _totals(outcomes)
    rows = np.bincount(outcomes.true, minlength=len(outcomes.labels))
    return [
        ClassScore(
            label=label,
            precision=_ratio(hits[position], given[position]),
            recall=_ratio(hits[position], support[position]),
            f1=_ratio(2 * hits[position], given[position] + support[position]),
            support=int(rows[position]),
        )
        for position, label in enumerate(outcomes.labels)
    ]


def confusion(outcomes: Outcomes, most: int = CONFUSION_LABELS) -> Confusion:
    """Count the rows of each pair of true and predicted label, whatever their weights."""
    size = len(outcomes.labels)
    frequent = (-np.bincount(outcomes.true, minlength=size)).argsort(kind="stable")
    kept = np.sort(frequent[:most]) if size > most + 1 else np.arange(size)
    place = np.full(size, len(kept))
    place[kept] = np.arange(len(kept))
    names = [outcomes.labels[position] for position in kept]
    if len(kept) < size:
        names.append(f"({size - len(kept)} others)")
    pairs = place[outcomes.true] * len(names) + place[outcomes.predicted]
    counts = np.bincount(pairs, minlength=len(names) ** 2).reshape(len(names), len(names))
    return Confusion(tuple(names), tuple(tuple(row) for row in counts.tolist()))


def calibration(outcomes: Outcomes, bins: int = CALIBRATION_BINS) -> Calibration:
    """Compare probabilities with what happened, in ranges of equal width; ranges without rows are left out."""
    if len(outcomes.known) == 2:
        second = outcomes.labels.index(outcomes.known[1])
        probability, happened = outcomes.probabilities[:, second], outcomes.true == second
        of = outcomes.known[1]
    else:
        probability = outcomes.probabilities.max(axis=1, initial=0)
        happened, of = outcomes.true == outcomes.predicted, "the predicted label"
    place = np.clip((probability * bins).astype(int), 0, bins - 1)
    weight = np.bincount(place, outcomes.weights, bins)
    predicted = np.bincount(place, outcomes.weights * probability, bins)
    observed = np.bincount(place, outcomes.weights * happened, bins)
    rows = np.bincount(place, minlength=bins)
    return Calibration(
        of,
        tuple(
            Bin(
                rows=int(rows[part]),
                share=float(weight[part] / weight.sum()),
                predicted=float(predicted[part] / weight[part]),
                observed=float(observed[part] / weight[part]),
            )
            for part in np.flatnonzero(weight > 0)
        ),
    )


def told_apart(outcomes: Outcomes) -> list[int]:
    """Positions of the labels that some rows have and others have not: only these can be ranked."""
    support = outcomes.sums(outcomes.true)
    return np.flatnonzero((support > 0) & (support < support.sum())).tolist()


def _label_metrics(outcomes: Outcomes) -> dict[str, float]:
    given, support, hits = _totals(outcomes)
    occurs = support > 0
    named = occurs | (given > 0)
    return {
        "accuracy": float(hits.sum() / support.sum()),
        "balanced_accuracy": float((hits[occurs] / support[occurs]).mean()),
        "f1_macro": float((2 * hits[named] / (given[named] + support[named])).mean()),
    }


def _probability_metrics(outcomes: Outcomes) -> dict[str, float]:
    probabilities, weights = outcomes.probabilities, outcomes.weights
    of_truth = probabilities[np.arange(len(weights)), outcomes.true]
    squares = (probabilities**2).sum(axis=1) - 2 * of_truth + 1
    return {
        "log_loss": _log_loss(outcomes),
        "brier": float(np.average(squares, weights=weights) / 2),
        "expected_calibration_error": calibration(outcomes).error,
    }


def _log_loss(outcomes: Outcomes) -> float:
    of_truth = outcomes.probabilities[np.arange(len(outcomes.weights)), outcomes.true]
    return float(np.average(-np.log(of_truth.clip(outcomes.least, 1)), weights=outcomes.weights))


def _ranking_metrics(outcomes: Outcomes) -> dict[str, float]:
    from sklearn.metrics import average_precision_score, roc_auc_score

    positions = told_apart(outcomes)
    if not positions:
        return {}
    areas: dict[str, list[float]] = {"roc_auc": [], "average_precision": []}
    for position in positions:
        happened, score = outcomes.true == position, outcomes.probabilities[:, position]
        areas["roc_auc"].append(roc_auc_score(happened, score, sample_weight=outcomes.weights))
        areas["average_precision"].append(average_precision_score(happened, score, sample_weight=outcomes.weights))
    return {name: float(np.mean(values)) for name, values in areas.items()}


def _positions(labels: pd.Series, order: list[str]) -> Positions:
    return pd.Index(order, dtype=object).get_indexer(pd.Index(labels, dtype=object))


def _totals(outcomes: Outcomes) -> tuple[Floats, Floats, Floats]:
    """Weight of the rows that were given each label, that have it, and both; each of shape (labels,)."""
    right = outcomes.true == outcomes.predicted
    return outcomes.sums(outcomes.predicted), outcomes.sums(outcomes.true), outcomes.sums(outcomes.true, right)


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
