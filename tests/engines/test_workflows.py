"""The workflow between a bucket and Vertex AI, in an interpreter that is not ours."""

import json
from pathlib import Path
from typing import Any

import pytest
from engines.drivers import call_driver

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire

pytestmark = pytest.mark.cached("proof/tools.py")

ENVIRONMENT = {
    "GOOGLE_CLOUD_PROJECT_ID": "a-project",
    "GOOGLE_CLOUD_LOCATION": "europe-west3",
    "JOB_BUCKET": "artifacts",
    "JOB_OBJECT": "pipeline/job",
    "RUNS_URI": "gs://artifacts/runs",
}
KEPT = {"displayName": "my-project", "runtimeConfig": {"gcsOutputDirectory": "gs://pipeline"}, "serviceAccount": "a@b"}
TABLE, GENERATION = 'data/A "quoted" name.csv', "1732190400123456"
RUN = f"data-{GENERATION}-data-a-quoted-name-csv"


def scenario(key: str = TABLE, codes: tuple[int, ...] = (200,), kept: Any = KEPT) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A file arrives; `codes` are what Vertex AI answers, `kept` is what it is to start."""
    attributes = {
        "bucketId": "artifacts",
        "objectId": key,
        "objectGeneration": GENERATION,
        "eventType": "OBJECT_FINALIZE",
    }
    return {"event": {"data": {"message": {"attributes": attributes}}}, "codes": codes, "kept": kept}


SCENARIOS = {
    "a table": scenario(),
    "a long name": scenario(key=f"data/{'a-long-name/' * 40}table.parquet"),
    "no table": scenario(key="data/_SUCCESS"),
    "told twice": scenario(codes=(409,)),
    "too many requests": scenario(codes=(429, 503, 200)),
    "no right": scenario(codes=(403,)),
    "nothing is kept": scenario(kept=None),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Scenario → what happened."""
    folder = tmp_path_factory.mktemp("vertex") / "my-project"
    given = {"project_name": "my-project", "cloud": "gcp", "orchestrator": "vertex", "triggers": ["data"]}
    render.create(check(Questionnaire(source.root(), folder), given), folder)
    file = Path(folder, "infra", "arrivals.workflows.yaml")
    request = {"file": str(file), "environment": ENVIRONMENT, "scenarios": list(SCENARIOS.values())}
    return dict(zip(SCENARIOS, call_driver("driver.py", request, "workflows"), strict=True))


def test_a_table_starts_what_is_kept_with_itself_as_data(outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes["a table"]
    (posted,) = outcome["posted"]
    where = "projects/a-project/locations/europe-west3/pipelineJobs"
    assert posted["url"] == f"https://europe-west3-aiplatform.googleapis.com/v1/{where}"
    assert posted["query"] == {"pipelineJobId": RUN}
    given = posted["body"]["runtimeConfig"].pop("parameterValues")
    assert posted["body"] == KEPT
    assert given["run_uri"] == f"gs://artifacts/runs/{RUN}"
    assert json.loads(given["parameters"]) == {"data_uri": f"gs://artifacts/{TABLE}"}
    assert outcome["read"] == ["https://storage.googleapis.com/storage/v1/b/artifacts/o/pipeline/job"]
    assert (outcome["returned"], outcome["pauses"]) == (RUN, [])


def test_a_name_is_one_that_vertex_takes(outcomes: dict[str, dict[str, Any]]) -> None:
    (posted,) = outcomes["a long name"]["posted"]
    name = posted["query"]["pipelineJobId"]
    assert len(name) <= 128
    assert name.startswith(f"data-{GENERATION}-data-a-long-name-")


def test_what_is_no_table_starts_nothing(outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes["no table"]
    assert (outcome["posted"], outcome["failed"]) == ([], None)


def test_a_run_that_was_started_before_is_no_failure(outcomes: dict[str, dict[str, Any]]) -> None:
    assert (outcomes["told twice"]["returned"], outcomes["told twice"]["failed"]) == (RUN, None)


def test_a_transient_failure_is_retried(outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes["too many requests"]
    assert (len(outcome["posted"]), len(outcome["pauses"]), outcome["returned"]) == (3, 2, RUN)


@pytest.mark.parametrize(("name", "code"), [("no right", "403"), ("nothing is kept", "404")])
def test_what_a_person_has_to_fix_fails(name: str, code: str, outcomes: dict[str, dict[str, Any]]) -> None:
    outcome = outcomes[name]
    assert outcome["returned"] is None
    assert code in outcome["failed"]
