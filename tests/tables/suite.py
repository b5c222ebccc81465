"""Bring tables to generated projects: what tests, the benchmark and the page about real tables have in common."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import catalogue
from catalogue import Table

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from proof.tools import CACHE, plain_environment

HERE = Path(__file__).parent
RESULTS = CACHE / "tables"
"""What is known of real tables, for the page about them."""
UV = Path(sys.executable).parent / "uv"
NAME = "tables"
"""Of every project, and of its package: two that serve in different ways share a registry."""

DATABASE = "mlflow.db"

GIVEN = "MLOPS_NEW_TABLES_PYTHON"
"""A variable that names the Python of an environment that has all that the projects need, for a quick try."""

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
    database: Path
    """Of MLflow, empty: to create its tables takes longer than to train most models; each run gets a copy."""

    def environment(self, source_folder: Path) -> dict[str, str]:
        """What a process gets beside settings; it takes one thread, since others work at the same time."""
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        python_path = os.pathsep.join([str(source_folder / "src"), str(HERE)])
        own = {f"{NAME.upper()}_CONFIG": str(source_folder / "config.toml"), "PYTHONPATH": python_path}
        return {**plain_environment(), **threads, **own, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1"}


def created(destination: Path, **answers: Value) -> Path:
    """Create a project; answers that are not given are the recommended ones."""
    given = {"project_name": NAME, **answers}
    render.create(check(Questionnaire(source.root(), destination), given), destination)
    return destination


def set_up(folder: Path, **answers: Value) -> Path:
    """Create a project and set it up as locked; returns its Python."""
    project = created(folder / NAME, **answers)
    command = ["make", "setup", f"UV={UV}"]
    done = subprocess.run(command, cwd=project, env=plain_environment(), capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-8000:]
    return project / ".venv" / "bin" / "python"


def environment(folder: Path, framework: str = "xgboost", compute: str = "local") -> Path:
    """The Python of an environment for projects; the one of XGBoost does for scikit-learn, too."""
    if GIVEN in os.environ:
        return Path(os.environ[GIVEN])
    return set_up(folder, framework=framework, compute=compute)


def create(folder: Path, python: Path, **answers: Value) -> Project:
    """Create a project in both forms.

    Args:
        folder: where.
        python: of an environment that has all it needs.
        answers: to the questions, of which the others are recommended ones.
    """
    rest, batch = (created(folder / form / NAME, serving=form, **answers) for form in ("rest", "batch"))
    project = Project(rest, batch, python, folder / DATABASE)
    done = run(project, rest, "-m", NAME, "models", folder=folder, TRACKING_URI=f"sqlite:///{project.database}")
    assert done.returncode == 0, done.stderr[-8000:]
    return project


def run(
    project: Project, source_folder: Path, *arguments: str, folder: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run Python with a form of the project."""
    environment = project.environment(source_folder)
    environment |= {f"{NAME.upper()}_{name}": value for name, value in settings.items()}
    command = [str(project.python), *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def order(table: Table, file: Path, framework: str) -> dict[str, Any]:
    """What the driver gets to know of a table."""
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

    def __init__(self, folder: Path, framework: str, project: Project) -> None:
        """Work in a folder."""
        self.folder = folder
        self.framework = framework
        self.project = project
        self.drivers: dict[str, subprocess.Popen[str]] = {}

    def bring(self, table: Table) -> dict[str, Any]:
        """Bring a table to the project; returns what driver.py found out."""
        # Another place each time: MLflow keeps what it knows of a data base for as long as a process lives.
        folder = Path(tempfile.mkdtemp(prefix=f"{table.name}-", dir=self.folder))
        shutil.copy(self.project.database, folder / DATABASE)
        # In parts, so that what was chosen for compute really works on them.
        parts = {"partition_rows": max(100, len(table.raw()) // 4)}
        told = {**order(table, table.write(folder), self.framework), **parts, "folder": str(folder)}
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
            with (self.folder / f"{form}.log").open("w") as log:
                self.drivers[form] = subprocess.Popen(
                    command,
                    cwd=self.folder,
                    env=self.project.environment(source_folder),
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


def kept(table: Table, framework: str, found: Mapping[str, Any]) -> None:
    """Keep what the page about real tables says of a table."""
    file = RESULTS / f"{framework}-{table.name}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    names = ("score", "baseline", "rows", "reasons", "peak_megabytes")
    seconds = {"seconds": found["train"]["seconds"]}
    file.write_text(json.dumps({name: found[name] for name in names} | seconds, indent=1))


if __name__ == "__main__":  # a quick look: python suite.py PYTHON FOLDER FRAMEWORK [TABLE ...]
    python, place, framework, *names = sys.argv[1:]
    made: dict[str, Suite] = {}
    for table in catalogue.TABLES:
        if names and table.name not in names:
            continue
        if table.problem not in made:
            base = Path(place) / f"{table.problem}-{framework}"
            shutil.rmtree(base, ignore_errors=True)
            project = create(base, Path(python), problem=table.problem, framework=framework)
            made[table.problem] = Suite(base, framework, project)
        found = made[table.problem].bring(table)
        names_of = ("score", "rest", "batch", "crashed", "peak_megabytes")
        said = {name: found.get(name) for name in names_of} | {"baseline": found.get("baseline", {}).get("score")}
        print(table.name, found.get("train", found.get("contract")), json.dumps(said), flush=True)
        if found.get("batch") == "":
            kept(table, framework, found)
    for suite in made.values():
        suite.close()
