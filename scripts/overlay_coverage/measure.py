"""What the tests of a project execute of its Python: set up and tested with its own Makefile, under coverage.py.

coverage.py is installed into the environment of the project, not into the project, and starts in each of its Python
processes: in that of the tests, and in those that the tests start. What was measured is kept by content.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proof.tools import CACHE, QUIET, plain_environment, project_digest

from .projects import SOURCES

KEPT = CACHE / "coverage"
UV = Path(sys.executable).parent / "uv"
COVERAGE = "7.17.5"
"""Version of coverage.py. It is one for all, so that figures that are kept can be compared with new ones."""
SETTINGS = """\
[run]
branch = true
parallel = true
patch = _exit
source =
    {sources}
data_file = {data}
"""
"""Of coverage.py. A process that a library forks ends with os._exit, at which the figures have to be saved, too."""
FIELDS = ("executed_lines", "missing_lines", "executed_branches", "missing_branches")
"""What is kept of coverage.py's report of a file."""
COMMIT = ("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message", "Start")
SHOWN = 8000
"""So many characters of what a failed command wrote last are shown."""

Branch = tuple[int, int]
"""From which line to which; a negative one is the end of what begins at that line."""


class MeasureError(Exception):
    """A project could not be measured; the message says why."""


@dataclass(frozen=True)
class Lines:
    """What was executed of a file, by the numbers of lines on which statements begin."""

    executed: frozenset[int]
    missing: frozenset[int]
    executed_branches: frozenset[Branch]
    missing_branches: frozenset[Branch]


def parsed(report: Mapping[str, Any]) -> dict[str, Lines]:
    """Read what `measure` returns: path in the project → what was executed."""
    return {
        path: Lines(
            frozenset(file["executed_lines"]),
            frozenset(file["missing_lines"]),
            frozenset((start, end) for start, end in file["executed_branches"]),
            frozenset((start, end) for start, end in file["missing_branches"]),
        )
        for path, file in report["files"].items()
    }


def kept(folder: Path) -> Path:
    """Return where the result of a project is kept: by its files, how they are measured, the tools and this Python."""
    return KEPT / f"{project_digest(folder, Path(__file__))}.json"


def measured(folder: Path) -> dict[str, Lines]:
    """Return what the tests of a project execute; it is set up and tested unless that is known.

    Args:
        folder: the project as it was rendered.

    Raises:
        MeasureError: it cannot be set up, its tests fail, or nothing was measured.
    """
    result = kept(folder)
    if not result.exists():
        report = measure(folder)
        result.parent.mkdir(parents=True, exist_ok=True)
        begun = result.with_suffix(f".{os.getpid()}")
        begun.write_text(json.dumps(report), encoding="utf-8")
        begun.replace(result)  # whole, or not at all
    return parsed(json.loads(result.read_text(encoding="utf-8")))


def measure(folder: Path) -> dict[str, Any]:
    """Set a project up, as a repository with a commit, and run its tests; return what is kept of `coverage json`.

    Raises:
        MeasureError: it cannot be set up, its tests fail, or nothing was measured.
    """
    environment = plain_environment() | QUIET | {"UV": str(UV)}
    with tempfile.TemporaryDirectory(prefix="coverage-") as name:
        settings, report = Path(name) / "settings", Path(name) / "report.json"
        sources = "\n    ".join(str(folder / source) for source in SOURCES if (folder / source).exists())
        settings.write_text(SETTINGS.format(sources=sources, data=Path(name) / "data"), encoding="utf-8")
        for command in (("init", "--quiet"), ("add", "--all"), COMMIT):
            _run(folder, environment, "git", *command)
        _run(folder, environment, "make", "setup", f"UV={UV}")
        install = ("pip", "install", "--quiet", "--python", ".venv", f"coverage=={COVERAGE}")
        _run(folder, environment, str(UV), *install)
        _run(folder, environment | {"COVERAGE_PROCESS_START": str(settings)}, "make", "test", f"UV={UV}")
        coverage = (".venv/bin/python", "-m", "coverage")
        _run(folder, environment, *coverage, "combine", f"--rcfile={settings}", "--quiet")
        _run(folder, environment, *coverage, "json", f"--rcfile={settings}", "--quiet", "-o", str(report))
        result = json.loads(report.read_text(encoding="utf-8"))
    files = {path: {name: file[name] for name in FIELDS} for path, file in result["files"].items()}
    return {"files": files, "percent": result["totals"]["percent_covered"]}


def _run(folder: Path, environment: Mapping[str, str], *command: str) -> None:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MeasureError(f"`{' '.join(command)}` failed:\n{(done.stdout + done.stderr)[-SHOWN:]}")
