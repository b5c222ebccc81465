"""Files of a project on the disk."""

from pathlib import Path

from mlops_new.update import transaction, tree
from mlops_new.update.tree import File, Tree


def write_files(folder: Path, files: Tree) -> None:
    """Write files, none of which is there yet, below a folder."""
    for path, file in files.items():
        transaction.write(folder / path, file)


def all_files(folder: Path) -> dict[str, File]:
    """Return all files below a folder, but Git's own."""
    return {path: file for path, file in tree.read_all(folder).items() if not path.startswith(".git/")}
