"""Work out what an update changes; nothing is written."""

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from .. import render, source
from ..answers import COPIER_FILE, from_settings
from ..catalog import Value
from ..changelog import between
from ..errors import AnswersError, InputError, UpdateError
from ..questionnaire import Questionnaire
from . import migrations, record, tree, versions
from .merge import Outcome, merge, renames
from .record import Record
from .repository import Repository, merge_text
from .transaction import Step
from .tree import File, Tree

Style = Literal["inline", "rej"]
"""How a change of the template is shown that meets an edit: by marks in the file, or as a diff beside it."""

Cause = Literal["template", "answer"]


@dataclass(frozen=True)
class Update:
    """An update that was worked out and not carried out.

    Attributes:
        before: template version that the project is of.
        after: template version that it gets.
        changes: what happens to each file.
        blocked: path of the user's that is in the way → paths that the template adds there.
        causes: path → whether the template changed or an answer.
        keep: folder that takes the user's files that cannot stay.
        ignored: whether Git, and so linters, are to ignore that folder.
        aside: path of each of those files → what Git holds, which a sparse checkout may leave out of the work tree;
            None for what is in the way.
        news: what the change log says of the versions between.
        steps: what changes on the disk.
        answers: name of each answer that changes → before and after; None where the question does not apply.
        migrated: what became of answers that the new version asks for in another way, a sentence each.
        left_behind: path of each file of the user's own whose folder the template's files left, such as the package
            after the project's name changed → where that folder is now.
    """

    before: str
    after: str
    changes: tuple[Outcome, ...] = ()
    blocked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    causes: Mapping[str, Cause] = field(default_factory=dict)
    keep: Path | None = None
    ignored: bool = False
    aside: Mapping[str, File | None] = field(default_factory=dict, repr=False)
    news: str = ""
    steps: tuple[Step, ...] = field(default=(), repr=False)
    answers: Mapping[str, tuple[Value | None, Value | None]] = field(default_factory=dict)
    migrated: tuple[str, ...] = ()
    left_behind: Mapping[str, str] = field(default_factory=dict)

    @property
    def conflicts(self) -> tuple[Outcome, ...]:
        """Files in which the user has to decide."""
        return tuple(change for change in self.changes if change.kind == "conflict")


def plan(
    project: Path,
    settings: Sequence[str] = (),
    style: Style = "inline",
    keep: Path | None = None,
    aside: Path | None = None,
) -> Update:
    """Work out what an update changes; nothing is written.

    Args:
        project: folder of the project.
        settings: answers to change, as name=value.
        style: how conflicts are shown.
        keep: folder that takes what is in the way, and edited files that the template removes.
        aside: without `keep`, where edited files go that the template removes, or has from another choice now.

    Raises:
        UpdateError: the project cannot be updated as it is; with the way out.
        InputError: this version refuses an answer of the project, or one to change.
    """
    repository = repository_of(project)
    repository.require_committed()
    held = record.read(project)
    found = rendered(project, held, settings)
    if found is None:
        return Update(held.version, held.version)
    before, after, base, middle, theirs = found[:5]
    renamed = _renamed(base, middle, theirs, found.moves)
    ours = repository.tracked()
    theirs = _without_users_files(base, ours, theirs, renamed)
    if COPIER_FILE in ours:  # a record of the answers that were used: what the user wrote there was read above
        base = {**base, COPIER_FILE: ours[COPIER_FILE]}
    outcomes = merge(base, ours, theirs, renamed, partial(merge_text, reject=style == "rej"))
    outcomes, edited = _set_apart(outcomes, bool(keep or aside), found.swapped if aside else frozenset())
    set_aside: dict[str, File | None] = {path: ours[path] for path in edited}
    steps = _steps(repository.project, outcomes)
    blocked = _blocked(repository.project, ours, steps, going(outcomes))
    if keep:
        in_way = [path for item in blocked for path in _below(repository.project, ours, item)]
        steps = _without(repository.project, in_way, steps)
        set_aside |= dict.fromkeys(blocked)
        set_aside |= {path: ours[path] for path in in_way if not os.path.lexists(repository.project / path)}
    causes: dict[str, Cause] = {
        item.path: "template" if base.get(item.path) != middle.get(item.path) else "answer" for item in outcomes
    }
    folder = keep or aside
    return Update(
        before=before,
        after=after,
        changes=tuple(outcomes),
        blocked=blocked,
        causes=causes,
        keep=folder and folder.absolute(),
        ignored=not keep,
        aside=set_aside,
        news=found.news,
        steps=tuple(steps),
        answers=found.answers,
        migrated=found.migrated,
        left_behind=_left_behind(base, ours, theirs, renamed),
    )


class Rendered(NamedTuple):
    """Both template versions, and what they give.

    Attributes:
        before: the version that the project is of.
        after: the version that it gets.
        base: what the old version gives with the old answers.
        middle: what the new version gives with the old answers.
        theirs: what the new version gives with the new answers.
        answers: name of each answer that changes → before and after.
        swapped: paths of files that the new version has from another of its files with the new answers.
        moves: path of each file that an answer moves, such as the name of the package → its new path.
        news: what the change log says of the versions between.
        migrated: what became of answers that the new version asks for in another way.
    """

    before: str
    after: str
    base: Tree
    middle: Tree
    theirs: Tree
    answers: Mapping[str, tuple[Value | None, Value | None]] = MappingProxyType({})
    swapped: frozenset[str] = frozenset()
    moves: Mapping[str, str] = MappingProxyType({})
    news: str = ""
    migrated: tuple[str, ...] = ()


def rendered(project: Path, held: Record, settings: Sequence[str]) -> Rendered | None:
    """Render what an update is worked out from; None if neither version nor answers change.

    Args:
        project: folder of the project.
        held: what the project records.
        settings: answers to change.
    """
    address, before, given = held
    name = project.resolve().name
    if address != source.copier_url():
        if settings:
            raise UpdateError(f"{project} is of another template; change its answers with `copier update --data`")
        base = versions.recorded(address, before, given, name)
        theirs = versions.recorded(address, None, given, name)
        return Rendered(before, record.version_of(theirs), base, theirs, theirs)
    after = f"v{source.version()}"
    if before != after and before not in source.template_versions():
        raise UpdateError(
            f"{project} is of template version {before}, which mlops-new {source.version()} does not hold; install a "
            "newer mlops-new, or run plain `copier update`, which fetches what it needs"
        )
    migrated, said = migrations.migrate(given, before, migrations.load(source.root()))
    old, new = _answers(project, migrated, settings)
    if before == after and old == new:
        return None
    theirs = versions.current(new)
    middle = theirs if old == new else versions.current(old)
    base = middle if before == after else versions.recorded(source.copier_url(), before, given, name)
    answers = {name: (old.get(name), new.get(name)) for name in [*new, *old] if old.get(name) != new.get(name)}
    one, other = ({}, {}) if old == new else (render.templates(old), render.templates(new))
    swapped = frozenset(path for path in one.keys() & other.keys() if one[path] != other[path])
    places = {file: path for path, file in other.items()}
    moves = {path: places[file] for path, file in one.items() if places.get(file, path) != path}
    news = between(source.changelog(), before.removeprefix("v"), after.removeprefix("v"))
    return Rendered(before, after, base, middle, theirs, answers, swapped, moves, news, tuple(said))


def _answers(
    project: Path, given: Mapping[str, Any], settings: Iterable[str]
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return all answers before and after a change of some, as this version asks for them.

    Copier itself would put the default in place of an answer that is no longer offered, and say nothing.
    """
    questionnaire = Questionnaire(source.root(), project.resolve())
    held = record.known(given, questionnaire)
    try:
        new = record.changed(questionnaire, held, from_settings(settings, questionnaire))
    except AnswersError as error:
        raise InputError(f"{error}\nGive other answers with --set NAME=VALUE.") from error
    return questionnaire.complete(held), new


def _renamed(base: Tree, middle: Tree, theirs: Tree, moves: Mapping[str, str]) -> dict[str, str]:
    """Return old path → new path of the files that the new version, or an answer, has elsewhere."""
    found = renames(base, middle)
    places = {path: moves.get(found.get(path, path), found.get(path, path)) for path in base}
    return {old: new for old, new in places.items() if old != new and new in theirs}


def _without_users_files(base: Tree, ours: Tree, theirs: Tree, renamed: Mapping[str, str]) -> dict[str, File]:
    """Let the template change none of the files that are the user's once the project has them."""
    origins = {new: old for old, new in renamed.items()}
    found = {}
    for path, file in theirs.items():
        old = origins.get(path, path)
        if not render.is_users(path) or (old not in base and path not in ours):
            found[path] = file
        elif old in base:
            found[path] = base[old]
    return found


def _left_behind(base: Tree, ours: Tree, theirs: Tree, renamed: Mapping[str, str]) -> dict[str, str]:
    """Return the user's own files in folders that the template's files left → the path in the folder's new place."""
    folders = {PurePosixPath(old).parent: PurePosixPath(new).parent for old, new in renamed.items()}
    used = {folder for path in theirs for folder in PurePosixPath(path).parents}
    found = {}
    for path in ours.keys() - base.keys():
        file = PurePosixPath(path)
        left = next((folder for folder in file.parents if folder in folders and folder not in used), None)
        if left:
            found[path] = str(folders[left] / file.relative_to(left))
    return dict(sorted(found.items()))


def _steps(project: Path, outcomes: Iterable[Outcome]) -> list[Step]:
    """Return what changes on the disk."""
    after: dict[str, File | None] = {}
    for item in outcomes:
        if item.kind == "left out":
            continue
        if item.moved_from:
            after.setdefault(item.moved_from, None)
        after[item.path] = item.file
        if item.rejected:
            after[f"{item.path}.rej"] = File(item.rejected)
    steps = (Step(path, tree.read_file(project / path), file) for path, file in after.items())
    return [step for step in steps if step.before != step.after]


def _set_apart(outcomes: Iterable[Outcome], removed: bool, swapped: Collection[str]) -> tuple[list[Outcome], list[str]]:
    """Let the template have its way with edited files of which a copy is kept elsewhere.

    Args:
        outcomes: what happens to each file.
        removed: whether edited files go that the template removes.
        swapped: paths of the files in which an edit makes room if it meets a change.

    Returns:
        What happens to each file then, and the paths of the edited files.
    """
    found, edited = [], []
    for item in outcomes:
        if removed and item.reason == "modify/delete":
            found.append(Outcome(item.path, "removed", None, base=item.base, ours=item.ours))
        elif item.path in swapped and item.kind == "conflict" and item.reason != "lock":
            found.append(Outcome(item.path, "changed", item.theirs, None, None, item.base, item.ours, item.theirs))
        else:
            found.append(item)
            continue
        edited.append(item.path)
    return found, edited


def repository_of(project: Path) -> Repository:
    """Return the repository of a project.

    Raises:
        InputError: it is no project.
        UpdateError: it is not in a repository.
    """
    if not (project / COPIER_FILE).is_file():
        raise InputError(record.missing(project))
    return Repository.of(project)


def going(outcomes: Iterable[Outcome]) -> set[str]:
    """Return the files of the user's that go, or go elsewhere."""
    found = list(outcomes)
    moved = {item.moved_from for item in found if item.moved_from}
    return {item.path for item in found if item.kind == "removed"} | moved


def _blocked(project: Path, ours: Tree, steps: Iterable[Step], leaving: set[str]) -> dict[str, tuple[str, ...]]:
    """Return what of the user's is where files are to be written: files that Git does not hold, folders, links."""
    found: dict[str, list[str]] = {}
    for step in steps:
        if step.after is None:
            continue
        taken = (
            folder
            for folder in tree.above(step.path)
            if (folder in ours or os.path.lexists(project / folder)) and not tree.is_folder(project / folder)
        )
        in_way = next(taken, None if step.path in ours else step.path)
        if in_way and not leaving.issuperset(_below(project, ours, in_way)):
            found.setdefault(in_way, []).append(step.path)
    return {path: tuple(paths) for path, paths in found.items()}


def _below(project: Path, ours: Tree, path: str) -> set[str]:
    """Return the files at or below a path, those that a sparse checkout leaves out included."""
    place = project / path
    found = {path} if os.path.lexists(place) and not tree.is_folder(place) else set()
    for folder, folders, files in os.walk(place) if tree.is_folder(place) else ():
        names = [*files, *(item for item in folders if (Path(folder) / item).is_symlink())]
        found.update((Path(folder) / name).relative_to(project).as_posix() for name in names)
    return found | {mine for mine in ours if mine == path or mine.startswith(f"{path}/")}


def _without(project: Path, paths: Iterable[str], steps: Iterable[Step]) -> list[Step]:
    """Add to the steps that files go."""
    written = {step.path: step for step in steps}
    for path in paths:
        written.setdefault(path, Step(path, tree.read_file(project / path), None))
    return list(written.values())
