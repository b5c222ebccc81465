"""What is tracked and registered of a run, collected from its artifacts."""

from collections.abc import Mapping
from pathlib import Path

from ..artifacts import Workspace, sha256
from ..environment import code_commit, environment_sha256
from ..ports import RunRecord
from ..predictor import MODEL_FILE, SCHEMA_FILE

PACKAGE = {MODEL_FILE: "train/model.joblib", SCHEMA_FILE: "preprocess/schema.json"}
"""The files of a model package, and the artifacts they come from."""


def run_record(work: Workspace, metrics: Mapping[str, float], folder: Path) -> RunRecord:
    """Parameters, metrics and lineage of a run, and its model package copied into `folder`."""
    work.download(PACKAGE, folder)
    return RunRecord(
        run_id=work.run_id,
        parameters=work.settings.pipeline_parameters(),
        metrics=metrics,
        lineage={
            "run_uri": work.run_uri,
            "data_sha256": str(work.read_json("ingest/source.json")["sha256"]),
            "model_sha256": sha256((folder / MODEL_FILE).read_bytes()),
            "code_commit": code_commit(),
            "environment_sha256": environment_sha256(),
        },
        artifacts={name: folder / name for name in PACKAGE},
    )
