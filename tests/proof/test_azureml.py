"""The linters of Azure ML's pipelines find what is planted in one that a project has, and nothing before."""

from pathlib import Path

import pytest

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire
from proof.linters.azureml import LINTERS

REFERENCES, SDK = LINTERS
NAME = "pipeline.azureml.yml"

SDK_FINDS: dict[str, tuple[str, str, str]] = {
    "field": ("    compute: ", "    compte: ", "component"),
    "kind of job": ("type: command", "type: comand", "comand"),
    "kind of output": ("uri_folder", "uri_foldr", "uri_foldr"),
    "timeout": ("timeout: 600", "timeout: soon", "timeout"),
    "image": ("    environment:\n      image: ${image}\n", "", "environment"),
    "job": ("parent.jobs.start.", "parent.jobs.begin.", "parent.jobs.begin"),
    "output of a job": ("parent.jobs.start.outputs.run", "parent.jobs.start.outputs.ran", "outputs.ran"),
    "input of the pipeline": ("{parent.inputs.run}", "{parent.inputs.ran}", "parent.inputs.ran"),
    "condition": ("  ingest:\n    type: command\n", "  ingest:\n    type: if_else\n", "if_else"),
}
REFERENCES_FINDS: dict[str, tuple[str, str, str]] = {
    "input of a job": ("'${{inputs.run}}/uri'", "'${{inputs.ran}}/uri'", "uses inputs.ran"),
    "output of a job": ("'${{outputs.done}}/ended'", "'/tmp/ended'", "declares outputs.done and never writes it"),
    "setting": ("force_rerun", "force_reruns", "no setting force_reruns"),
    "order": ("parent.jobs.ingest.outputs", "parent.jobs.evaluate.outputs", "wait for each other"),
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The pipeline of a project."""
    folder = tmp_path_factory.mktemp("azureml") / "my-project"
    given = {"project_name": "my-project", "cloud": "azure", "orchestrator": "azureml"}
    render.create(check(Questionnaire(source.root(), folder), given), folder)
    return (folder / "infra" / NAME).read_text(encoding="utf-8")


def changed(pipeline: str, folder: Path, old: str, new: str) -> Path:
    """Write the pipeline with the first of a text replaced."""
    assert old in pipeline
    folder.mkdir(exist_ok=True)
    (folder / NAME).write_text(pipeline.replace(old, new, 1), encoding="utf-8")
    return folder / NAME


@pytest.fixture(scope="module")
def findings(pipeline: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Defect → what the SDK says of it, "" for none. All at once, since the SDK takes seconds to start."""
    folder = tmp_path_factory.mktemp("defects")
    files = {
        defect: changed(pipeline, folder / str(number), old, new)
        for number, (defect, (old, new, _)) in enumerate({"": ("", "", ""), **SDK_FINDS}.items())
    }
    found = SDK.lint(list(files.values()))
    assert all(str(file) in found for defect, file in files.items() if defect)
    starts = {defect: found.find(str(file)) for defect, file in files.items()}
    ends = sorted([*starts.values(), len(found)])
    return {
        defect: found[start : ends[ends.index(start) + 1]] if start >= 0 else "" for defect, start in starts.items()
    }


def test_the_pipeline_of_a_project_is_fine(pipeline: str, findings: dict[str, str], tmp_path: Path) -> None:
    assert findings[""] == ""
    assert REFERENCES.lint([changed(pipeline, tmp_path, "", "")]) == ""


@pytest.mark.parametrize("defect", SDK_FINDS)
def test_the_sdk_finds(defect: str, findings: dict[str, str]) -> None:
    assert SDK_FINDS[defect][2] in findings[defect]


@pytest.mark.parametrize("defect", REFERENCES_FINDS)
def test_what_the_sdk_passes_over_is_found(defect: str, pipeline: str, tmp_path: Path) -> None:
    old, new, why = REFERENCES_FINDS[defect]
    assert why in REFERENCES.lint([changed(pipeline, tmp_path, old, new)])
