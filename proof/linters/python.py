"""Linters of a project's Python: what its own `make lint` runs, with its own configuration and dependencies."""

import functools
import re
import shutil
import tempfile
import threading
import tomllib
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import tomli_w

from mlops_new.overlays import fillings, overlays
from proof.tools import CACHE, ROOT, digest, project_environment, project_environment_name
from scripts.lock_template import everything_beside, lock_of, orchestrators, unconditional

from .base import Lint, Linter, command
from .modules import pooled

PYTHON = ("*.py", "*.pyi", "py.typed", "pyproject.toml")
NOTEBOOKS = ("*.ipynb",)
TEMPLATE = ROOT / "template"
CONFIGURATION = '[tool.ruff]\nlint.select = ["F"]\n[tool.mypy]\nstrict = true\npackages = ["a"]\n'
LIBRARIES = r"(?:nvidia|cuda)-[^\"]+|triton"
"""Gigabytes that PyTorch brings for graphics processors, and that no type depends on."""
MYPY = """\
import gc
gc.enable = gc.disable
gc.disable()
from mypy.__main__ import console_entry
console_entry()
"""
"""The type checker without garbage collection, of which it needs little: it takes four fifths of the time."""
VERSION = r'^name = "(.+)"\nversion = "(.+)"'
POOL = "pool"
NO_ENGINE = "[dependency-groups]\norchestrator = []\n"

busy = {orchestrator: threading.Lock() for orchestrator in orchestrators()}
"""Engine → lock: the type checker's cache has one writer at a time, and no reader meanwhile."""


def engine(pyproject: str) -> str:
    """Return the switch of the orchestrator that a project's dependencies belong to.

    Raises:
        ValueError: there is none.
    """
    wanted = set(tomllib.loads(pyproject)["dependency-groups"]["orchestrator"])
    for orchestrator in orchestrators():
        own = _named(f"orchestrator/{orchestrator}")
        others = (overlay for overlay in overlays(TEMPLATE) if orchestrator in overlay.split("/"))
        if own <= wanted <= own.union(*map(_named, others)):
            return orchestrator
    raise ValueError(f"no orchestrator needs {sorted(wanted)}")


def _named(overlay: str) -> set[str]:
    """Return the libraries that an overlay adds to those of the orchestrator."""
    return set(re.findall(r'"([^"]+)",', fillings(TEMPLATE, overlay).get("orchestrator_toml", "")))


def environment(orchestrator: str) -> Path:
    """Return the folder of programs of an environment with all that any project with this orchestrator may need."""
    lock = _lock(orchestrator)
    untyped = tuple(re.findall(rf'^name = "({LIBRARIES})"', lock, re.MULTILINE))
    return project_environment(orchestrator, everything_beside(orchestrator)[1], lock, untyped)


@functools.cache
def _lock(orchestrator: str) -> str:
    return unconditional(lock_of(orchestrator).read_text())


def _version() -> str:
    return digest(
        Path(__file__),
        Path(__file__).with_name("modules.py"),
        *map(lock_of, orchestrators()),
    )


def _ruff(*arguments: str) -> Lint:
    def lint(units: Sequence[Path]) -> str:
        # Any of the environments has ruff; the smallest one is there soonest.
        ruff = environment("orchestrator_none") / "ruff"
        return command(ruff, *arguments, "--no-cache", *units)

    return lint


def _types(units: Sequence[Path]) -> str:
    """Check packages that share an engine and a configuration in one process, each distinct module of them once."""
    groups: defaultdict[tuple[str, str], list[list[Path]]] = defaultdict(list)
    for unit in units:
        pyproject = (unit / "pyproject.toml").read_text()
        settings = tomllib.loads(pyproject)["tool"]["mypy"]
        package, *others = settings.pop("packages")
        folders = [unit / "src" / package, *(unit / other for other in others)]
        groups[engine(pyproject), tomli_w.dumps(settings)].append(folders)
    return "\n".join(filter(None, (_checked(*group, packages) for group, packages in groups.items())))


def _checked(orchestrator: str, settings: str, packages: Sequence[Sequence[Path]]) -> str:
    programs = environment(orchestrator)
    modules = pooled(packages, POOL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configuration = {"tool": {"mypy": {**tomllib.loads(settings), "packages": [POOL]}}}
        (folder / "pyproject.toml").write_text(tomli_w.dumps(configuration))
        (folder / "src" / POOL).mkdir(parents=True)
        (folder / "src" / POOL / "__init__.py").touch()
        for module, content in modules.items():
            (folder / "src" / POOL / f"{module}.py").write_bytes(content.text)
        known = cache(orchestrator)
        with busy[orchestrator]:
            if not known.exists():
                start(known, orchestrator)
            variables = {"MYPYPATH": "src", "MYPY_CACHE_DIR": str(known)}
            found = command(programs / "python", "-c", MYPY, cwd=folder, env=variables)
    return re.sub(rf"src/{POOL}/(\w+)\.py", lambda match: str(modules[match[1]].origin), found)


def cache(orchestrator: str) -> Path:
    """Return the folder of the type checker's cache for projects with an engine, and for their libraries."""
    return CACHE / f"mypy-{project_environment_name(orchestrator, _lock(orchestrator))}"


def start(folder: Path, orchestrator: str) -> None:
    """Seed the type checker's cache with that of the engine with the most similar libraries.

    It identifies libraries by their content. One that is there for one engine only, or in another version, has all that
    would import it checked again.
    """
    others = sorted(busy.keys() - {orchestrator}, key=lambda other: (len(_pins(other) ^ _pins(orchestrator)), other))
    for other in others:
        if cache(other).exists() and busy[other].acquire(blocking=False):
            try:
                _copied(cache(other), folder)
            finally:
                busy[other].release()
            return


def _copied(origin: Path, folder: Path) -> None:
    """Copy a cache as a whole or not at all."""
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        copy = shutil.copytree(origin, Path(name) / "copy")
        with suppress(OSError):  # another process was first
            copy.rename(folder)


@functools.cache
def _pins(orchestrator: str) -> frozenset[tuple[str, str]]:
    """Return every library that projects with an engine may have, and its version."""
    return frozenset(re.findall(VERSION, _lock(orchestrator), re.MULTILINE))


LINTERS = (
    Linter(
        "mypy",
        PYTHON,
        _types,
        {"pyproject.toml": NO_ENGINE + CONFIGURATION, "src/a/__init__.py": "x: int = ''\n"},
        _version,
        whole=True,
        batch=256,
        group_by="orchestrator",
    ),
    Linter(
        "ruff",
        PYTHON + NOTEBOOKS,
        _ruff("check"),
        {"pyproject.toml": CONFIGURATION, "a.py": "import os\n"},
        _version,
        whole=True,
    ),
    Linter(
        "ruff-format",
        PYTHON + NOTEBOOKS,
        _ruff("format", "--check"),
        {"pyproject.toml": CONFIGURATION, "a.py": "x=1\n"},
        _version,
        whole=True,
    ),
)
