"""Write a project: it is rendered beside the destination, and one rename puts it in place."""

import functools
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import source
from .catalog import Value
from .errors import DestinationError, RenderError
from .template import Source, Template


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
    if destination.is_dir() and any(entry.name != ".git" for entry in destination.iterdir()):
        hint = (
            "`mlops-new update` updates it"
            if (destination / ".copier-answers.yml").exists()
            else "choose another name, or bring what is there under the template: "
            f"`cd {shlex.quote(str(destination))} && git init && git add --all && git commit --message Start && "
            "mlops-new adopt`"
        )
        raise DestinationError(f"{destination} exists and is not empty; {hint}")
    target = destination.absolute()
    folder = next(folder for folder in (target, *target.parents) if os.path.lexists(folder))
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        raise DestinationError(f"{destination} cannot be written: no permission to create files in {folder}")


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


def _fill(answers: Mapping[str, Value], empty: Path) -> list[str]:
    """Write a project into an existing empty folder, in place: it may be a mount or a shell's working directory."""
    moved: list[Path] = []
    with _rendered(answers, empty, "project") as project:
        files = _files(project)
        try:
            for entry in list(project.iterdir()):
                moved.append(entry.rename(empty / entry.name))
        except BaseException:
            for entry in moved:
                entry.rename(project / entry.name)
            raise
    return files


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


def sources(answers: Mapping[str, Value]) -> dict[str, tuple[Source, ...]]:
    """Return path of each file that `create` would write → what it is made of, as `Template.sources`.

    Raises:
        RenderError: the template cannot be rendered with these answers.
    """
    return _template().sources(answers)


def computed(name: str, answers: Mapping[str, Value]) -> tuple[Any, frozenset[str]]:
    """Return a computed answer, and the names of the answers that it is computed from."""
    return _template().computed(name, answers)


@contextmanager
def _rendered(answers: Mapping[str, Value], beside: Path, name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f".{name[:40]}-", dir=beside))
    try:
        project = folder / "project"
        write(answers, project)
        yield project
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
