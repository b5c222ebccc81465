"""Bring a generated project to the template of this version, without losing an edit."""

import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import yaml

from . import source
from .answers import COPIER_FILE
from .errors import UpdateError

CONFLICT = b"<<<<<<< "


@dataclass(frozen=True)
class Change:
    """What an update does to one file: "added", "changed", "removed" or "conflict"."""

    path: str
    kind: str


def check(project: Path) -> str:
    """Make sure that a project can be updated; returns the template version that it has.

    Raises:
        UpdateError: with the way out.
    """
    answers = project / COPIER_FILE
    if not answers.is_file():
        raise UpdateError(f"{project} has no {COPIER_FILE}: it is no project that mlops-new generated")
    top = _git(project, "rev-parse", "--show-toplevel", check=False)
    if top is None or Path(top.strip()) != project.resolve():
        raise UpdateError(f"{project} is no Git repository; run `git init && git add --all && git commit` in it first")
    if _git(project, "status", "--porcelain"):
        raise UpdateError(f"{project} has uncommitted changes; commit or stash them, so that nothing can get lost")
    recorded = yaml.safe_load(answers.read_text(encoding="utf-8"))
    if not isinstance(recorded, dict) or "_commit" not in recorded:
        raise UpdateError(
            f"{answers} does not say which template version it is of; it was edited or rendered from a plain folder"
        )
    return str(recorded["_commit"])


def preview(project: Path) -> tuple[Change, ...]:
    """What an update would change, tried on a copy of the project.

    Raises:
        UpdateError: the update itself failed on the copy.
    """
    with tempfile.TemporaryDirectory(prefix="mlops-new-") as name:
        copy = Path(name) / project.resolve().name
        _git(project, "clone", "--quiet", "--no-hardlinks", str(project.resolve()), str(copy))
        return apply(copy)


def apply(project: Path) -> tuple[Change, ...]:
    """Update a project in place; returns what changed, still uncommitted.

    Raises:
        UpdateError: copier refused.
    """
    import copier
    from copier.errors import CopierError

    recorded = yaml.safe_load((project / COPIER_FILE).read_text(encoding="utf-8"))
    ours = recorded.get("_src_path") == source.copier_url()
    try:
        with source.offline(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            copier.run_update(
                project,
                vcs_ref=f"v{source.version()}" if ours else None,
                defaults=True,
                skip_answered=True,
                overwrite=True,
                conflict="inline",
                quiet=True,
            )
    except (CopierError, ValueError) as error:
        raise UpdateError(f"{project} cannot be updated: {error}") from error
    except subprocess.CalledProcessError as error:
        raise UpdateError(f"{project} cannot be updated: git failed: {error.stderr}") from error
    return _changes(project)


def _changes(project: Path) -> tuple[Change, ...]:
    kinds = {"??": "added", "A": "added", "D": "removed"}
    changes = []
    for entry in (_git(project, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames") or "").split(
        "\0"
    ):
        if entry:
            state, path = entry[:2].strip(), entry[3:]
            file = project / path
            conflict = state in {"UU", "AA"} or (file.is_file() and CONFLICT in file.read_bytes())
            changes.append(Change(path, "conflict" if conflict else kinds.get(state, "changed")))
    return tuple(sorted(changes, key=lambda change: change.path))


def _git(folder: Path, *arguments: str, check: bool = True) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise UpdateError("git is needed and was not found; install it, then try again") from error
    if done.returncode and check:
        raise UpdateError(f"git {arguments[0]} failed in {folder}: {done.stderr.strip()}")
    return None if done.returncode else done.stdout
