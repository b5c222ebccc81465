"""Linters of a project's Python: what its own `make lint` runs, with its own configuration and dependencies."""

import re
import threading
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from proof.tools import CACHE, ROOT, digest, project_environment
from scripts.lock_template import everything_beside, unconditional

from .base import Lint, Linter, command

PYTHON = ("*.py", "*.pyi", "py.typed", "pyproject.toml")
TEMPLATE = ROOT / "template"
CONFIGURATION = '[tool.ruff]\nlint.select = ["F"]\n[tool.mypy]\nstrict = true\npackages = ["a"]\n'
NO_ENGINE = "[dependency-groups]\norchestrator = []\n"

_busy: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""Engine → lock: the type checker's cache has one writer at a time."""


def engine(pyproject: str) -> str:
    """The overlay of the orchestrator that a project's dependencies belong to.

    Raises:
        ValueError: there is none.
    """
    wanted = set(tomllib.loads(pyproject)["dependency-groups"]["orchestrator"])
    for overlay in sorted(TEMPLATE.glob("{{use.orchestrator_*}}")):
        slot = overlay / "_slots" / "orchestrator.toml.jinja"
        if set(re.findall(r'"([^"]+)",', slot.read_text() if slot.exists() else "")) == wanted:
            return overlay.name.removeprefix("{{use.").removesuffix("}}")
    raise ValueError(f"no orchestrator needs {sorted(wanted)}")


def environment(orchestrator: str) -> Path:
    """Folder of the programs of an environment that holds what any project with this orchestrator may need."""
    lock = TEMPLATE / f"{{{{use.{orchestrator}}}}}" / "uv.lock.jinja"
    return project_environment(orchestrator, everything_beside(orchestrator)[1], unconditional(lock.read_text()))


def _version() -> str:
    return digest(Path(__file__), *sorted(TEMPLATE.glob("{{use.orchestrator_*}}/uv.lock.jinja")))


def _ruff(*arguments: str) -> Lint:
    def lint(units: Sequence[Path]) -> str:
        # Any of the environments has ruff; the smallest one is there soonest.
        ruff = environment("orchestrator_none") / "ruff"
        return command(ruff, *arguments, "--no-cache", *units)

    return lint


def _types(units: Sequence[Path]) -> str:
    findings = []
    for unit in units:
        orchestrator = engine((unit / "pyproject.toml").read_text())
        programs = environment(orchestrator)
        variables = {"MYPYPATH": "src", "MYPY_CACHE_DIR": str(CACHE / f"mypy-{programs.parent.name}")}
        with _busy[orchestrator]:
            found = command(programs / "python", "-m", "mypy", cwd=unit, env=variables)
        findings += [f"{unit}: {found}"] if found else []
    return "\n".join(findings)


LINTERS = (
    Linter(
        "mypy",
        PYTHON,
        _types,
        {"pyproject.toml": NO_ENGINE + CONFIGURATION, "src/a/__init__.py": "x: int = ''\n"},
        _version,
        whole=True,
    ),
    Linter(
        "ruff",
        PYTHON,
        _ruff("check"),
        {"pyproject.toml": CONFIGURATION, "a.py": "import os\n"},
        _version,
        whole=True,
    ),
    Linter(
        "ruff-format",
        PYTHON,
        _ruff("format", "--check"),
        {"pyproject.toml": CONFIGURATION, "a.py": "x=1\n"},
        _version,
        whole=True,
    ),
)
