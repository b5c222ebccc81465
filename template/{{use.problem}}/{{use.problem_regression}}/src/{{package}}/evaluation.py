"""Errors of a regression on rows that it was not trained on: numbers for trackers, tables for people.

A residual is the true number minus the predicted one, in the target's unit: positive if the prediction is too low.
"""

from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt

from .artifacts import Json
from .evaluation_settings import EvaluationSettings
from .scored import Scored

SLICE_METRIC = "mae"
"""The metric by which slices are compared."""

GREATER_IS_BETTER = False
"""Whether greater values of `SLICE_METRIC` are better."""

LOSS = "mae"
"""The loss for the importance of columns."""

NEAR_ZERO = 0.01
"""If the size of a target is below this share of the median size, relative errors are meaningless."""

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Decile:
    """A tenth of the rows, in the order of their predictions.

    Attributes:
        lower: the least prediction.
        upper: the greatest prediction.
        rows: number of rows; fewer or more than a tenth where predictions are equal.
        mae: mean absolute residual.
        mean_residual: mean of the residuals.
    """

    lower: float
    upper: float
    rows: int
    mae: float
    mean_residual: float


def metrics(scored: Scored) -> dict[str, float]:
    """Compute all metrics of a regression; those that these rows do not define are left out.

    If a prediction is not a finite number, all are left out. R² needs targets that differ, and the mean absolute
    percentage error (1.0 is 100 %) targets that are not near zero.
    """
    true, predicted, weights = _numbers(scored)
    if not (weights.sum() > 0 and np.isfinite(predicted).all()):
        return {}
    residuals = true - predicted
    squares = np.average(residuals**2, weights=weights)
    spread = np.average((true - np.average(true, weights=weights)) ** 2, weights=weights)
    found = {
        "mae": np.average(np.abs(residuals), weights=weights),
        "median_absolute_error": _median(np.abs(residuals), weights),
        "rmse": np.sqrt(squares),
    }
    if np.ptp(true[weights > 0]) > 0:
        found["r2"] = 1 - squares / spread
    if np.abs(true).min() > NEAR_ZERO * np.median(np.abs(true)):
        found["mape"] = np.average(np.abs(residuals / true), weights=weights)
    return {name: float(value) for name, value in found.items()}


def slice_metrics(scored: Scored) -> dict[str, float]:
    """Compute the metrics that are meaningful for a few rows."""
    true, predicted, weights = _numbers(scored)
    if not (weights.sum() > 0 and np.isfinite(predicted).all()):
        return {}
    residuals = true - predicted
    return {
        "mae": float(np.average(np.abs(residuals), weights=weights)),
        "mean_residual": float(np.average(residuals, weights=weights)),
    }


def loss(scored: Scored) -> float:
    """Compute the loss that `LOSS` names; at least one row must have a weight."""
    true, predicted, weights = _numbers(scored)
    return float(np.average(np.abs(true - predicted), weights=weights))


def group_rates(scored: Scored, settings: EvaluationSettings) -> dict[str, float]:
    """Compute what should be equal for all groups: the size of the errors and their direction."""
    return slice_metrics(scored)


def details(scored: Scored, settings: EvaluationSettings) -> Json:
    """Return the results that are not scalars, as JSON: quantiles of `residuals` and their sizes, error by `deciles`.

    Quantiles and deciles count each row once, whatever its weight.
    """
    true, predicted, _ = _numbers(scored)
    if not (len(true) and np.isfinite(predicted).all()):
        return {}
    residuals = true - predicted
    return {
        "residuals": _quantiles(residuals),
        "absolute_errors": _quantiles(np.abs(residuals)),
        "deciles": [asdict(decile) for decile in deciles(scored)],
    }


def deciles(scored: Scored) -> list[Decile]:
    """Compute the error by decile of the prediction, which shows whether small or large numbers are predicted worse."""
    true, predicted, weights = _numbers(scored)
    edges = np.unique(np.quantile(predicted, np.arange(1, 10) / 10))
    places = np.searchsorted(edges, predicted)
    found = []
    for place in np.unique(places):
        inside = places == place
        if weights[inside].sum() > 0:
            residuals = true[inside] - predicted[inside]
            found.append(
                Decile(
                    lower=float(predicted[inside].min()),
                    upper=float(predicted[inside].max()),
                    rows=int(inside.sum()),
                    mae=float(np.average(np.abs(residuals), weights=weights[inside])),
                    mean_residual=float(np.average(residuals, weights=weights[inside])),
                )
            )
    return found


def _numbers(scored: Scored) -> tuple[Floats, Floats, Floats]:
    """Return targets, predictions and weights, each of shape (rows,)."""
    return (
        scored.target.to_numpy(dtype=np.float64),
        scored.predicted["prediction"].to_numpy(dtype=np.float64),
        scored.each_weight(),
    )


def _median(values: Floats, weights: Floats) -> float:
    """Return the weighted median; if two numbers share it, their mean."""
    order = values.argsort()
    reached = weights[order].cumsum()
    lower, upper = (values[order[np.searchsorted(reached, reached[-1] / 2, side)]] for side in ("left", "right"))
    return float(lower + upper) / 2


def _quantiles(values: Floats) -> dict[str, float]:
    found = np.quantile(values, QUANTILES)
    return {f"p{round(100 * share):02}": float(value) for share, value in zip(QUANTILES, found, strict=True)}
