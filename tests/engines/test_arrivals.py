"""A table that arrives in moto's S3 starts one run, as moto's EventBridge and interpreter of state machines see it."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from engines.drivers import call_driver

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire

pytestmark = pytest.mark.cached("proof/tools.py")

TABLES = ["data/daily/2026-11-20.parquet", 'data/a "quoted" name.csv']
OTHERS = ["data/_SUCCESS", "data/", "runs/a-run/ingest/table.parquet", "registry/model/1/table.csv", "old-data/a.csv"]
PATTERN = re.compile(r"--event-pattern '([^']+)'")
INPUTS: dict[str, Callable[[Any], tuple[str, Any]]] = {
    "stepfunctions": lambda given: (given["run_id"], given["parameters"]),
    "sagemaker": lambda given: (given["RunId"], json.loads(given["Parameters"])),
}
"""Engine → the name and the parameters that a run gets."""


@pytest.fixture(scope="module", params=INPUTS)
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the driver is asked: the state machine of a project, and the rule that its runbook makes."""
    engine = request.param
    folder = tmp_path_factory.mktemp(engine) / "my-project"
    given = {"project_name": "my-project", "cloud": "aws", "orchestrator": engine, "triggers": ["data"], "iac": "none"}
    render.create(check(Questionnaire(source.root(), folder), given), folder)
    found = PATTERN.search(Path(folder, "docs", "runbook.md").read_text())
    assert found
    text = Path(folder, "infra", "arrivals.asl.json").read_text()
    for name, value in {"partition": "aws", "pipeline": "PIPELINE", "queue": "QUEUE"}.items():
        text = text.replace(f"${{{name}}}", value)
    return {
        "engine": engine,
        "machine": json.loads(text),
        "pattern": json.loads(found[1].replace("BUCKET", "artifacts")),
        "keys": [*OTHERS, *TABLES],
    }


def test_every_table_starts_one_run_however_many_events_it_has(asked: dict[str, Any]) -> None:
    outcome = call_driver("arrivals_driver.py", {**asked, "pipeline": True})
    assert [event["detail"]["object"]["key"] for event in outcome["events"]] == TABLES
    assert outcome["ends"] == ["SUCCEEDED"] * 4
    assert outcome["kept"] == []
    runs = dict(INPUTS[asked["engine"]](run["input"]) for run in outcome["started"])
    assert len(runs) == len(outcome["started"])
    assert set(runs) == {run["name"] for run in outcome["started"]}
    assert {parameters["data_uri"] for parameters in runs.values()} == {f"s3://artifacts/{key}" for key in TABLES}


def test_what_cannot_be_started_is_kept_with_its_reason(asked: dict[str, Any]) -> None:
    outcome = call_driver("arrivals_driver.py", {**asked, "pipeline": False})
    assert outcome["ends"] == ["FAILED"] * 4
    assert {message["parameters"]["data_uri"] for message in outcome["kept"]} == {
        f"s3://artifacts/{key}" for key in TABLES
    }
    assert all("none" in message["failure"]["Cause"] for message in outcome["kept"])
