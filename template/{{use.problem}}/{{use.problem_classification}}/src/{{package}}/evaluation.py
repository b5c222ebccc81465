"""Quality of a classifier on rows that it was not trained on: numbers for trackers, tables for people.

Most results are computed from counts instead of with scikit-learn, because they are needed for every slice and every
shuffled column, for labels that the model does not know, and for labels that no row has.
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
"""The metric by which slices are compared."""

GREATER_IS_BETTER = True
"""Whether greater values of `SLICE_METRIC` are better."""

LOSS = "log_loss"
"""The loss for the importance of columns: unlike accuracy, it changes before a predicted label does."""

CALIBRATION_BINS = 10
CONFUSION_LABELS = 20
"""Number of labels with their own row and column in the confusion matrix; several rarer ones are merged."""

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Outcomes:
    """True and predicted labels as positions in `labels`, which has all labels of the model and of the rows.

    Attributes:
        labels: all labels, in order.
        known: the labels that the model knows, in order.
        true: true labels, shape (rows,).
        predicted: predicted labels, shape (rows,).
        probabilities: shape (rows, labels); 0 for a label that the model does not know, and where it is NaN.
        least: the smallest probability that counts as more than 0, because a logarithm needs one.
        weights: weight of each row, shape (rows,).
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
        """Sum the weights of the rows at each label, shape (labels,)."""
        chosen = slice(None) if rows is None else rows
        return np.bincount(positions[chosen], self.weights[chosen], len(self.labels)).astype(np.float64)


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class; None where the rows do not define it."""

    label: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class Confusion:
    """How often each true label (outer) was predicted as each label (inner)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Bin:
    """Rows with similar predicted probabilities; `predicted` and `observed` are means."""

    rows: int
    share: float
    predicted: float
    observed: float


@dataclass(frozen=True)
class Calibration:
    """The calibration of probabilities: whether 0.8 means 8 in 10.

    `of` names the label whose probability is used: with two classes the second one, otherwise the predicted one.
    """

    of: str
    bins: tuple[Bin, ...]

    @property
    def error(self) -> float:
        """Return the expected calibration error: the mean distance between predicted and observed probabilities."""
        return sum(part.share * abs(part.predicted - part.observed) for part in self.bins)


def metrics(scored: Scored) -> dict[str, float]:
    """Compute all metrics of a classifier; those that these rows do not define are left out.

    ROC AUC and average precision are means over the classes that some rows have and others have not, each against all
    others. The Brier score is between 0 and 1. For the logarithm, a probability of 0 is replaced by a tiny positive
    number, so a row whose label the model does not know has a large but finite loss.
    """
    outcomes = Outcomes.of(scored)
    if not outcomes.weights.sum() > 0:
        return {}
    return _label_metrics(outcomes) | _probability_metrics(outcomes) | _ranking_metrics(outcomes)


def slice_metrics(scored: Scored) -> dict[str, float]:
    """Compute the metrics that are meaningful for a few rows, or for rows of one class."""
    outcomes = Outcomes.of(scored)
    if not outcomes.weights.sum() > 0:
        return {}
    found = _label_metrics(outcomes) | _probability_metrics(outcomes)
    return {name: found[name] for name in (SLICE_METRIC, "balanced_accuracy", "log_loss")}


def loss(scored: Scored) -> float:
    """Compute the loss that `LOSS` names; at least one row must have a weight."""
    return _log_loss(Outcomes.of(scored))


def group_rates(scored: Scored, settings: EvaluationSettings) -> dict[str, float]:
    """Compute how often each label is predicted, and how often for rows that have it.

    Args:
        scored: the rows of one group.
        settings: `positive` is the only label to measure; empty: all labels.
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
    """Return the results that are not scalars, as JSON: `classes`, `confusion`, `calibration`, `threshold`.

    Args:
        scored: rows with their predictions.
        settings: `goal` asks for a decision threshold of the label `positive`; empty: no threshold.
    """
    outcomes = Outcomes.of(scored)
    return {
        "classes": [asdict(score) for score in class_scores(outcomes)],
        "confusion": asdict(confusion(outcomes)),
        "calibration": asdict(calibration(outcomes)),
        "threshold": asdict(threshold(scored, settings.positive, settings.goal)) if settings.goal else None,
    }


def class_scores(outcomes: Outcomes) -> list[ClassScore]:
    """Compute precision, recall and F1 of each label."""
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
    """Count the rows of each pair of true and predicted label, ignoring weights."""
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
    """Compare probabilities with observed frequencies in bins of equal width; empty bins are left out."""
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
    """Return the positions of the labels that some rows have and others have not: only these can be ranked."""
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
    """Sum the weights of the rows that are predicted as each label, that have it, and both; each of shape (labels,)."""
    right = outcomes.true == outcomes.predicted
    return outcomes.sums(outcomes.predicted), outcomes.sums(outcomes.true), outcomes.sums(outcomes.true, right)


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None
