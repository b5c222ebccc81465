"""Interprets the part of Azure Machine Learning's pipelines that this project's definition uses, on this machine.

Whatever is not known here is refused, so that a pipeline never does something else on a laptop than on Azure.
Reference: https://learn.microsoft.com/azure/machine-learning/reference-yaml-job-pipeline
"""

import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Json = dict[str, Any]
Launch = Callable[[str, float], int]
"""Runs a command, for at most so many seconds → its exit code."""

PIPELINE = {"$schema", "type", "display_name", "experiment_name", "settings", "inputs", "jobs"}
SETTINGS = {"continue_on_step_failure": False, "force_rerun": True}
"""The only values whose meaning is known here."""
MACHINE = {"environment", "environment_variables", "compute", "identity"}
"""What only a machine in Azure needs; a laptop has its own settings."""
JOB = {"type", "command", "inputs", "outputs", "limits"} | MACHINE
FOLDER = {"type": "uri_folder"}

REFERENCE = re.compile(r"\$\{\{\s*([\w.]+)\s*\}\}")


class JobError(Exception):
    """The pipeline cannot be run, or a job failed."""


def interpret(pipeline: Json, inputs: Mapping[str, str], launch: Launch) -> None:
    """Run the jobs of a pipeline, each after those whose outputs it reads.

    Args:
        pipeline: its definition.
        inputs: values of its inputs; those that are missing have the value that the definition gives them.
        launch: what runs a command.

    Raises:
        JobError: something is not known here, or a job failed; later jobs did not start.
    """
    _only("pipeline", pipeline, PIPELINE)
    if pipeline["type"] != "pipeline" or pipeline.get("settings", SETTINGS) != SETTINGS:
        raise JobError("only a pipeline with these settings is understood here: " + repr(SETTINGS))
    _only("inputs", inputs, set(pipeline["inputs"]))
    known = {f"parent.inputs.{name}": str(value) for name, value in {**pipeline["inputs"], **inputs}.items()}
    jobs: Mapping[str, Json] = pipeline["jobs"]
    with tempfile.TemporaryDirectory() as folder:
        for name, job in jobs.items():
            _check(name, job)
            for output in job["outputs"]:
                known[f"parent.jobs.{name}.outputs.{output}"] = str(Path(folder, name, output))
        given = {name: _resolved(name, job["inputs"], known) for name, job in jobs.items()}
        for name in _order(jobs):
            log.info("job starts", extra={"job": name})
            outputs = {output: known[f"parent.jobs.{name}.outputs.{output}"] for output in jobs[name]["outputs"]}
            _run(name, jobs[name], given[name], outputs, launch)


def _check(name: str, job: Json) -> None:
    _only(name, job, JOB)
    if job["type"] != "command" or any(output != FOLDER for output in job["outputs"].values()):
        raise JobError(f"{name}: only commands whose outputs are folders are understood here")
    _only(f"{name}.limits", job["limits"], {"timeout"})


def _only(where: str, given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(given.keys() - known):
        raise JobError(f"{where}: {', '.join(unknown)} is not understood here")


def _order(jobs: Mapping[str, Json]) -> list[str]:
    """Jobs in the order that their inputs ask for."""
    needs: dict[str, set[str]] = {}
    for name, job in jobs.items():
        references = [reference for value in job["inputs"].values() for reference in REFERENCE.findall(value)]
        parts = [reference.split(".") for reference in references]
        needs[name] = {part[2] for part in parts if part[:2] == ["parent", "jobs"]}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise JobError(f"these jobs wait for each other: {', '.join(error.args[1])}") from error


def _resolved(name: str, texts: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Texts with the values that their expressions stand for."""
    for reference in REFERENCE.findall("\n".join(texts.values())):
        if reference not in known:
            raise JobError(f"{name}: there is no {reference}")
    return {key: REFERENCE.sub(lambda match: known[match[1]], text) for key, text in texts.items()}


def _run(name: str, job: Json, inputs: Mapping[str, str], outputs: Mapping[str, str], launch: Launch) -> None:
    known = {f"inputs.{key}": value for key, value in inputs.items()}
    for key, folder in outputs.items():
        known[f"outputs.{key}"] = folder
        Path(folder).mkdir(parents=True)
    command = _resolved(name, {"command": job["command"]}, known)["command"]
    timeout = job["limits"]["timeout"]
    try:
        code = launch(command, timeout)
    except subprocess.TimeoutExpired as error:
        raise JobError(f"the job {name!r} took longer than {timeout} seconds") from error
    if code:
        raise JobError(f"the job {name!r} ended with exit code {code}")


def launch(command: str, timeout: float) -> int:
    """Run a command as Azure does, with the project's Python; whatever it started ends with it."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    with subprocess.Popen(["bash", "-c", command], env={**os.environ, "PATH": path}, start_new_session=True) as process:
        try:
            return process.wait(timeout)
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
