"""Everything that is measured on held-out rows, for people and for the gate."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from .artifacts import Json
from .errors import DataError
from .evaluation import (
    GREATER_IS_BETTER,
    LOSS,
    SLICE_METRIC,
    details,
    group_rates,
    loss,
    metrics,
    slice_metrics,
)
from .evaluation_settings import EvaluationSettings
from .figures import figures
from .importance import Importance, permutation_importance
from .importance import figure as importance_figure
from .predictor import Predictor
from .scored import Scored
from .slices import Fairness, Slice, by_slice, fairness


@dataclass(frozen=True)
class Assessment:
    """The results of an evaluation.

    Attributes:
        metrics: scalars, for the tracker.
        details: results that are no scalars.
        figures: file name → PNG.
        classes: class → recall; empty for a regression.
        slices: metrics of parts of the rows, worst first.
        fairness: comparison of the groups of the chosen column, or None.
        importances: of the columns that callers send, most important first.
    """

    metrics: Mapping[str, float]
    details: Json
    figures: Mapping[str, bytes]
    classes: Mapping[str, float]
    slices: tuple[Slice, ...]
    fairness: Fairness | None
    importances: tuple[Importance, ...]

    @property
    def slice_values(self) -> Mapping[str, float]:
        """Return the metric of each slice that the gate checks."""
        return {f"{part.column} is {part.value}": part.metrics[SLICE_METRIC] for part in self.slices}

    @property
    def fairness_gap(self) -> float | None:
        """Return the widest gap between groups, or None with fewer than two groups."""
        return self.fairness.gaps[0].size if self.fairness and self.fairness.gaps else None


def assess(predictor: Predictor, scored: Scored, settings: EvaluationSettings, seed: int) -> Assessment:
    """Measure a model.

    Args:
        predictor: the model.
        scored: rows that it was not trained on, with its predictions.
        settings: optional parts of the evaluation.
        seed: seed of the shuffles.

    Raises:
        DataError: the settings name a column that callers do not send.
    """
    unknown = {*settings.slices, *filter(None, [settings.fairness])} - set(scored.rows)
    if unknown:
        raise DataError(f"evaluation.slices and evaluation.fairness name no features: {', '.join(sorted(unknown))}")
    slices = by_slice(scored, settings.slices, slice_metrics, by=SLICE_METRIC, greater_is_better=GREATER_IS_BETTER)
    groups = (
        fairness(scored, settings.fairness, lambda rows: group_rates(rows, settings)) if settings.fairness else None
    )
    importances = permutation_importance(predictor.predict_checked, scored, loss, seed=seed)
    drawn = {**figures(scored), "importance.png": importance_figure(importances, LOSS)} if settings.figures else {}
    found = {
        "slices": [asdict(part) for part in slices],
        "fairness": asdict(groups) if groups else None,
        "importance": [asdict(item) for item in importances],
    }
    said = details(scored, settings)
    return Assessment(
        metrics=metrics(scored),
        details=said | found,
        figures=drawn,
        classes={item["label"]: item["recall"] for item in said.get("classes", ()) if item["support"]},
        slices=tuple(slices),
        fairness=groups,
        importances=tuple(importances),
    )
