"""The pipeline of a project is what SageMaker keeps and starts, as far as moto knows it, and its graph is ours.

moto takes any text for a definition, so the graph is looked at here; proof/linters/sagemaker knows what AWS refuses.
"""

import ast
import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from engines.drivers import call_driver, python

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire

pytestmark = pytest.mark.cached("proof/tools.py")

STEPS = ["ingest", "validate", "preprocess", "train", "evaluate", "register", "deploy"]
DEPLOYED = {"runs_uri": "s3://artifacts/runs", "image": "registry/my-project:abc", "security_group": "sg-1"}
PARAMETERS = {"RunId": "a-run", "Parameters": '{"run_date": "2026-01-02"}'}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project for SageMaker."""
    folder = tmp_path_factory.mktemp("sagemaker") / "my-project"
    given = {"project_name": "my-project", "cloud": "aws", "orchestrator": "sagemaker"}
    render.create(check(Questionnaire(source.root(), folder), given), folder)
    return folder


@pytest.fixture(scope="module")
def instances(project: Path) -> dict[str, tuple[int, int, int]]:
    """The table of instances in the project's code."""
    tree = ast.parse((project / "src" / "my_project" / "adapters" / "pipeline_definition.py").read_text())
    tables = (node for node in tree.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "INSTANCES")
    table: dict[str, tuple[int, int, int]] = ast.literal_eval(next(node.value for node in tables if node.value))
    return table


@pytest.fixture(scope="module")
def moto(project: Path, instances: Mapping[str, object]) -> dict[str, Any]:
    """What moto says of the pipeline and of its execution."""
    text = (project / "infra" / "pipeline.sagemaker.json").read_text()
    definition = re.sub(r"\$\{(\w+)\}", lambda name: DEPLOYED.get(name[1], name[1]), text)
    request = {"definition": definition, "parameters": PARAMETERS, "instances": list(instances)}
    return {**call_driver("sagemaker_driver.py", request), "sent": definition}


def jobs(level: Sequence[Mapping[str, Any]], before: Sequence[str] = ()) -> Iterator[tuple[str, list[str], list[Any]]]:
    """Name of every job, what it waits for, and its command; `before` is what the branch that it is in waits for."""
    for step in level:
        after = [*before, *step.get("DependsOn", ())]
        if step["Type"] == "Condition":
            yield from jobs(step["Arguments"]["IfSteps"], after)
            assert step["Arguments"]["ElseSteps"] == []
        else:
            app = step["Arguments"]["AppSpecification"]
            yield step["Name"], after, [*app["ContainerEntrypoint"], *app["ContainerArguments"]]


def test_the_pipeline_is_registered_and_started_with_its_parameters(moto: dict[str, Any]) -> None:
    assert moto["registered"] == moto["ran"] == moto["sent"]
    assert moto["parameters"] == PARAMETERS
    assert moto["status"] in {"Executing", "Succeeded"}


def test_what_is_registered_is_the_declared_graph(moto: dict[str, Any]) -> None:
    found = list(jobs(json.loads(moto["registered"])["Steps"]))
    assert [name for name, _, _ in found] == STEPS
    for (name, after, command), previous in zip(found, [None, *STEPS], strict=False):
        # Of a gated step, what the gate waits for comes first.
        assert after[-1:] == ([previous] if previous else [])
        run = {"Std:Join": {"On": "/", "Values": ["s3://artifacts/runs", {"Get": "Parameters.RunId"}]}}
        options = ["--retry", "--run", run, "--parameters", {"Get": "Parameters.Parameters"}]
        assert command == ["python", "-m", "my_project", "step", name, *options]


def test_instances_have_the_sizes_that_the_project_says(
    moto: dict[str, Any], instances: Mapping[str, tuple[int, int, int]]
) -> None:
    assert {name: tuple(size) for name, size in moto["instances"].items()} == dict(instances)


def test_instances_are_those_that_processing_jobs_may_have(instances: Mapping[str, object]) -> None:
    script = (
        "import botocore.session, json;"
        "model = botocore.session.Session().get_service_model('sagemaker');"
        "print(json.dumps(model.shape_for('ProcessingInstanceType').enum))"
    )
    done = subprocess.run([python(), "-c", script], capture_output=True, text=True, check=True)
    assert set(instances) <= set(json.loads(done.stdout))
