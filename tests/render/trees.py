"""What is in a folder, to compare two ways of rendering."""

import re
import stat
from pathlib import Path

ORIGIN = re.compile(rb"^(_src_path|_commit): .*\n", re.MULTILINE)

Tree = dict[str, tuple[str, bytes]]
"""Path → mode as `ls` shows it, and content."""


def tree(folder: Path) -> Tree:
    """All files, links and folders below a folder."""
    return {
        path.relative_to(folder).as_posix(): (stat.filemode(path.lstat().st_mode), _content(path))
        for path in folder.rglob("*")
    }


def _content(path: Path) -> bytes:
    return bytes(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else b""


def portable(found: Tree) -> Tree:
    """A tree without what depends on the place that the template was read from.

    That is the origin in the answers file, and what others may do with a file: copier takes the permissions of a plain
    folder's files over.
    """
    return {
        name: (mode[:4], ORIGIN.sub(b"", content) if name == ".copier-answers.yml" else content)
        for name, (mode, content) in found.items()
    }
