"""Bring a generated project to the template of this version, without losing an edit."""

import re
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import source
from .answers import COPIER_FILE, from_settings
from .answers import check as check_answers
from .catalog import Value
from .errors import AnswersError, InputError, UpdateError
from .questionnaire import Questionnaire

# The lines with which copier marks an edit and a change of the template that cannot both be kept.
CONFLICT = re.compile(rb"^<<<<<<< before updating\r?$", re.MULTILINE)
UNDO = "`git reset --hard && git clean -fd` in it undoes what was begun"


@dataclass(frozen=True)
class Change:
    """What an update does to one file: "added", "changed", "removed" or "conflict"."""

    path: str
    kind: str


@dataclass(frozen=True)
class Update:
    """An update from one template version to another; `changes` is empty when there is nothing to do."""

    before: str
    after: str
    changes: tuple[Change, ...]

    @property
    def conflicts(self) -> tuple[str, ...]:
        """Files in which a person has to decide."""
        return tuple(change.path for change in self.changes if change.kind == "conflict")


def check(project: Path, settings: Iterable[str] = ()) -> dict[str, Value]:
    """Make sure that a project can be updated.

    Args:
        project: folder of the project.
        settings: answers to change, as name=value.

    Returns:
        The answers to change.

    Raises:
        UpdateError: with the way out.
        InputError: this version refuses an answer of the project, or one to change.
    """
    answers = project / COPIER_FILE
    if not answers.is_file():
        raise UpdateError(f"{project} has no {COPIER_FILE}: it is no project that mlops-new generated")
    if _git(project, "rev-parse", "--show-toplevel", check=False) is None:
        raise UpdateError(f"{project} is no Git repository; run `git init && git add --all && git commit` in it first")
    if _git(project, "rev-parse", "--verify", "--quiet", "HEAD", check=False) is None:
        raise UpdateError(f"{project} has no commit yet; run `git add --all && git commit` in it first")
    if _git(project, "status", "--porcelain"):
        raise UpdateError(f"{project} has uncommitted changes; commit or stash them, so that nothing can get lost")
    before = _template_version(project)
    if not _ours(project):
        if any(True for _ in settings):
            raise UpdateError(f"{project} is of another template; change its answers with `copier update --data`")
        return {}
    if before not in source.template_versions():
        raise UpdateError(
            f"{project} is of template version {before}, which mlops-new {source.version()} does not hold; install a "
            "newer mlops-new, or run plain `copier update`, which fetches what it needs"
        )
    return _changed_answers(project, settings)


def _changed_answers(project: Path, settings: Iterable[str]) -> dict[str, Value]:
    """The answers to change, checked together with those that the project has.

    Copier itself would put the default in place of an answer that is no longer offered, and say nothing.
    """
    questionnaire = Questionnaire(source.root(), project.resolve())
    changed = from_settings(settings, questionnaire)
    held = {name: value for name, value in _recorded(project).items() if name in questionnaire.catalog}
    applying = questionnaire.complete({**held, **changed})
    try:
        check_answers(questionnaire, {**{name: held[name] for name in held if name in applying}, **changed})
    except AnswersError as error:
        raise InputError(f"{error}\nGive other answers with --set NAME=VALUE.") from error
    return changed


def preview(project: Path, changed: Mapping[str, Value]) -> Update:
    """What an update would change, tried on a copy of the project.

    Args:
        project: folder of the project.
        changed: answers to change.

    Raises:
        UpdateError: the update itself failed on the copy.
    """
    top = Path((_git(project, "rev-parse", "--show-toplevel") or "").strip())
    with tempfile.TemporaryDirectory(prefix="mlops-new-") as name:
        copy = Path(name) / top.name
        _git(project, "clone", "--quiet", "--no-hardlinks", str(top), str(copy))
        return _update(copy / project.resolve().relative_to(top), changed, project, "nothing was written")


def apply(project: Path, changed: Mapping[str, Value]) -> Update:
    """Update a project in place, and leave what changed uncommitted.

    Args:
        project: folder of the project.
        changed: answers to change.

    Raises:
        UpdateError: copier or Git failed, or somebody stopped it.
    """
    return _update(project, changed, project, UNDO)


def _update(folder: Path, changed: Mapping[str, Value], project: Path, rescue: str) -> Update:
    """Update a folder that is a project or its copy; messages name the project and end with the rescue."""
    import copier
    from copier.errors import CopierError

    before = _template_version(folder)
    try:
        with source.offline(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            copier.run_update(
                folder,
                data=dict(changed),
                vcs_ref=f"v{source.version()}" if _ours(folder) else None,
                defaults=True,
                skip_answered=True,
                overwrite=True,
                conflict="inline",
                quiet=True,
            )
    except KeyboardInterrupt as error:
        raise UpdateError(f"stopped while {project} was being updated; {rescue}") from error
    except (CopierError, ValueError) as error:
        raise UpdateError(f"{project} cannot be updated: {error}; {rescue}") from error
    except (OSError, subprocess.CalledProcessError) as error:  # copier's own Git errors are OSErrors
        detail = getattr(error, "stderr", None) or error
        raise UpdateError(f"{project} cannot be updated: {str(detail).strip()}; {rescue}") from error
    return Update(before, _template_version(folder), _changes(folder))


def _ours(project: Path) -> bool:
    """Whether the project comes from the repository whose template this program carries."""
    return _recorded(project).get("_src_path") == source.copier_url()


def _recorded(project: Path) -> dict[str, Any]:
    """What the project's answers file says.

    Raises:
        UpdateError: it is no answers file.
    """
    file = project / COPIER_FILE
    try:
        recorded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UpdateError(f"{file} cannot be read; restore it from Git: {error}") from error
    if not isinstance(recorded, dict):
        raise UpdateError(f"{file} holds no answers; restore it from Git")
    return recorded


def _template_version(project: Path) -> str:
    recorded = _recorded(project)
    if "_commit" not in recorded:
        raise UpdateError(
            f"{project / COPIER_FILE} does not say which template version it is of: it was edited, or the project was "
            "rendered from a plain folder; restore it from Git, or render the project again with mlops-new"
        )
    return str(recorded["_commit"])


def _changes(project: Path) -> tuple[Change, ...]:
    kinds = {"??": "added", "A": "added", "D": "removed"}
    prefix = (_git(project, "rev-parse", "--show-prefix") or "").strip()
    listed = _git(project, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames", "--", ".") or ""
    changes = []
    for entry in filter(None, listed.split("\0")):
        state, path = entry[:2].strip(), entry[3:].removeprefix(prefix)
        file = project / path
        conflict = state in {"UU", "AA"} or (file.is_file() and CONFLICT.search(file.read_bytes()))
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
