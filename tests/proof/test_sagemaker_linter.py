"""The linter of SageMaker's pipelines tells what is wrong, and says nothing of what the template renders."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire
from proof.linters.sagemaker import LINTERS

[LINTER] = LINTERS
Json = Any


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Json:
    """The definition of a rendered project."""
    folder = tmp_path_factory.mktemp("sagemaker") / "my-project"
    given = {"project_name": "my-project", "cloud": "aws", "orchestrator": "sagemaker"}
    render.create(check(Questionnaire(source.root(), folder), given), folder)
    return json.loads((folder / "infra" / "pipeline.sagemaker.json").read_text())


def findings(definition: Json, folder: Path) -> str:
    """What the linter says."""
    file = folder / "a.sagemaker.json"
    file.write_text(json.dumps(definition))
    return LINTER.lint([file])


def test_what_is_rendered_is_right(good: Json, tmp_path: Path) -> None:
    assert findings(good, tmp_path) == ""


def job(definition: Json) -> Json:
    """The request of the first job."""
    return definition["Steps"][0]["Arguments"]


def verdict(definition: Json) -> Json:
    """What the gate compares."""
    return definition["Steps"][-1]["Arguments"]["Conditions"][0]["LeftValue"]["Std:JsonGet"]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda it: it["Steps"][1].update(DependsOn=["unheard-of"]), "which is no step"),
        (lambda it: it["Steps"][0].update(DependsOn=["deploy"]), "wait for each other"),
        (lambda it: it["Steps"][1].update(Name="ingest"), "'ingest' twice"),
        (lambda it: it["Steps"][0].update(Type="Unheard"), "type Unheard"),
        (lambda it: it["Steps"][0].update(Cache=True), "unknown fields: Cache"),
        (lambda it: it["Steps"][0]["RetryPolicies"][0].update(ExceptionType=["Any"]), "unknown exception Any"),
        (lambda it: it["Steps"][0]["RetryPolicies"][0].update(MaxAttempts=21), "between 1 and 20"),
        (lambda it: it["Parameters"].pop(0), "there is no Parameters.RunId"),
        (lambda it: it["Parameters"][1].update(DefaultValue=1), "default of another type"),
        (lambda it: it["Steps"][-1]["Arguments"].update(Conditions=[]), "no condition"),
        (lambda it: verdict(it)["S3Uri"]["Std:Join"]["Values"].append({"Get": "Steps.a.b"}), "there is no Steps.a.b"),
        (lambda it: verdict(it).update(PropertyFile={"Get": "Steps.a.PropertyFiles.b"}), "either a property file"),
        (lambda it: job(it).update(Unheard=1), "Unheard"),
        (lambda it: job(it)["AppSpecification"].pop("ImageUri"), "ImageUri"),
        (lambda it: job(it)["AppSpecification"]["ContainerArguments"].append("a" * 257), "not between 0 and 256"),
        (lambda it: job(it)["ProcessingResources"]["ClusterConfig"].update(InstanceType="ml.big"), "'ml.big' is none"),
        (lambda it: job(it)["StoppingCondition"].update(MaxRuntimeInSeconds=777_601), "777601 is not between"),
    ],
)
def test_what_is_wrong_is_reported(spoil: Callable[[Json], object], found: str, good: Json, tmp_path: Path) -> None:
    definition = copy.deepcopy(good)
    spoil(definition)
    assert found in findings(definition, tmp_path)
