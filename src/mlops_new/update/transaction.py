"""Writes many files as one: after a kill at any moment, what was begun can be finished or undone.

All that is needed lies in a folder beside the project before the first file changes: a journal, the new files, the old
ones, and copies of what is kept elsewhere. The journal comes last, by a rename: without it nothing was changed, with it
everything can be.
"""

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from ..interrupts import Stopped, undisturbed
from . import tree
from .tree import EXECUTABLE, LINK, File

KEPT = "kept"
"""Folder of copies of what is kept elsewhere."""
JOURNAL, UNDO = "journal.json", "undo.json"
"""The journal of a transaction that is to be finished, and of one that is to be undone."""


class Step(NamedTuple):
    """What one path holds before and after; None is nothing."""

    path: str
    before: File | None
    after: File | None


@dataclass(frozen=True)
class Transaction:
    """A change of many files that was prepared.

    Attributes:
        root: folder that the steps' paths are below.
        store: folder of the journal and of all old and new files.
        steps: what changes, removals first.
        folders: those that do not exist yet.
        kept: what is kept elsewhere before anything changes: its place, and the hash of what is copied there.
        note: what the caller has to know when it is finished later.
        undoing: whether it was being undone.
    """

    root: Path
    store: Path
    steps: tuple["_Recorded", ...]
    folders: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]
    note: Mapping[str, Any]
    undoing: bool = False

    def finish(self) -> tuple[str, ...]:
        """Make every path hold what it should.

        Returns:
            Paths that are neither as before nor as after: they were changed meanwhile, and stay.

        Raises:
            OSError: a file cannot be written; what was prepared stays, to be finished or undone.
        """
        for number, (place, content) in enumerate(self.kept):
            self._keep(self.store / KEPT / str(number), Path(place), content)
        return self._go("after", self.steps)

    def undo(self) -> tuple[str, ...]:
        """Make every path hold what it did.

        Returns:
            Paths that are neither as before nor as after: they were changed meanwhile, and stay.

        Raises:
            OSError: a file cannot be written; what was prepared stays, to be finished or undone.
        """
        with contextlib.suppress(FileNotFoundError):  # what is being undone already
            (self.store / JOURNAL).rename(self.store / UNDO)
        # Files that were added go first: one may be where a folder was.
        steps = sorted(self.steps, key=lambda step: step.before is not None)
        changed = self._go("before", tuple(steps))
        for name, content in self.kept:
            place = Path(name)
            _remove(place.with_name(_beside(place.name)))
            if os.path.lexists(place) and _hash(place) == content:  # not what the user made of the copy, or put there
                _remove(place)
        for folder in reversed(self.folders):
            with contextlib.suppress(OSError):
                (self.root / folder).rmdir()
        return changed

    def close(self) -> None:
        """Forget what was prepared; where its files cannot be removed, the next command finds nothing left to do."""
        with contextlib.suppress(OSError):
            _discard(self.store)

    def _keep(self, staged: Path, place: Path, content: str) -> None:
        """Put a copy in its place, unless it is there already."""
        if os.path.lexists(place):
            if _hash(place) != content:
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
            return
        place.parent.mkdir(parents=True, exist_ok=True)
        _put(staged, place)

    def _go(self, side: str, steps: tuple["_Recorded", ...]) -> tuple[str, ...]:
        changed = []
        for step in steps:
            wanted, other = (step.after, step.before) if side == "after" else (step.before, step.after)
            path = self.root / step.path
            if path.parent.is_dir():
                path.with_name(_beside(path.name)).unlink(missing_ok=True)
            found = _print(tree.read_file(path))
            if found != wanted and (found != other or not _is_free(path)):
                changed.append(step.path)
            elif wanted is None:
                if found is not None:
                    path.unlink()
                self._remove_empty(path.parent)
            elif found != wanted:
                path.parent.mkdir(parents=True, exist_ok=True)
                if tree.is_folder(path):
                    shutil.rmtree(path)
                _put(self.store / side / str(step.number), path)
        return tuple(changed)

    def _remove_empty(self, folder: Path) -> None:
        """Remove a folder and those above it that hold nothing; one of them may not exist yet."""
        while folder != self.root:
            if folder.is_dir():
                if any(folder.iterdir()):
                    return
                folder.rmdir()
            folder = folder.parent


class _Recorded(NamedTuple):
    """A step as the journal has it: each file by hash and mode."""

    number: int
    path: str
    before: tuple[str, str] | None
    after: tuple[str, str] | None


def prepare(
    root: Path,
    store: Path,
    steps: list[Step],
    note: Mapping[str, Any],
    kept: Mapping[Path, Path | File] = MappingProxyType({}),
) -> Transaction:
    """Write all that is needed to change files into a store that does not exist yet.

    Args:
        root: folder that the steps' paths are below.
        store: folder to write.
        steps: what is to change.
        note: what the caller wants to know when it is finished later; JSON.
        kept: absolute path at which there is nothing → what is to be copied there before anything changes: what is at
            another path, or a file.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    ordered = sorted(steps, key=lambda step: (step.after is not None, step.path))
    parents = {parent for step in ordered if step.after for parent in Path(step.path).parents}
    parents |= {parent for place in kept for parent in place.parents}
    folders = sorted(parent.as_posix() for parent in parents if not (root / parent).is_dir())
    try:
        recorded = []
        for number, step in enumerate(ordered):
            mode = _permissions(root / step.path)
            for side, file in (("before", step.before), ("after", step.after)):
                if file is not None:
                    write(store / side / str(number), file, mode)
            recorded.append(_Recorded(number, step.path, _print(step.before), _print(step.after)))
        for number, content in enumerate(kept.values()):
            _copy(content, store / KEPT / str(number))
        copies = [(str(place), _hash(store / KEPT / str(number))) for number, place in enumerate(kept)]
        journal = {"folders": folders, "kept": copies, "note": dict(note), "steps": recorded}
        write(store / "journal", File(json.dumps(journal).encode()))
        (store / "journal").rename(store / JOURNAL)
        _sync(store)
    except BaseException:
        _discard(store)
        raise
    return Transaction(root, store, tuple(recorded), tuple(folders), tuple(copies), note)


@contextlib.contextmanager
def prepared(
    root: Path,
    store: Path,
    steps: list[Step],
    note: Mapping[str, Any],
    kept: Mapping[Path, Path | File] = MappingProxyType({}),
) -> Iterator[Transaction]:
    """Prepare as `prepare` does, and let no signal disturb what finishes it; one that comes before leaves nothing.

    Raises:
        OSError: it cannot be prepared; nothing is left behind.
    """
    begun = False
    try:
        transaction = prepare(root, store, steps, note, kept)
        with undisturbed():
            begun = True
            yield transaction
    except Stopped:
        if not begun:
            _discard(store)
        raise


def is_pending(store: Path) -> bool:
    """Tell whether something was prepared and not closed."""
    return any((store / name).is_file() for name in (JOURNAL, UNDO))


def pending(root: Path, store: Path) -> Transaction | None:
    """Return what was prepared and not closed, and remove what was only being prepared."""
    undoing = (store / UNDO).is_file()
    try:
        journal = json.loads((store / (UNDO if undoing else JOURNAL)).read_bytes())
    except FileNotFoundError:
        shutil.rmtree(store, ignore_errors=True)
        return None
    steps = tuple(
        _Recorded(number, path, tuple(before) if before else None, tuple(after) if after else None)
        for number, path, before, after in journal["steps"]
    )
    kept = tuple((place, content) for place, content in journal.get("kept", ()))  # none before 0.2.0
    return Transaction(root, store, steps, tuple(journal["folders"]), kept, journal["note"], undoing)


def _is_free(path: Path) -> bool:
    """Tell whether a path is a file, a link or nothing: a folder that holds no file is nothing to Git."""
    return not tree.is_folder(path) or all(tree.is_folder(below) for below in path.rglob("*"))


def _print(file: File | None) -> tuple[str, str] | None:
    """Return what tells a file from another: its hash and mode."""
    return None if file is None else (hashlib.sha256(file.data).hexdigest(), file.mode)


def _hash(path: Path) -> str:
    """Return what tells a file, or a folder with all in it, from another."""
    found = hashlib.sha256()
    for below in [path, *sorted(path.rglob("*"))] if tree.is_folder(path) else [path]:
        file = tree.read_file(below)
        found.update(json.dumps([below.relative_to(path).as_posix(), _print(file)]).encode())
    return found.hexdigest()


def _copy(content: Path | File, place: Path) -> None:
    """Copy a file, with its times and permissions, or a folder with all in it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, File):
        write(place, content)
    elif tree.is_folder(content):
        shutil.copytree(content, place, symlinks=True)
    else:
        shutil.copy2(content, place, follow_symlinks=False)


def _remove(path: Path) -> None:
    """Remove a file, or a folder with all in it, if there is one."""
    if tree.is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _discard(store: Path) -> None:
    """Remove a store, the journal first: without one, the rest means nothing."""
    for name in (JOURNAL, UNDO):
        (store / name).unlink(missing_ok=True)
    shutil.rmtree(store, ignore_errors=True)


def _permissions(path: Path) -> int | None:
    """Return who may do what with a file that exists."""
    return stat.S_IMODE(path.lstat().st_mode) if path.is_file() and not path.is_symlink() else None


def write(path: Path, file: File, permissions: int | None = None) -> None:
    """Write a file; who may read it may execute it if its mode says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.mode == LINK:
        path.symlink_to(os.fsdecode(file.data))
        return
    with path.open("xb") as stream:
        stream.write(file.data)
        stream.flush()
        os.fsync(stream.fileno())
    permissions = stat.S_IMODE(path.stat().st_mode) if permissions is None else permissions
    executable = (permissions & 0o444) >> 2
    path.chmod(permissions | executable if file.mode == EXECUTABLE else permissions & ~0o111)


def _put(staged: Path, path: Path) -> None:
    """Put a staged file, or folder, in place by one rename, which needs no space where both are on one disk."""
    try:
        staged.replace(path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        beside = path.with_name(_beside(path.name))
        _remove(beside)
        try:
            _copy(staged, beside)
            beside.replace(path)
        except OSError:
            _remove(beside)
            raise


def _beside(name: str) -> str:
    return f".{name[:200]}.mlops-new"


def _sync(folder: Path) -> None:
    """Make sure that the names in a folder are on the disk."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
