"""Linters of a project's Python: what its own `make lint` runs, with its own configuration and dependencies."""

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

from proof.tools import CACHE, ROOT, digest, project_environment
from scripts.lock_template import choice, everything_beside, orchestrators, unconditional

from .base import Lint, Linter, command
from .modules import pooled

PYTHON = ("*.py", "*.pyi", "py.typed", "pyproject.toml")
TEMPLATE = ROOT / "template"
CONFIGURATION = '[tool.ruff]\nlint.select = ["F"]\n[tool.mypy]\nstrict = true\npackages = ["a"]\n'
LIBRARIES = r"(?:nvidia|cuda)-[^\"]+|triton"
"""Gigabytes that PyTorch brings for graphics processors, and that no type depends on."""
POOL = "pool"
NO_ENGINE = "[dependency-groups]\norchestrator = []\n"

_busy: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""Engine → lock: the type checker's cache has one writer at a time."""


def engine(pyproject: str) -> str:
    """The overlay of the orchestrator that a project's dependencies belong to.

    Raises:
        ValueError: there is none.
    """
    wanted = set(tomllib.loads(pyproject)["dependency-groups"]["orchestrator"])
    for overlay in orchestrators():
        crosses = TEMPLATE.glob(f"{{{{use.*__{choice(overlay)}}}}}")
        if _named(overlay) <= wanted <= _named(overlay).union(*map(_named, crosses)):
            return choice(overlay)
    raise ValueError(f"no orchestrator needs {sorted(wanted)}")


def _named(overlay: Path) -> set[str]:
    """The libraries that an overlay adds to those of the orchestrator."""
    slot = overlay / "_slots" / "orchestrator.toml.jinja"
    return set(re.findall(r'"([^"]+)",', slot.read_text() if slot.exists() else ""))


def environment(orchestrator: str) -> Path:
    """Folder of the programs of an environment that holds what any project with this orchestrator may need."""
    lock = unconditional((TEMPLATE / f"{{{{use.{orchestrator}}}}}" / "uv.lock.jinja").read_text())
    untyped = tuple(re.findall(rf'^name = "({LIBRARIES})"', lock, re.MULTILINE))
    return project_environment(orchestrator, everything_beside(orchestrator)[1], lock, untyped)


def _version() -> str:
    return digest(
        Path(__file__),
        Path(__file__).with_name("modules.py"),
        *(overlay / "uv.lock.jinja" for overlay in orchestrators()),
    )


def _ruff(*arguments: str) -> Lint:
    def lint(units: Sequence[Path]) -> str:
        # Any of the environments has ruff; the smallest one is there soonest.
        ruff = environment("orchestrator_none") / "ruff"
        return command(ruff, *arguments, "--no-cache", *units)

    return lint


def _types(units: Sequence[Path]) -> str:
    """Check packages that share an engine and a configuration in one process, each distinct module of them once."""
    groups: defaultdict[tuple[str, str], list[Path]] = defaultdict(list)
    for unit in units:
        pyproject = (unit / "pyproject.toml").read_text()
        settings = tomllib.loads(pyproject)["tool"]["mypy"]
        [package] = settings.pop("packages")
        groups[engine(pyproject), tomli_w.dumps(settings)].append(unit / "src" / package)
    return "\n".join(filter(None, (_checked(*group, packages) for group, packages in groups.items())))


def _checked(orchestrator: str, settings: str, packages: Sequence[Path]) -> str:
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
        cache, first = CACHE / f"mypy-{programs.parent.name}", CACHE / f"mypy-{_version()}"
        with _busy[orchestrator]:
            if first.exists() and not cache.exists():
                # Libraries that another engine's projects have, too, are known by their content.
                shutil.copytree(first, cache)
            variables = {"MYPYPATH": "src", "MYPY_CACHE_DIR": str(cache)}
            found = command(programs / "python", "-m", "mypy", cwd=folder, env=variables)
            _keep(cache, first)
    return re.sub(rf"src/{POOL}/(\w+)\.py", lambda match: str(modules[match[1]].origin), found)


def _keep(cache: Path, first: Path) -> None:
    """Let the cache of the first engine be the start of all others."""
    if first.exists():
        return
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        copy = shutil.copytree(cache, Path(name) / "copy")
        with suppress(OSError):  # another process was first
            copy.rename(first)


LINTERS = (
    Linter(
        "mypy",
        PYTHON,
        _types,
        {"pyproject.toml": NO_ENGINE + CONFIGURATION, "src/a/__init__.py": "x: int = ''\n"},
        _version,
        whole=True,
        batch=256,
        alike="orchestrator",
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
