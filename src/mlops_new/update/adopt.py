"""Bring a repository under the template: its files come beside what is there, and nothing is replaced without consent.

What is there is compared with what the template gives. Files change as one transaction, as in an update, which finds in
the answers file what it needs from then on: a file of the user's that stayed is to it an edit of the template's.
"""

import os
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import yaml

from .. import render, source
from ..answers import COPIER_FILE
from ..catalog import Value
from ..errors import InputError, UpdateError
from . import advice, tree, versions
from .applying import set_aside, write
from .merge import Outcome, merge
from .reporting import to_decide
from .repository import Repository, merge_text
from .transaction import Step
from .tree import File, Tree

Action = Literal["comes", "same", "stays", "united", "taken", "merged", "left out"]
"""What happens to a file; `left out`: it only makes sense beside one of the template's, where the user's stays."""

LISTS = frozenset({".gitignore", ".dockerignore", ".gitattributes"})
"""Names of files that are lists of lines, which can be united."""
BELONGS = {".dockerignore": "Dockerfile"}
"""Path → the file that it is for. The template's ignores all that its own image does not need."""
KEEP = ".before-adopt"
"""Folder for the user's files that were replaced, unless another one was named; Git does not add it."""


@dataclass(frozen=True)
class Adopted:
    """What happens to one of the template's paths.

    Attributes:
        path: of the file.
        action: what happens.
        advice: what the user should do about it; empty if nothing.
        needed: whether the project does not work before that was done.
        choice: whether a person can take the template's, or merge both.
    """

    path: str
    action: Action
    advice: str = ""
    needed: bool = False
    choice: bool = False


@dataclass(frozen=True)
class Adoption:
    """An adoption that was worked out and not carried out.

    Attributes:
        version: of the template.
        files: each path that the template has, in order.
        ignored: those that come and that Git does not add, since the user's rules ignore them.
        conflicts: files in which the user has to decide, since both were asked for.
        notes: what else the user should know.
        keep: folder for what is replaced.
        steps: what changes on the disk.
    """

    version: str
    files: tuple[Adopted, ...]
    ignored: tuple[str, ...] = ()
    conflicts: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    keep: Path = Path(KEEP)
    steps: tuple[Step, ...] = field(default=(), repr=False)

    def paths(self, *actions: Action) -> tuple[str, ...]:
        """Return the paths that something happens to."""
        return tuple(item.path for item in self.files if item.action in actions)


def is_adoptable(folder: Path) -> bool:
    """Tell whether a folder holds files of a Git repository, so that a project is adopted there and not created."""
    if not folder.is_dir() or not render.holds_files(folder):
        return False
    try:
        repository = Repository.of(folder)
        return not repository.prefix or bool(repository.tracked())
    except UpdateError:
        return (folder / ".git").exists()


def require_repository(folder: Path) -> Repository:
    """Return the repository that a folder is in.

    Raises:
        InputError: it is no folder.
        UpdateError: it is in no repository with a commit; with the way out.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; `mlops-new {folder}` creates a project there")
    try:
        return Repository.of(folder)
    except UpdateError as error:
        raise UpdateError(f"{error}, then `mlops-new adopt {folder}`") from error


def require_adoptable(folder: Path) -> Repository:
    """Return the repository of a folder that can be adopted, before anything is asked.

    Raises:
        InputError: it is no folder, or has a template already; with the way out.
        UpdateError: it is not in Git, or has uncommitted changes; with the way out.
    """
    repository = require_repository(folder)
    answers = folder / COPIER_FILE
    if os.path.lexists(answers):
        raise InputError(_occupied(folder, answers))
    repository.require_committed()
    return repository


def _occupied(folder: Path, answers: Path) -> str:
    """Say why a folder with an answers file is not adopted."""
    try:
        recorded = yaml.safe_load(answers.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):
        recorded = None
    origin = recorded.get("_src_path") if isinstance(recorded, dict) else None
    if origin == source.copier_url():
        return f"{folder} is a project of mlops-new already; `mlops-new update` updates it"
    if origin:
        return (
            f"{folder} is a project of another template, {origin}, which {COPIER_FILE} records for `copier update`; "
            f"to give that up, remove {COPIER_FILE} and commit, then adopt"
        )
    return f"{answers} is there and is no record of a template; remove or rename it and commit, then adopt"


def plan(
    folder: Path,
    answers: Mapping[str, Value],
    take: Collection[str] = (),
    both: Collection[str] = (),
    keep: Path | None = None,
) -> Adoption:
    """Work out what an adoption changes; nothing is written.

    Args:
        folder: the repository, or a folder in it.
        answers: all answers.
        take: paths where the template's file is to replace the user's.
        both: paths where both files are to be merged, with marks where they differ.
        keep: folder for what is replaced.

    Raises:
        InputError: one of the paths cannot be taken or merged.
        UpdateError: the folder cannot be adopted as it is.
    """
    repository = require_adoptable(folder)
    project = repository.project
    ours, theirs = repository.tracked(), versions.current(answers)
    take, both = ([PurePosixPath(path).as_posix() for path in paths] for paths in (take, both))
    unreachable = _unreachable(project, theirs)
    try:
        found = tree.read(project, theirs.keys() - unreachable.keys())  # with what Git does not hold
    except OSError as error:
        raise UpdateError(f"{error.filename} cannot be read: {error.strerror}") from error
    mine: Tree = {**found, **{path: ours[path] for path in theirs if path in ours}}
    _check(take, both, mine, theirs, unreachable)
    actions = {path: _action(path, mine, theirs, unreachable, take, both) for path in theirs}
    for path, wanted in BELONGS.items():
        if actions.get(wanted) == "stays" and actions[path] in ("comes", "united"):
            actions[path] = "left out"
    package = str(answers["project_name"]).replace("-", "_")
    files = tuple(
        Adopted(
            path,
            action,
            *_advice(path, action, package, mine, theirs, unreachable),
            action == "stays" and path not in unreachable,
        )
        for path, action in sorted(actions.items())
    )
    conflicts = [item for item in _merged(mine, theirs, both) if item.reason]
    steps = [
        Step(path, found.get(path), after)
        for path, action in actions.items()
        if (after := _after(path, action, mine, theirs)) is not None and after != found.get(path)
    ]
    comes = [path for path, action in sorted(actions.items()) if action in ("comes", "taken") and path not in ours]
    notes = advice.notes(ours, theirs, actions, repository.prefix)
    return Adoption(
        f"v{source.version()}",
        files,
        tuple(repository.ignored(comes)),
        tuple(conflicts),
        notes,
        (keep or folder / KEEP).absolute(),
        tuple(steps),
    )


def apply(folder: Path, adoption: Adoption, done: Callable[[], None] = lambda: None) -> None:
    """Carry out an adoption, and leave what changed uncommitted.

    Args:
        folder: the repository, or a folder in it.
        adoption: what `plan` returned for it.
        done: called when files are changed, before a signal can stop this process again.

    Raises:
        UpdateError: the folder changed meanwhile, or it cannot be written; nothing changed.
        InputError: the folder for what is replaced holds other files of these names; nothing changed.
    """
    repository = Repository.of(folder)
    replaced = {step.path: step.before for step in adoption.steps if step.before is not None}
    aside = {path: replaced[path] for path in adoption.paths("taken", "merged") if path in replaced}

    def kept() -> Mapping[Path, Path | File]:
        # A copy that is there already, of an adoption that the user took back, is as good.
        lacking = {path: file for path, file in aside.items() if tree.read_file(adoption.keep / path) != file}
        return set_aside(repository.project, lacking, adoption.keep, adoption.keep == repository.project / KEEP)

    write(
        repository,
        adoption.steps,
        adoption.conflicts,
        {"before": "", "after": adoption.version, "to_decide": to_decide(adoption.conflicts)},
        kept,
        done=done,
    )


def describe(adoption: Adoption) -> dict[str, Any]:
    """Return an adoption as `adopt --json` prints it."""
    files = []
    for item in adoption.files:
        more = {"advice": item.advice, "needed": item.needed} if item.advice else {}
        files.append({"path": item.path, "action": item.action, **more})
    return {
        "template": adoption.version,
        "files": files,
        "ignored": list(adoption.ignored),
        "notes": list(adoption.notes),
        "keep": str(adoption.keep) if adoption.paths("taken", "merged") else None,
    }


def _unreachable(project: Path, theirs: Tree) -> dict[str, str]:
    """Return path of the template's → what of the user's is where it, or a folder above it, has to be."""
    found = {}
    for path in theirs:
        # A folder with a repository of its own, such as a submodule, is not this one's to fill.
        closed = (
            folder
            for folder in tree.above(path)
            if not _is_open(project / folder) or os.path.lexists(project / folder / ".git")
        )
        in_way = next(closed, None if _is_free(project / path) else path)
        if in_way:
            found[path] = in_way
    return found


def _is_open(folder: Path) -> bool:
    return not os.path.lexists(folder) or tree.is_folder(folder)


def _is_free(path: Path) -> bool:
    """Tell whether there is nothing, or a file or link, which can be compared."""
    return not os.path.lexists(path) or path.is_symlink() or path.is_file()


def _check(
    take: Collection[str], both: Collection[str], mine: Tree, theirs: Tree, unreachable: Mapping[str, str]
) -> None:
    """Refuse paths that cannot be taken or merged."""
    for option, paths in (("--take", take), ("--merge", both)):
        for path in paths:
            if path not in theirs:
                raise InputError(f"{option} {path}: the template has no such file with these answers")
            if path in unreachable:
                raise InputError(f"{option} {path}: {unreachable[path]} is in the way; move it away and commit")
            if option == "--merge" and path not in mine:
                raise InputError(f"{option} {path}: you have no such file; the template's comes")
    twice = sorted(set(take) & set(both))
    if twice:
        raise InputError(f"{', '.join(twice)}: either --take or --merge, not both")


def _action(
    path: str,
    mine: Tree,
    theirs: Tree,
    unreachable: Mapping[str, str],
    take: Collection[str],
    both: Collection[str],
) -> Action:
    """Return what happens to a path, looked at alone."""
    if path in unreachable:
        return "stays"
    if path not in mine:
        return "comes"
    if mine[path].data == theirs[path].data:
        return "same"
    if path in take:
        return "taken"
    if path in both:
        return "merged"
    if PurePosixPath(path).name in LISTS and tree.LINK not in (mine[path].mode, theirs[path].mode):
        return "united" if united(mine[path].data, theirs[path].data) != mine[path].data else "same"
    return "stays"


def _after(path: str, action: Action, mine: Tree, theirs: Tree) -> File | None:
    """Return what a path holds afterwards; None if it is left alone."""
    if action in ("comes", "taken"):
        return theirs[path]
    if action == "united":
        return File(united(mine[path].data, theirs[path].data), mine[path].mode)
    if action == "merged":
        outcomes = _merged(mine, theirs, [path])
        return outcomes[0].file if outcomes else None
    return None


def _merged(mine: Tree, theirs: Tree, paths: Collection[str]) -> list[Outcome]:
    """Merge files that come from nothing common."""
    return merge({}, {path: mine[path] for path in paths}, {path: theirs[path] for path in paths}, {}, merge_text)


def united(mine: bytes, theirs: bytes) -> bytes:
    """Return a list of lines with those of another that it lacks at its end."""
    end = b"\r\n" if b"\r\n" in mine else b"\n"
    known = {line.rstrip() for line in mine.splitlines()}
    more = [line.rstrip() for line in theirs.splitlines() if line.strip() and line.rstrip() not in known]
    if not more:
        return mine
    start = mine if not mine or mine.endswith(b"\n") else mine + end
    return start + b"".join(line + end for line in more)


def _advice(
    path: str, action: Action, package: str, mine: Tree, theirs: Tree, unreachable: Mapping[str, str]
) -> tuple[str, bool]:
    """Return what to do about a path, and whether the project needs it."""
    if action == "left out":
        return f"it belongs to the template's {BELONGS[path]}, and yours stays", False
    if action != "stays":
        return "", False
    if path in unreachable:
        _, needed = advice.about(path, package, None, theirs[path].data)
        return f"{unreachable[path]} is in the way; move it away and copy the template's file there", needed
    return advice.about(path, package, mine[path].data, theirs[path].data)
