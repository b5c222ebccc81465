"""Linters of what GitLab reads: its own schema, and gitlab-ci-local, which knows what a schema cannot."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from proof.linters.base import Linter, command, each, files
from proof.linters.pypi import batch, version
from proof.tools import digest, node_tools

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
MAIN = ".gitlab-ci.yml"
PIPELINES = (MAIN, ".gitlab/*.yml")
CHECK = batch("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci")

MISSPELT = "a:\n  scripts:\n    - make test\n"
NEEDS_MISSING = "a:\n  needs: [b]\n  script:\n    - make test\n"


def program() -> tuple[str | Path, ...]:
    """Return the command that reads and runs pipelines on this machine."""
    return "node", "--require", HERE / "re2.cjs", node_tools(LOCK) / "node_modules/gitlab-ci-local/src/index.js"


def make_repository(folder: Path) -> None:
    """Make a folder a repository with a default branch and an origin; gitlab-ci-local reads variables from it."""
    commit = ("-c", "user.name=proof", "-c", "user.email=proof@localhost", "commit", "--quiet", "--message", "x")
    for arguments in (
        ("init", "--quiet", "--initial-branch", "main"),
        ("add", "--all"),
        commit,
        ("remote", "add", "origin", "https://gitlab.com/group/project.git"),
        ("update-ref", "refs/remotes/origin/main", "HEAD"),
        ("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"),
    ):
        subprocess.run(("git", *arguments), cwd=folder, check=True, capture_output=True)


def _schema(units: Sequence[Path]) -> str:
    """Check each YAML document on its own: a file that has inputs has a header, and the tool reads no two documents."""
    with tempfile.TemporaryDirectory() as temporary:
        copies: dict[Path, Path] = {}
        for number, unit in enumerate(units):
            for part, document in enumerate(unit.read_text("utf-8").split("\n---\n")):
                copy = Path(temporary) / f"{number}-{part}.yml"
                copy.write_text(f"{document}\n", "utf-8")
                copies[copy] = unit
        found = CHECK(list(copies))
        for copy, unit in copies.items():
            found = found.replace(str(copy), str(unit))
        return found


def _pipelines(folder: Path) -> Iterator[str]:
    """Return the paths of a project's pipelines: the one of pushes, and those that it starts."""
    for file in files(folder):
        if file.name == MAIN or "\nstages:" in file.read_text("utf-8"):
            yield file.relative_to(folder).as_posix()


def _read(unit: Path) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        shutil.copytree(unit, folder)
        make_repository(folder)
        found = (command(*program(), "--list-all", "--file", path, cwd=folder) for path in _pipelines(unit))
        return "\n".join(filter(None, found))


LINTERS = (
    Linter("gitlab-schema", PIPELINES, _schema, {MAIN: MISSPELT}, lambda: version(Path(__file__))),
    Linter(
        "gitlab-pipeline",
        PIPELINES,
        each(_read),
        {MAIN: NEEDS_MISSING},
        lambda: digest(LOCK, HERE / "re2.cjs", Path(__file__)),
        whole=True,
    ),
    Linter(
        "renovate",
        ("renovate.json",),
        batch("check-jsonschema", "--builtin-schema", "vendor.renovate"),
        {"renovate.json": '{"extends": "config:recommended", "minimumReleaseAge": 7}\n'},
        version,
    ),
)
