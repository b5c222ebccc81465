"""Measure the model on held-out rows, compare it with the champion, decide the quality gate, track the run."""

import logging
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from ..adapters.tracking import make_registry, make_tracker
from ..artifacts import Workspace
from ..errors import ModelError
from ..ports import CHAMPION, ModelRegistry
from ..predictor import Predictor
from ..problem import METRIC, metrics
from ..settings import GateSettings
from .record import run_record

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """The decision of the quality gate and, when it refuses, why."""

    passed: bool
    reasons: tuple[str, ...]


def evaluate(work: Workspace) -> None:
    """Write `metrics.json` and `verdict.json`, and log the run to the tracker."""
    settings = work.settings
    predictor = Predictor.from_bytes(work.read("train/model.joblib"), work.read("preprocess/schema.json"))
    test = work.read_table("preprocess/test.parquet")
    target = test.pop(settings.target)
    measured = metrics(predictor.model, predictor.schema.align(test), target)
    champion = champion_metric(make_registry(settings), test, target)
    verdict = decide(measured[METRIC], champion, settings.gate)
    work.write_json("metrics.json", measured)
    work.write_json("verdict.json", asdict(verdict) | {"metric": METRIC, "champion": champion})
    with tempfile.TemporaryDirectory() as folder:
        make_tracker(settings).log_run(run_record(work, measured, Path(folder)))
    log.info("model evaluated", extra={"passed": verdict.passed, "reasons": verdict.reasons, **measured})


def decide(value: float, champion: float | None, gate: GateSettings) -> Verdict:
    """Apply the gate: not below the threshold, and not below the champion by more than the tolerance.

    Args:
        value: the gate's metric of the new model; greater is better.
        champion: the same metric of the champion on the same rows; None when there is no champion.
        gate: the limits.
    """
    reasons = []
    if not value >= gate.threshold:
        reasons.append(f"{METRIC} {value:.4f} is below the threshold {gate.threshold:.4f}")
    if champion is not None and not value >= champion - gate.tolerance:
        reasons.append(f"{METRIC} {value:.4f} is below the champion's {champion:.4f}")
    return Verdict(passed=not reasons, reasons=tuple(reasons))


def champion_metric(registry: ModelRegistry, test: pd.DataFrame, target: pd.Series) -> float | None:
    """The gate's metric of the champion on these rows; None when there is none that can score them."""
    version = registry.by_alias(CHAMPION)
    if version is None:
        return None
    champion = Predictor.of_version(registry, version)
    if set(champion.schema.names) - set(test.columns):
        log.warning("the champion has other features and is not compared", extra={"version": version.version})
        return None
    try:
        return metrics(champion.model, champion.schema.align(test), target)[METRIC]
    except ValueError as error:
        raise ModelError(f"the champion, version {version.version}, cannot score the test rows: {error}") from error
