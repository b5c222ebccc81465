"""Bring a generated project to another template version or to other answers, without losing an edit.

What the user has is merged, file by file, with what the template gave and what it gives now. All of it is known before
the first file changes, and files change as one transaction.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import yaml
from filelock import FileLock, Timeout

from .. import render, source
from ..answers import COPIER_FILE, from_settings
from ..answers import check as check_answers
from ..catalog import Value
from ..changelog import between
from ..errors import AnswersError, InputError, UpdateError
from ..interrupts import undisturbed
from ..questionnaire import Questionnaire
from . import transaction, tree, versions
from .merge import Outcome, Reason, merge, renames
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
    repository = _repository(project)
    repository.require_committed()
    rendered = _rendered(project, settings, aside is not None)
    if rendered is None:
        version = template_version(project)
        return Update(version, version)
    before, after, base, middle, theirs = rendered[:5]
    renamed = {old: new for old, new in renames(base, middle).items() if new in theirs}
    ours = repository.tracked()
    if COPIER_FILE in ours:  # a record of the answers that were used: what the user wrote there was read above
        base = {**base, COPIER_FILE: ours[COPIER_FILE]}
    outcomes = merge(base, ours, theirs, renamed, partial(merge_text, reject=style == "rej"))
    outcomes, edited = _set_apart(outcomes, bool(keep or aside), rendered.swapped if aside else frozenset())
    set_aside: dict[str, File | None] = {path: ours[path] for path in edited}
    steps = _steps(repository.project, outcomes)
    blocked = _blocked(repository.project, ours, steps, _going(outcomes))
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
        news=rendered.news,
        steps=tuple(steps),
        answers=rendered.answers,
    )


def apply(project: Path, update: Update) -> None:
    """Carry out an update, and leave what changed uncommitted.

    Args:
        project: folder of the project.
        update: what `plan` returned for it.

    Raises:
        UpdateError: something is in the way, the project changed meanwhile, or it cannot be written; nothing changed.
    """
    if not set(update.blocked) <= set(update.aside):
        raise UpdateError(
            f"{', '.join(update.blocked)} in {project}: the template adds files there; nothing was changed; "
            "move yours away, or name a folder for them with --keep DIR"
        )
    if not update.steps:
        return
    repository = Repository.of(project)
    write(
        repository,
        update.steps,
        update.conflicts,
        {"before": update.before, "after": update.after, "to_decide": to_decide(update.conflicts)},
        lambda: set_aside(repository.project, update.aside, update.keep, update.ignored) if update.keep else None,
        _hidden(repository.project, update),
    )


def write(
    repository: Repository,
    steps: Sequence[Step],
    conflicts: Iterable[Outcome],
    note: Mapping[str, str],
    copy_aside: Callable[[], None],
    removed: Iterable[str] = (),
) -> None:
    """Change files as one transaction, and put conflicts into Git's index.

    Args:
        repository: where.
        steps: what changes on the disk.
        conflicts: files in which the user has to decide.
        note: the template's versions, `before`, which is empty where the project has none yet, and `after`, and what
            is `to_decide` about conflicts.
        copy_aside: copies what is to be kept, once no other update can change it.
        removed: files that go and are in Git's index alone.

    Raises:
        UpdateError: the project changed meanwhile, or it cannot be written; nothing changed.
    """
    project = repository.project
    with _lock(repository):
        for step in steps:
            if tree.read_file(project / step.path) != step.before:
                raise UpdateError(f"{project / step.path} changed meanwhile; nothing was changed; try again")
        try:
            copy_aside()
            entries = repository.removal_entries(removed) + repository.conflict_entries(conflicts)
            noted = {**note, "entries": os.fsdecode(entries)}
            prepared = transaction.prepare(project, repository.store, list(steps), noted)
        except OSError as error:
            raise UpdateError(f"{project} cannot be updated: {error}; nothing was changed") from error
        with undisturbed():
            _carry_out(repository, prepared)


ADVICE: Mapping[Reason, str] = {
    "content": "search for <<<<<<< and decide",
    "add/add": "you and the template added it; search for <<<<<<< and decide",
    "binary": "it is no text, yours stays; `git checkout --theirs FILE` takes the template's",
    "type": "one is a link, yours stays; `git checkout --theirs FILE` takes the template's",
    "modify/delete": "the template no longer has it, yours stays; `git rm FILE` removes it",
    "lock": "the template's was taken; `make lock` adds what your pyproject.toml asks for",
    "rename": "you and the template moved it, or you have another file there; it stays where you have it",
}
"""What to do about a conflict."""


def to_decide(conflicts: Sequence[Outcome]) -> str:
    """Say in which files an edit meets a change of the template, and what to do; nothing if there are none."""
    if not conflicts:
        return ""
    lines = []
    for item in conflicts:
        reason = item.reason or "content"
        advice = f"see {item.path}.rej" if item.rejected else ADVICE[reason]
        lines.append(f"  {item.path}: {reason}: {advice}")
    return "\n".join(["edits and the template disagree; `git mergetool` shows each:", *lines])


def lines(update: Update) -> list[str]:
    """Return an update as `update` prints it."""
    updated = update.before != update.after
    versions = f"From {update.before} to {update.after}" if updated else f"Still {update.before}"
    count = len(update.changes)
    counted = "1 file changes" if count == 1 else f"{count or 'no'} files change"
    news = [f"\n{update.news}\n"] if update.news else []
    return [f"{versions}: {counted}.", *news, *file_lines(update)]


def file_lines(update: Update) -> list[str]:
    """Return what happens to each file, a line each."""
    printed = []
    for item in update.changes:
        origin = item.moved_from and f"from {item.moved_from}"
        left_out = "you removed it" if item.kind == "left out" else None
        kept = f"yours goes to {update.keep}" if item.path in update.aside else None
        details = ", ".join(filter(None, (origin, item.reason, left_out, kept)))
        printed.append(f"  {item.kind:<9}{item.path}{details and f' ({details})'}")
    goes = f", goes to {update.keep}" if update.keep else ""
    return [*printed, *(f"  in the way of {', '.join(paths)}: {path}{goes}" for path, paths in update.blocked.items())]


def describe(update: Update) -> dict[str, Any]:
    """Return an update as `update --json` prints it."""
    changes = []
    for item in update.changes:
        known = {"path": item.path, "kind": item.kind, "cause": update.causes.get(item.path)}
        more = {"from": item.moved_from, "reason": item.reason}
        changes.append({**known, **{name: value for name, value in more.items() if value}})
    blocked = {path: list(paths) for path, paths in update.blocked.items()}
    shown = {"from": update.before, "to": update.after, "changelog": update.news}
    answers = {name: {"before": before, "after": after} for name, (before, after) in update.answers.items()}
    return {**shown, "answers": answers, "changes": changes, "blocked": blocked}


class Recovery(NamedTuple):
    """What was done about an update that was interrupted.

    Attributes:
        said: what was done.
        to_decide: what `to_decide` said of it; empty if it was undone.
    """

    said: str
    to_decide: str


def interrupted(project: Path) -> bool:
    """Tell whether an update has to be finished or undone."""
    return transaction.is_pending(_repository(project).store)


def recover(project: Path) -> Recovery | None:
    """Finish an update that was interrupted, or undo it where it cannot be finished.

    Args:
        project: folder of the project.

    Returns:
        What was done, or None if no update was interrupted.

    Raises:
        UpdateError: it can neither be finished nor undone.
    """
    try:
        repository = Repository.of(project)
    except UpdateError:  # there never was an update
        return None
    if not repository.store.exists():
        return None
    with _lock(repository), undisturbed():
        found = transaction.pending(repository.project, repository.store)
        if found is None:
            return None
        before, after = found.note["before"], found.note["after"]
        named = f"the update from {before} to {after}" if before else f"the adoption of template {after}"
        if before == after:
            named = "the change of answers"
        named += " that was interrupted"
        if found.undoing:
            stay = _undo(found)
            return Recovery(f"{named} was undone{_staying(stay)}", "")
        stay = _carry_out(repository, found)
        return Recovery(
            f"{named} was finished{_staying(stay)}; look at `git diff`, then commit", found.note["to_decide"]
        )


def _repository(project: Path) -> Repository:
    """Return the repository of a project."""
    if not (project / COPIER_FILE).is_file():
        raise UpdateError(f"{project} has no {COPIER_FILE}: it was not generated by mlops-new")
    return Repository.of(project)


def _carry_out(repository: Repository, prepared: transaction.Transaction) -> tuple[str, ...]:
    """Put prepared files in place; returns the paths that changed meanwhile."""
    try:
        changed = prepared.finish()
    except OSError as error:
        _undo(prepared)
        raise UpdateError(f"{repository.project} cannot be updated: {error}; nothing was changed") from error
    repository.mark(os.fsencode(prepared.note["entries"]))
    prepared.close()
    return changed


def _undo(prepared: transaction.Transaction) -> tuple[str, ...]:
    try:
        changed = prepared.undo()
    except OSError as error:
        raise UpdateError(
            f"{prepared.root} was updated in part and cannot be taken back now: {error}; run `mlops-new update` again, "
            "which does, once this is no longer so"
        ) from error
    prepared.close()
    return changed


def _staying(paths: Sequence[str]) -> str:
    return f", except for {', '.join(paths)}, which you changed since" if paths else ""


@contextmanager
def _lock(repository: Repository) -> Iterator[None]:
    repository.store.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{repository.store}.lock", timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        raise UpdateError(f"{repository.project} is being updated by another process; wait for it") from error


class _Rendered(NamedTuple):
    """Both template versions, and what they give.

    Attributes:
        before: the version that the project is of.
        after: the version that it gets.
        base: what the old version gives with the old answers.
        middle: what the new version gives with the old answers.
        theirs: what the new version gives with the new answers.
        answers: name of each answer that changes → before and after.
        swapped: paths of files that the new version has from another of its files with the new answers.
        news: what the change log says of the versions between.
    """

    before: str
    after: str
    base: Tree
    middle: Tree
    theirs: Tree
    answers: Mapping[str, tuple[Value | None, Value | None]] = MappingProxyType({})
    swapped: frozenset[str] = frozenset()
    news: str = ""


def _rendered(project: Path, settings: Sequence[str], swaps: bool) -> _Rendered | None:
    """Render what an update is worked out from; None if neither version nor answers change.

    Args:
        project: folder of the project.
        settings: answers to change.
        swaps: whether to find out which files come from another file of the template now.
    """
    held = _recorded(project)
    before, name = _version(project, held), project.resolve().name
    given = {key: value for key, value in held.items() if not key.startswith("_")}
    if held["_src_path"] != source.copier_url():
        if settings:
            raise UpdateError(f"{project} is of another template; change its answers with `copier update --data`")
        base = versions.recorded(held["_src_path"], before, given, name)
        theirs = versions.recorded(held["_src_path"], None, given, name)
        return _Rendered(before, _version_in(theirs), base, theirs, theirs)
    after = f"v{source.version()}"
    if before != after and before not in source.template_versions():
        raise UpdateError(
            f"{project} is of template version {before}, which mlops-new {source.version()} does not hold; install a "
            "newer mlops-new, or run plain `copier update`, which fetches what it needs"
        )
    old, new = _answers(project, given, settings)
    if before == after and old == new:
        return None
    theirs = versions.current(new)
    middle = theirs if old == new else versions.current(old)
    base = middle if before == after else versions.recorded(source.copier_url(), before, given, name)
    answers = {name: (old.get(name), new.get(name)) for name in [*new, *old] if old.get(name) != new.get(name)}
    one, other = (render.templates(old), render.templates(new)) if swaps else ({}, {})
    swapped = frozenset(path for path in one.keys() & other.keys() if one[path] != other[path])
    news = between(source.changelog(), before.removeprefix("v"), after.removeprefix("v"))
    return _Rendered(before, after, base, middle, theirs, answers, swapped, news)


def _answers(
    project: Path, given: Mapping[str, Any], settings: Iterable[str]
) -> tuple[dict[str, Value], dict[str, Value]]:
    """Return all answers before and after a change of some, as this version asks for them.

    Copier itself would put the default in place of an answer that is no longer offered, and say nothing.
    """
    questionnaire = Questionnaire(source.root(), project.resolve())
    held = _known(given, questionnaire)
    try:
        new = changed_answers(questionnaire, held, from_settings(settings, questionnaire))
    except AnswersError as error:
        raise InputError(f"{error}\nGive other answers with --set NAME=VALUE.") from error
    return questionnaire.complete(held), new


def recorded_answers(project: Path, questionnaire: Questionnaire) -> dict[str, Value]:
    """Return the answers in a project's answers file to questions that there are.

    Raises:
        UpdateError: it is no answers file.
    """
    return _known(_recorded(project), questionnaire)


def _known(given: Mapping[str, Any], questionnaire: Questionnaire) -> dict[str, Value]:
    return {name: value for name, value in given.items() if name in questionnaire.catalog}


def changed_answers(
    questionnaire: Questionnaire, held: Mapping[str, Value], changed: Mapping[str, Value]
) -> dict[str, Value]:
    """Return all answers after a change of some; those that no longer apply are gone.

    Raises:
        AnswersError: an answer is refused.
    """
    applying = questionnaire.complete({**held, **changed})
    return check_answers(questionnaire, {**{name: held[name] for name in held if name in applying}, **changed})


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


def _going(outcomes: Iterable[Outcome]) -> set[str]:
    """Return the files of the user's that go, or go elsewhere."""
    found = list(outcomes)
    moved = {item.moved_from for item in found if item.moved_from}
    return {item.path for item in found if item.kind == "removed"} | moved


def _blocked(project: Path, ours: Tree, steps: Iterable[Step], going: set[str]) -> dict[str, tuple[str, ...]]:
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
        if in_way and not going.issuperset(_below(project, ours, in_way)):
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


def _without(project: Path, going: Iterable[str], steps: Iterable[Step]) -> list[Step]:
    """Add to the steps that files go."""
    written = {step.path: step for step in steps}
    for path in going:
        written.setdefault(path, Step(path, tree.read_file(project / path), None))
    return list(written.values())


def _hidden(project: Path, update: Update) -> list[str]:
    """Return files that go and are not in the work tree, since a sparse checkout leaves them out."""
    return sorted(path for path in _going(update.changes) | update.aside.keys() if not os.path.lexists(project / path))


def set_aside(project: Path, aside: Mapping[str, File | None], keep: Path, ignored: bool) -> None:
    """Copy the user's files that cannot stay to the folder for them.

    Args:
        project: folder of the project.
        aside: their paths, as in `Update`.
        keep: the folder.
        ignored: whether Git is to ignore it.

    Raises:
        InputError: it holds something else of one of these names; nothing was copied.
        OSError: a file cannot be copied.
    """
    for path in aside:
        if os.path.lexists(keep / path):
            raise InputError(f"{keep / path} exists; name another folder with --keep; nothing was changed")
    if aside and ignored and not os.path.lexists(keep / ".gitignore"):
        keep.mkdir(parents=True, exist_ok=True)
        (keep / ".gitignore").write_text("*\n", encoding="utf-8")
    for path, held in aside.items():
        place, kept = project / path, keep / path
        kept.parent.mkdir(parents=True, exist_ok=True)
        if tree.is_folder(place):
            shutil.copytree(place, kept, symlinks=True)
        elif os.path.lexists(place):
            shutil.copy2(place, kept, follow_symlinks=False)
        elif held is not None:
            transaction.write(kept, held)


def _recorded(project: Path) -> dict[str, Any]:
    """Return what the project's answers file says.

    Raises:
        UpdateError: it is no answers file.
    """
    file = project / COPIER_FILE
    try:
        recorded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UpdateError(f"{project} has no {COPIER_FILE}: it was not generated by mlops-new") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UpdateError(f"{file} cannot be read; restore it from Git: {error}") from error
    if not isinstance(recorded, dict):
        raise UpdateError(f"{file} holds no answers; restore it from Git")
    return recorded


def template_version(project: Path) -> str:
    """Return the template version that a project is of.

    Raises:
        UpdateError: its answers file does not say.
    """
    return _version(project, _recorded(project))


def _version(project: Path, recorded: Mapping[str, Any]) -> str:
    if "_commit" not in recorded or "_src_path" not in recorded:
        raise UpdateError(
            f"{project / COPIER_FILE} does not say which template version it is of: it was edited, or the project was "
            "rendered from a plain folder; restore it from Git, or render the project again with mlops-new"
        )
    return str(recorded["_commit"])


def _version_in(rendered: Tree) -> str:
    return str(yaml.safe_load(rendered[COPIER_FILE].data)["_commit"])
