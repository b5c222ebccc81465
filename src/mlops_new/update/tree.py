"""Files of a project as they are compared and merged: by path, with content and mode."""

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

REGULAR = "100644"
EXECUTABLE = "100755"
LINK = "120000"
"""Modes as Git writes them."""


class File(NamedTuple):
    """A file: what it holds, which for a link is its target, and its mode in Git."""

    data: bytes
    mode: str = REGULAR


Tree = Mapping[str, File]
"""Path below the project, with slashes → file."""


def read(folder: Path, paths: Iterable[str]) -> dict[str, File]:
    """Return those of the paths that are files or links.

    Raises:
        OSError: a file cannot be read.
    """
    found = ((path, read_file(folder / path)) for path in paths)
    return {path: file for path, file in found if file is not None}


def read_all(folder: Path) -> dict[str, File]:
    """Return every file below a folder.

    Raises:
        OSError: a file cannot be read.
    """
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return read(folder, paths)


def read_file(path: Path) -> File | None:
    """Return a file, or None where there is none, or something else.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    if stat.S_ISLNK(mode):
        return File(os.fsencode(path.readlink()), LINK)
    if not stat.S_ISREG(mode):
        return None
    return File(path.read_bytes(), EXECUTABLE if mode & stat.S_IXUSR else REGULAR)


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder, and no link to one."""
    return path.is_dir() and not path.is_symlink()


def above(path: str) -> list[str]:
    """Return the folders that a path is in, the outermost first."""
    return [str(parent) for parent in PurePosixPath(path).parents][-2::-1]
