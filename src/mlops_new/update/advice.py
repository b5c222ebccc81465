"""What to do about a file of the user's that stayed where the template has one, so that the project works."""

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from .tree import Tree


class _Rule(NamedTuple):
    """What is said about files whose path matches a pattern.

    Attributes:
        pattern: of paths; {package} stands for the project's package.
        needed: whether the project does not work without the template's.
        text: what to do, or what says it from the user's file and the template's.
    """

    pattern: str
    needed: bool
    text: str | Callable[[str, str], str]


def _pyproject(mine: str, theirs: str) -> str:
    """Return what the template's pyproject.toml has more: requirements as commands, tables as text."""
    try:
        held = tomllib.loads(mine)
    except tomllib.TOMLDecodeError as error:
        return f"yours is no TOML ({error}); correct it, or take the template's with --take pyproject.toml"
    wanted = tomllib.loads(theirs)
    if not isinstance(held.get("project"), dict):
        return "yours has no [project]; take the template's with --take pyproject.toml, and move your tables into it"
    lines = []
    python = wanted["project"]["requires-python"]
    if held["project"].get("requires-python") != python:
        lines.append(f'set in [project]: requires-python = "{python}"')
    groups = {"": wanted["project"]["dependencies"], **wanted.get("dependency-groups", {})}
    for name in _tables(theirs):
        table, there = _section(theirs, name), _table(held, name)
        if there is None:
            lines += ["add:", *(f"    {line}" for line in table.splitlines())]
            continue
        for key, value in (_table(wanted, name) or {}).items():
            if name == "build-system":
                continue
            lacking = [item for item in value if item not in there.get(key, [])] if key == "packages" else []
            if key not in there:
                lines.append(f"set in [{name}]: {_line(table, key)}")
            elif lacking:
                lines.append(f"add to {key} in [{name}]: {', '.join(map(json.dumps, lacking))}")
    backend = held.get("build-system", {}).get("build-backend", "")
    if backend and backend != wanted["build-system"]["build-backend"]:
        lines.append(f"let {backend} install src/PACKAGE, too, or take the template's [build-system]")
    commands = []
    for group, requirements in groups.items():
        known = held.get("dependency-groups", {}).get(group, []) if group else held["project"].get("dependencies", [])
        names = {_name(item) for item in known if isinstance(item, str)}
        missing = [item for item in requirements if _name(item) not in names]
        if missing:
            option = f" --group {group}" if group else ""
            commands.append(f"    uv add --no-sync{option} {' '.join(map(shlex.quote, missing))}")
    if commands:
        lines += ["run:", *commands]
    return "\n".join(lines)


def _tables(text: str) -> list[str]:
    """Return the names of a file's tables that a project needs; style and types are the user's to decide."""
    names = re.findall(r"^\[([^\[\]]+)\]$", text, re.MULTILINE)
    return [name for name in names if name not in ("project", "dependency-groups") and not name.startswith("tool.ruff")]


def _table(held: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value: Any = held
    for key in name.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None


def _line(table: str, key: str) -> str:
    """Return what a table says of a key, as it stands there."""
    found = re.search(rf"^{re.escape(key)} = .*(?:\n(?![\w\[]).*)*", table, re.MULTILINE)
    return found[0].rstrip() if found else key


def _section(text: str, table: str) -> str:
    found = re.search(rf"^\[{re.escape(table)}\]\n(?:(?!\[).*\n)*", text, re.MULTILINE)
    return found[0].rstrip() if found else ""


def _name(requirement: str) -> str:
    """Return a requirement's distribution, however it is spelled."""
    found = re.match(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)", requirement)
    return re.sub(r"[-_.]+", "-", found[1]).lower() if found else requirement


def _makefile(mine: str, theirs: str) -> str:
    """Return which targets the user's Makefile lacks."""
    target = re.compile(r"^([a-z][a-z-]*):(?!=)", re.MULTILINE)
    held = set(target.findall(mine))
    lacking = [name for name in target.findall(theirs) if name not in held]
    if not lacking:
        return "it has all targets of the template; what they do is yours to compare"
    return (
        f"it lacks {', '.join(lacking)}; take the template's with --take Makefile and move your targets into it, or "
        "use what they run: `uv sync`, `uv run pytest`, `uv run python -m PACKAGE train`"
    )


RULES = (
    _Rule("pyproject.toml", True, _pyproject),
    _Rule("uv.lock", True, "run `uv lock` once pyproject.toml has the project's dependencies"),
    _Rule("Makefile", True, _makefile),
    _Rule("config.toml", True, "the pipeline reads its settings there: rename yours and take the template's"),
    _Rule(
        "src/{package}/*",
        True,
        "your package has the name of the template's: adopt with another one, --set project_name=NAME",
    ),
    _Rule("tests/*", True, "the template's tests use it: rename yours and take the template's, or merge both"),
    _Rule("Dockerfile", False, "`make image` builds yours; the template's serves the model: --take Dockerfile"),
    _Rule("compose.yaml", False, "`make monitor` starts yours; add the template's services to it"),
    _Rule(".github/workflows/*", False, "add a job that runs `make lint` and `make test`"),
    _Rule(".gitlab-ci.yml", False, "add a job that runs `make lint` and `make test`"),
    _Rule("monitoring/*", False, "monitoring reads it: compare it with the template's"),
    _Rule("infra/*", False, "`make infra-check` reads it: compare it with the template's"),
    _Rule("notebooks/*", True, "tests/test_notebook.py runs it: rename yours and take the template's"),
)


def about(path: str, package: str, mine: bytes | None, theirs: bytes) -> tuple[str, bool]:
    """Return what to do about a file of the user's that stays, and whether the project needs it.

    Args:
        path: of the file.
        package: name of the project's Python package.
        mine: the user's file; None where it is not known.
        theirs: the template's.
    """
    for rule in RULES:
        if fnmatchcase(path, rule.pattern.format(package=package)):
            if isinstance(rule.text, str):
                return rule.text, rule.needed
            said = rule.text(*((data or b"").decode(errors="replace") for data in (mine, theirs)))
            return said.replace("PACKAGE", package), rule.needed and bool(said)
    return "", False


def notes(ours: Tree, theirs: Tree, actions: Mapping[str, str], prefix: str) -> tuple[str, ...]:
    """Return what else the user should know.

    Args:
        ours: the user's files.
        theirs: the template's files.
        actions: path → what happens to it.
        prefix: the project's folder in the repository; empty if it is the repository.
    """
    found = []
    notebooks = [path for path in ours if fnmatchcase(path, "notebooks/*.ipynb") and path.count("/") == 1]
    if "tests/test_notebook.py" in theirs and notebooks:
        found.append(
            f"tests/test_notebook.py runs every notebook in notebooks/: clear the outputs of {', '.join(notebooks)}, "
            "or move what takes long or needs other data to another folder"
        )
    if "tests/__init__.py" in ours:
        found.append(
            "tests/__init__.py makes your tests a package, and the template's import modules beside them: remove it, "
            'or set pythonpath = [".", "tests"] in [tool.pytest.ini_options]'
        )
    if prefix and any(path.startswith((".github/", ".gitlab-ci")) for path in theirs):
        found.append(
            f"CI reads its files at the top of the repository only; move those below {prefix} there, and let each job "
            f"start in {prefix}"
        )
    if any(path.endswith(".py") for path in ours):
        found.append("`make lint` checks your Python files, too; `make format` fixes what it can")
    return tuple(found)
