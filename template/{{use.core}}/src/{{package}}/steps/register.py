"""Store a model that passed the gate in the model registry."""

import logging
import tempfile
from dataclasses import asdict
from pathlib import Path

from ..adapters.tracking import make_registry
from ..artifacts import Workspace
from ..errors import GateError
from .record import run_record

log = logging.getLogger(__name__)


def register(work: Workspace) -> None:
    """Write `version.json`: the version that the registry assigned to the model of this run.

    Raises:
        GateError: the model did not pass the gate.
    """
    verdict = work.read_json("evaluate/verdict.json")
    if not verdict["passed"]:
        raise GateError("the model is not registered: " + "; ".join(verdict["reasons"]))
    metrics = work.read_json("evaluate/metrics.json")
    with tempfile.TemporaryDirectory() as folder:
        record = run_record(work, metrics, Path(folder))
        version = make_registry(work.settings).register(Path(folder), record, record.lineage["model_sha256"])
    work.write_json("version.json", asdict(version))
    log.info("model registered", extra={"version": version.version, "model_sha256": version.sha256})
