"""Linters of pipelines of Azure ML: its own SDK, and what that does not check."""

import json
import re
import subprocess
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from proof.linters.base import Linter, each
from proof.tools import ToolError, digest, python_tools

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
FILES = ("*.azureml.yml",)
REFERENCE = re.compile(r"\$\{\{(.*?)\}\}")
SETTINGS = {"continue_on_step_failure", "default_compute", "default_datastore", "force_rerun"}
"""Of a pipeline; the SDK silently accepts any other, and the workspace ignores it."""

MISSPELT = """\
type: pipeline
jobs:
  train:
    type: command
    comand: echo trained
    environment:
      image: trainer
"""
UNDECLARED = """\
type: pipeline
jobs:
  train:
    type: command
    command: echo '${{inputs.rows}}'
    environment:
      image: trainer
"""


def _sdk(files: Sequence[Path]) -> str:
    done = subprocess.run(
        [python_tools(REQUIREMENTS) / "python", HERE / "driver.py"],
        input=json.dumps(files, default=str),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ToolError(f"the SDK of Azure ML does not run in the environment of {REQUIREMENTS}:\n{done.stderr}")
    found = zip(files, json.loads(done.stdout), strict=True)
    return "\n".join(f"{file}: {problems}" for file, problems in found if problems)


def _references(file: Path) -> str:
    return "\n".join(f"{file}: {problem}" for problem in _problems(yaml.safe_load(file.read_text(encoding="utf-8"))))


def _problems(pipeline: dict[str, Any]) -> Iterator[str]:
    """Yield dangling references; the SDK checks the inputs of jobs, but not their commands."""
    for name in sorted(set(pipeline.get("settings", {})) - SETTINGS):
        yield f"there is no setting {name}"
    needs: dict[str, set[str]] = {}
    for name, job in pipeline["jobs"].items():
        bound = [path.strip().split(".") for value in job.get("inputs", {}).values() for path in _paths(value)]
        needs[name] = {path[2] for path in bound if path[:2] == ["parent", "jobs"]}
        used = {path.strip() for path in _paths(job.get("command", ""))}
        declared = {f"{kind}.{key}" for kind in ("inputs", "outputs") for key in job.get(kind, {})}
        for path in sorted(used - declared):
            yield f"{name} uses {path}, which it does not declare"
        for path in sorted(path for path in declared - used if path.startswith("outputs.")):
            yield f"{name} declares {path} and never writes it"
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        yield f"these jobs wait for each other: {', '.join(error.args[1])}"


def _paths(value: object) -> list[str]:
    return REFERENCE.findall(value) if isinstance(value, str) else []


LINTERS: tuple[Linter, ...] = (
    Linter(
        "azureml-references",
        FILES,
        each(_references),
        {"infra/pipeline.azureml.yml": UNDECLARED},
        lambda: digest(Path(__file__)),
    ),
    Linter(
        "azureml-sdk",
        FILES,
        _sdk,
        {"infra/pipeline.azureml.yml": MISSPELT},
        lambda: digest(REQUIREMENTS, *sorted(HERE.glob("*.py"))),
    ),
)
