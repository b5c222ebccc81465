"""Carry out what was worked out, as one transaction, and finish or undo what was interrupted."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from ..errors import InputError, UpdateError
from ..interrupts import undisturbed
from . import transaction, tree
from .merge import Outcome
from .planning import Update, going, repository_of
from .reporting import to_decide
from .repository import Repository
from .transaction import Step
from .tree import File


def apply(project: Path, update: Update, done: Callable[[], None] = lambda: None) -> None:
    """Carry out an update, and leave what changed uncommitted.

    Args:
        project: folder of the project.
        update: what `plan` returned for it.
        done: called when files are changed, before a signal can stop this process again.

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
        lambda: set_aside(repository.project, update.aside, update.keep, update.ignored) if update.keep else {},
        _hidden(repository.project, update),
        done,
    )


def write(
    repository: Repository,
    steps: Sequence[Step],
    conflicts: Iterable[Outcome],
    note: Mapping[str, str],
    kept: Callable[[], Mapping[Path, Path | File]],
    removed: Iterable[str] = (),
    done: Callable[[], None] = lambda: None,
) -> None:
    """Change files as one transaction, and put conflicts into Git's index.

    Args:
        repository: where.
        steps: what changes on the disk.
        conflicts: files in which the user has to decide.
        note: the template's versions, `before`, which is empty where the project has none yet, and `after`, and what
            is `to_decide` about conflicts.
        kept: returns what is to be kept, as `set_aside`; called once no other update can change it.
        removed: files that go and are in Git's index alone.
        done: called when files are changed, before a signal can stop this process again.

    Raises:
        UpdateError: the project changed meanwhile, or it cannot be written; nothing changed.
    """
    project = repository.project
    with lock(repository):
        for step in steps:
            if tree.read_file(project / step.path) != step.before:
                raise UpdateError(f"{project / step.path} changed meanwhile; nothing was changed; try again")
        try:
            entries = repository.removal_entries(removed) + repository.conflict_entries(conflicts)
            noted = {**note, "entries": os.fsdecode(entries)}
            with transaction.prepared(project, repository.store, list(steps), noted, kept()) as prepared:
                _carry_out(repository, prepared, done, again=False)
        except OSError as error:
            raise UpdateError(f"{project} cannot be updated: {error}; nothing was changed") from error


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
    return transaction.is_pending(repository_of(project).store)


def recover(project: Path, done: Callable[[], None] = lambda: None) -> Recovery | None:
    """Finish an update that was interrupted, or undo it where it cannot be finished.

    Args:
        project: folder of the project.
        done: called when it is finished, before a signal can stop this process again.

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
    with lock(repository), undisturbed():
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
        stay = _carry_out(repository, found, done, again=True)
        return Recovery(
            f"{named} was finished{_staying(stay)}; look at `git diff`, then commit", found.note["to_decide"]
        )


def _carry_out(
    repository: Repository, prepared: transaction.Transaction, done: Callable[[], None], *, again: bool
) -> tuple[str, ...]:
    """Put prepared files in place, which may have been tried before; returns the paths that changed meanwhile."""
    try:
        changed = prepared.finish()
    except OSError as error:
        _undo(prepared)
        raise UpdateError(f"{repository.project} cannot be updated: {error}; nothing was changed") from error
    try:
        repository.mark(os.fsencode(prepared.note["entries"]))
    except (OSError, UpdateError) as error:
        if again:  # the index may show the conflicts already
            raise UpdateError(
                f"{repository.project} was updated, and Git's index cannot show the conflicts now: {error}; run "
                "`mlops-new update` again, which does that, once this is no longer so"
            ) from error
        _undo(prepared)
        raise UpdateError(f"{repository.project} cannot be updated: {error}; nothing was changed") from error
    done()
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
def lock(repository: Repository) -> Iterator[None]:
    """Keep other updates of a project out.

    Raises:
        UpdateError: one is at work.
    """
    repository.store.parent.mkdir(parents=True, exist_ok=True)
    held = FileLock(f"{repository.store}.lock", timeout=0)
    try:
        with held:
            yield
    except Timeout as error:
        raise UpdateError(f"{repository.project} is being updated by another process; wait for it") from error


def _hidden(project: Path, update: Update) -> list[str]:
    """Return files that go and are not in the work tree, since a sparse checkout leaves them out."""
    return sorted(path for path in going(update.changes) | update.aside.keys() if not os.path.lexists(project / path))


def set_aside(project: Path, aside: Mapping[str, File | None], keep: Path, ignored: bool) -> dict[Path, Path | File]:
    """Return where the user's files that cannot stay are kept, and what is copied there, as `transaction.prepare`.

    Args:
        project: folder of the project.
        aside: their paths, as in `Update`.
        keep: the folder for them.
        ignored: whether Git is to ignore it.

    Raises:
        InputError: it holds something else of one of these names.
    """
    found: dict[Path, Path | File] = {}
    if aside and ignored and not os.path.lexists(keep / ".gitignore"):
        found[keep / ".gitignore"] = File(b"*\n")
    for path, held in aside.items():
        if os.path.lexists(keep / path):
            raise InputError(f"{keep / path} exists; name another folder with --keep; nothing was changed")
        if os.path.lexists(project / path):
            found[keep / path] = project / path
        elif held is not None:
            found[keep / path] = held
    return found
