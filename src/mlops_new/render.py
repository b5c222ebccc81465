"""Write a project: it is rendered beside the destination, and one rename puts it in place."""

import functools
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from . import source
from .answers import COPIER_FILE
from .catalog import Value
from .errors import DestinationError, RenderError
from .interrupts import undisturbed
from .template import Source, Template

if TYPE_CHECKING:
    from .update.transaction import Transaction


STORE = ".mlops-new"
"""Folder, in an existing one that is being filled, of what is needed to finish that."""


def check_destination(destination: Path) -> None:
    """Refuse a destination that cannot be written or already holds files.

    Raises:
        DestinationError: with the way out.
    """
    try:
        _check_destination(destination)
    except OSError as error:  # such as a name that the file system finds too long
        raise DestinationError(f"{destination} cannot be written: {error.strerror}") from error


def _check_destination(destination: Path) -> None:
    if destination.is_symlink() and not destination.exists():
        raise DestinationError(f"{destination} is a broken link; remove it or choose another name")
    if destination.exists() and not destination.is_dir():
        raise DestinationError(f"{destination} is a file; choose another name")
    if destination.is_dir() and holds_files(destination):
        hint = (
            "`mlops-new update` updates it"
            if (destination / COPIER_FILE).exists()
            else "choose another name, or bring what is there under the template: "
            f"`cd {shlex.quote(str(destination))} && git init && git add --all && git commit --message Start && "
            "mlops-new adopt`"
        )
        raise DestinationError(f"{destination} exists and is not empty; {hint}")
    target = destination.absolute()
    folder = next(folder for folder in (target, *target.parents) if os.path.lexists(folder))
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise DestinationError(f"{destination} cannot be written: no permission to create files in {folder}")


def holds_files(folder: Path) -> bool:
    """Tell whether a folder has anything that a project could be in the way of; a new repository has not."""
    return any(entry.name != ".git" for entry in folder.iterdir())


def create(answers: Mapping[str, Value], destination: Path) -> list[str]:
    """Write a project; returns the paths of its files.

    Raises:
        DestinationError: see `check_destination`.
        RenderError: writing failed; nothing is left behind.
    """
    check_destination(destination)
    destination = destination.absolute()
    created = next((folder for folder in reversed(destination.parents) if not folder.exists()), None)
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        if destination.exists():
            return _fill(answers, destination)
        with _rendered(answers, destination.parent, destination.name) as project:
            files = _files(project)
            with undisturbed():
                project.rename(destination)
    except OSError as error:
        _remove_empty(created, destination.parent)
        raise RenderError(
            f"{destination} cannot be written: {error.strerror or error}; nothing is left behind"
        ) from error
    except BaseException:
        _remove_empty(created, destination.parent)
        raise
    return files


def resume(destination: Path) -> list[str] | None:
    """Finish the project that a run was putting into an existing folder when it was killed.

    Returns:
        The paths of its files, or None if there is none, or nothing of it was in place.

    Raises:
        RenderError: it cannot be written.
    """
    folder = destination.absolute()
    if not os.path.isdir(folder / STORE):  # noqa: PTH112 - which is false for a name that is too long, too
        return None
    from .update import transaction

    try:
        with _alone(folder):
            found = transaction.pending(folder, folder / STORE)
            if found is None:
                return None
            with undisturbed():
                _finish(found)
    except OSError as error:
        raise RenderError(f"{destination} cannot be written: {error.strerror or error}; try again") from error
    return [step.path for step in found.steps]


def _fill(answers: Mapping[str, Value], empty: Path) -> list[str]:
    """Write a project into an existing empty folder, in place: it may be a mount or a shell's working directory."""
    from .update import transaction, versions

    with _alone(empty):
        steps = [transaction.Step(path, None, file) for path, file in versions.current(answers).items()]
        check_destination(empty)  # again, now that no other process fills it
        with transaction.prepared(empty, empty / STORE, steps, {}) as prepared:
            _finish(prepared)
    return sorted(step.path for step in steps)


def _finish(prepared: "Transaction") -> None:
    try:
        prepared.finish()
    except OSError:
        prepared.undo()
        prepared.close()
        raise
    prepared.close()


def write(answers: Mapping[str, Value], folder: Path) -> None:
    """Write a project into a folder that does not exist yet, file by file.

    Raises:
        RenderError: the template cannot be rendered with these answers.
        OSError: something cannot be written; what was, stays.
    """
    origin = {"_commit": f"v{source.version()}", "_src_path": source.copier_url()}
    try:
        _template().write(answers, folder, origin)
    except ValueError as error:
        raise RenderError(f"the template cannot be rendered with these answers: {error}") from error


def plan(answers: Mapping[str, Value]) -> list[str]:
    """Return the paths of the files that `create` would write."""
    return _template().paths(answers)


def templates(answers: Mapping[str, Value]) -> dict[str, str]:
    """Return path of each file that `create` would write → the file of the template that renders to it.

    Raises:
        RenderError: two files of the template have the same place in the project.
    """
    return _template().templates(answers)


def sources(answers: Mapping[str, Value]) -> dict[str, tuple[Source, ...]]:
    """Return path of each file that `create` would write → what it is made of, as `Template.sources`.

    Raises:
        RenderError: the template cannot be rendered with these answers.
    """
    return _template().sources(answers)


def is_users(path: str) -> bool:
    """Tell whether a file of this path is the user's once a project has it, so that no update touches it."""
    return any(PurePosixPath(path).match(pattern) for pattern in _template().users_files)


def computed(name: str, answers: Mapping[str, Value]) -> tuple[Any, frozenset[str]]:
    """Return a computed answer, and the names of the answers that it is computed from."""
    return _template().computed(name, answers)


@contextmanager
def _rendered(answers: Mapping[str, Value], beside: Path, name: str) -> Iterator[Path]:
    """Write a project into a folder beside its own; what a run that was killed left there is removed."""
    folder = beside / f".{name[:40]}.mlops-new"
    ours = False
    try:
        folder.mkdir(exist_ok=True)
        with _alone(folder):
            ours = True
            project = folder / "project"
            shutil.rmtree(project, ignore_errors=True)
            write(answers, project)
            yield project
    finally:
        with undisturbed():
            if ours:
                shutil.rmtree(folder, ignore_errors=True)
            else:  # another process may be at work in it
                with suppress(OSError):
                    folder.rmdir()


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes of this program out of a folder, until this one ends in whatever way.

    Raises:
        DestinationError: another one is in it.
    """
    if sys.platform == "win32":  # which cannot lock a folder
        yield
        return
    import fcntl

    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not os.path.lexists(folder):
            raise BlockingIOError
        yield
    except BlockingIOError as error:
        raise DestinationError(f"another process is writing into {folder.parent}; wait for it") from error
    finally:
        os.close(descriptor)


@functools.cache
def _template() -> Template:
    def read() -> Template:
        return Template(source.root(), source.files(), source.compiled_templates())

    template = read()
    if template.is_compiled or source.checkout_root() is None:
        return template
    with suppress(OSError):  # a checkout that cannot be written serves as well
        template.compile()
    return read()


def _files(project: Path) -> list[str]:
    return sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if not path.is_dir())


def _remove_empty(created: Path | None, parent: Path) -> None:
    """Remove the folders above the destination that were made for it."""
    while created is not None and parent.is_relative_to(created) and parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent
