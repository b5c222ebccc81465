"""Bring tables to generated projects: what tests, the benchmark and the page about real tables have in common."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import catalogue
from catalogue import Table

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire

HERE = Path(__file__).parent
UV = Path(sys.executable).parent / "uv"
OUTER = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
"""What a project is not told of the environment of the tests."""

NAME = "tables"
"""Of every project, and of its package: two that serve in different ways share a registry."""

DATABASE = "mlflow.db"

ROWS = 500
"""So many rows of a table are predicted in all ways."""

KINDS = {"date": "datetime", "time": "datetime"}
"""What the contract calls a type of the catalogue."""


@dataclass(frozen=True)
class Project:
    """A generated project in two forms: one serves over HTTP, the other one in batches."""

    rest: Path
    batch: Path
    python: Path

    def environment(self, folder: Path) -> dict[str, str]:
        """What a command of the project is told beside its settings; several run at once, so each takes one thread."""
        ours = {name: value for name, value in os.environ.items() if name not in OUTER}
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        config = {f"{NAME.upper()}_CONFIG": str(self.rest / "config.toml")}
        caches = {"MPLCONFIGDIR": str(folder), "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}
        return {**ours, **threads, **config, **caches}


def create(folder: Path, python: Path | None = None, **answers: Value) -> Project:
    """Create a project in both forms.

    Args:
        folder: where.
        python: of an environment that has all it needs; otherwise the project is set up as locked.
        answers: to the questions, of which the others are recommended ones.
    """
    for serving in ("rest", "batch"):
        destination = folder / serving / NAME
        given = {"project_name": NAME, "serving": serving, **answers}
        render.create(check(Questionnaire(source.root(), destination), given), destination)
    rest, batch = folder / "rest" / NAME, folder / "batch" / NAME
    if python is None:
        command = ["make", "setup", f"UV={UV}"]
        outer = {name: value for name, value in os.environ.items() if name not in OUTER}
        done = subprocess.run(command, cwd=rest, env=outer, capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
        python = rest / ".venv" / "bin" / "python"
    project = Project(rest, batch, python)
    # To create the tables of MLflow takes longer than to train most models; each run gets a copy.
    done = run(project, rest, "-m", NAME, "models", folder=folder, TRACKING_URI=f"sqlite:///{folder / DATABASE}")
    assert done.returncode == 0, done.stderr[-8000:]
    return project


def run(project: Project, source_folder: Path, *arguments: str, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Python with a form of the project."""
    environment = project.environment(folder) | {"PYTHONPATH": f"{source_folder / 'src'}{os.pathsep}{HERE}"}
    environment |= {f"{NAME.upper()}_{name}": value for name, value in settings.items()}
    command = [str(project.python), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def order(table: Table, file: Path, framework: str) -> dict[str, Any]:
    """What the driver is told of a table."""
    roles = dict(table.roles)
    for role in ("id", "group", "time"):
        # The contract has one column of each of these roles; what is an id as well is no feature either.
        for name in [name for name, given in table.roles.items() if given == role][1:]:
            roles[name] = "ignored"
    types = {name: KINDS.get(what, what) for name, what in table.types.items()}
    return {
        "name": table.name,
        "file": str(file),
        "target": table.target,
        "problem": table.problem,
        "framework": framework,
        "known": table.known,
        "roles": roles,
        "types": types,
        "rows": ROWS,
    }


class Suite:
    """One project for a problem and a framework, and its two processes, which take one table after the other."""

    def __init__(self, folder: Path, problem: str, framework: str, python: Path | None = None) -> None:
        """Create the project; see `create`."""
        self.folder = folder / f"{problem}-{framework}"
        self.framework = framework
        shutil.rmtree(self.folder, ignore_errors=True)
        self.project = create(self.folder, python, problem=problem, framework=framework)
        self.drivers: dict[str, subprocess.Popen[str]] = {}

    def bring(self, table: Table) -> dict[str, Any]:
        """Bring a table to the project; returns what driver.py found out."""
        folder = self.folder / table.name
        folder.mkdir()
        shutil.copy(self.folder / DATABASE, folder)
        told = {**order(table, table.write(folder), self.framework), "folder": str(folder)}
        found = self._ask("rest", {**told, "do": "bring"})
        if "rest" in found:
            found |= self._ask("batch", {**told, "do": "batch"})
        shutil.rmtree(folder)
        return found

    def close(self) -> None:
        """End the processes."""
        for driver in self.drivers.values():
            driver.communicate()

    def _ask(self, form: str, told: dict[str, Any]) -> dict[str, Any]:
        if form not in self.drivers or self.drivers[form].poll() is not None:
            source_folder = self.project.rest if form == "rest" else self.project.batch
            command = [str(self.project.python), str(HERE / "driver.py"), NAME]
            environment = self.project.environment(self.folder) | {"PYTHONPATH": f"{source_folder / 'src'}"}
            with (self.folder / f"{form}.log").open("w") as log:
                self.drivers[form] = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                )
        driver = self.drivers[form]
        assert driver.stdin
        assert driver.stdout
        driver.stdin.write(json.dumps(told) + "\n")
        driver.stdin.flush()
        line = driver.stdout.readline()
        if not line:
            driver.wait()
            return {"crashed": (self.folder / f"{form}.log").read_text()[-4000:] or f"exit {driver.returncode}"}
        found: dict[str, Any] = json.loads(line)
        return found


if __name__ == "__main__":
    python, place, framework, *names = sys.argv[1:]
    made: dict[str, Suite] = {}
    for table in catalogue.TABLES:
        if names and table.name not in names:
            continue
        if table.problem not in made:
            made[table.problem] = Suite(Path(place), table.problem, framework, Path(python))
        found = made[table.problem].bring(table)
        said = {
            "code": found.get("train", found.get("contract", {})).get("code"),
            "score": found.get("score"),
            "baseline": found.get("baseline", {}).get("score"),
            "rest": found.get("rest"),
            "batch": found.get("batch"),
            "s": found.get("train", {}).get("seconds"),
            "MB": found.get("peak_megabytes"),
            "crashed": found.get("crashed", "")[-1500:],
        }
        if said["code"] not in (0, 4):
            said["logged"] = (found.get("train") or found.get("contract") or {}).get("logged", "")[-1500:]
        print(table.name, json.dumps(said), flush=True)
        Path(place, f"{framework}-{table.name}.json").write_text(json.dumps(found))
    for suite in made.values():
        suite.close()
