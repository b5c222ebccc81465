"""The Git repository around a project, read and written independently of the user's Git settings."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .. import source
from ..errors import UpdateError
from ..source import GIT_MISSING
from . import tree
from .merge import Outcome, Text
from .tree import File

BEFORE, AFTER = "before updating", "after updating"
"""What stands beside the marks of a conflict."""
# Settings that change what the commands below print or run; `safe.directory` is the user's to decide.
_PINNED = ("core.quotePath=false", "core.fsmonitor=false", "core.hooksPath=/dev/null", "core.untrackedCache=false")


@dataclass(frozen=True)
class Repository:
    """The repository in whose work tree a project is.

    Attributes:
        project: folder of the project, without links in its path.
        prefix: the project's path in the repository, with a slash at its end; empty if it is the repository.
        store: folder in which an update keeps what it needs to be finished or undone; on no path of the work tree.
    """

    project: Path
    prefix: str
    store: Path

    @classmethod
    def of(cls, project: Path) -> "Repository":
        """Find the repository.

        Raises:
            UpdateError: there is none, or it has no commit; with the way out.
        """
        folder = project.resolve()
        found = _git(folder, "rev-parse", "--show-prefix", "--absolute-git-dir", check=False)
        if found is None:
            raise UpdateError(
                f"{project} is not in a work tree of Git; first run `git init && git add --all && git commit`"
            )
        prefix, directory = found.decode(errors="surrogateescape").split("\n")[:2]
        if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD", check=False) is None:
            raise UpdateError(f"{project} has no commit yet; first run `git add --all && git commit`")
        return cls(folder, prefix, Path(directory) / "mlops-new" / (prefix.strip("/").replace("/", "+") or "project"))

    def require_committed(self) -> None:
        """Refuse a project in which tracked files differ from the last commit.

        Raises:
            UpdateError: with some of the files.
        """
        listed = self._git("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames", "--", ".")
        changed = [entry[3:].removeprefix(self.prefix) for entry in _entries(listed)]
        if changed:
            named = ", ".join(changed[:3]) + (f" and {len(changed) - 3} more" if len(changed) > 3 else "")
            raise UpdateError(f"{self.project} has uncommitted changes in {named}; commit or stash them first")

    def ignored(self, paths: Iterable[str]) -> list[str]:
        """Return those of the paths below the project that Git would not add."""
        stdin = b"".join(os.fsencode(path) + b"\0" for path in paths)
        listed = _git(self.project, "check-ignore", "-z", "--stdin", stdin=stdin, check=False, literal=False)
        return _entries(listed or b"")

    def tracked(self) -> dict[str, File]:
        """Return the tracked files of the project as they lie in the work tree.

        A file that a sparse checkout leaves out is as it was committed.

        Raises:
            UpdateError: a file cannot be read.
        """
        listed = _entries(self._git("ls-files", "-z", "--stage", "-t", "--", "."))
        found: dict[str, File] = {}
        for entry in listed:
            (tag, mode, blob, _), path = entry.partition("\t")[0].split(), entry.partition("\t")[2]
            if mode == "160000":  # a submodule is no file of ours
                continue
            try:
                file = tree.read_file(self.project / path)
            except OSError as error:
                raise UpdateError(f"{self.project / path} cannot be read: {error.strerror}") from error
            if file is None and tag == "S":
                file = File(self._git("cat-file", "blob", blob), mode)
            if file is not None:
                found[path] = file
        return found

    def removal_entries(self, paths: Iterable[str]) -> bytes:
        """Return what `git update-index --index-info` reads to forget files."""
        return b"".join(self._no_entry(path) for path in paths)

    def conflict_entries(self, conflicts: Iterable[Outcome]) -> bytes:
        """Return what `git update-index --index-info` reads to mark conflicts, so that `git mergetool` finds them."""
        lines = []
        for item in conflicts:
            stages = [(stage, file) for stage, file in enumerate((item.base, item.ours, item.theirs), 1) if file]
            hashed = [(stage, file.mode, self._blob(file)) for stage, file in stages]
            path = os.fsencode(self.prefix + item.path)
            lines.append(self._no_entry(item.path))
            lines += [b"%s %s %d\t%s\0" % (mode.encode(), blob, stage, path) for stage, mode, blob in hashed]
        return b"".join(lines)

    def mark(self, entries: bytes) -> None:
        """Put conflicts into Git's index."""
        if entries:
            self._git("update-index", "-z", "--index-info", stdin=entries)

    def _no_entry(self, path: str) -> bytes:
        return b"0 %s\t%s\0" % (self._no_object, os.fsencode(self.prefix + path))

    @cached_property
    def _no_object(self) -> bytes:
        """The hash that stands for nothing, as long as others of this repository."""
        return b"0" * len(self._blob(File(b"")))

    def _blob(self, file: File) -> bytes:
        return self._git("hash-object", "-w", "--no-filters", "--stdin", stdin=file.data).strip()

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return _git(self.project, *arguments, stdin=stdin) or b""


def merge_text(ours: bytes, base: bytes, theirs: bytes, *, reject: bool = False) -> Text:
    """Merge texts by `git merge-file`, independently of any setting.

    Args:
        ours: the user's text.
        base: the text that both come from.
        theirs: the template's text.
        reject: keep ours where both changed the same lines, instead of marking both.

    Raises:
        UpdateError: Git failed.
    """
    merged, conflicts = _merge_file(ours, base, theirs, "-L", BEFORE, "-L", "last update", "-L", AFTER)
    if not conflicts or not reject:
        return Text(merged, conflicts)
    kept, wanted = (_merge_file(ours, base, theirs, side)[0] for side in ("--ours", "--theirs"))
    return Text(kept, True, _diff(kept, wanted))


def _merge_file(ours: bytes, base: bytes, theirs: bytes, *options: str) -> tuple[bytes, bool]:
    with tempfile.TemporaryDirectory(dir=source.scratch()) as name:
        folder = Path(name)
        files = [folder / "ours", folder / "base", folder / "theirs"]
        for file, data in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(data)
        command = ["git", "merge-file", "--stdout", "--quiet", *options, *(file.name for file in files)]
        done = subprocess.run(command, cwd=folder, env=_isolated(folder), capture_output=True)
        if not 0 <= done.returncode < 128:
            raise UpdateError(f"git merge-file failed: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout, done.returncode > 0


def _diff(before: bytes, after: bytes) -> bytes:
    import difflib

    one, other = (text.decode("utf-8", "surrogateescape").splitlines(keepends=True) for text in (before, after))
    lines = difflib.unified_diff(one, other, BEFORE, AFTER)
    ended = (line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
    return "".join(ended).encode("utf-8", "surrogateescape")


def _isolated(home: Path) -> dict[str, str]:
    """Return an environment in which Git knows no settings and no repository but what it is given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CEILING_DIRECTORIES": str(home.parent),
        "LC_ALL": "C",
    }


def _entries(listed: bytes) -> list[str]:
    return [os.fsdecode(entry) for entry in listed.split(b"\0") if entry]


def _git(folder: Path, *arguments: str, stdin: bytes = b"", check: bool = True, literal: bool = True) -> bytes | None:
    """Run Git; `literal`: a path is no pattern, an option that some commands refuse."""
    pinned = (part for setting in _PINNED for part in ("-c", setting))
    environment = {
        **os.environ,
        "GIT_OPTIONAL_LOCKS": "0",
        "LC_ALL": "C",
        "GIT_LITERAL_PATHSPECS": "1" if literal else "0",
    }
    try:
        done = subprocess.run(
            ["git", *pinned, *arguments], cwd=folder, env=environment, input=stdin, capture_output=True
        )
    except FileNotFoundError as error:
        raise UpdateError(GIT_MISSING) from error
    if done.returncode and (check or b"dubious ownership" in done.stderr):
        raise UpdateError(f"git {arguments[0]} failed in {folder}: {done.stderr.decode(errors='replace').strip()}")
    return None if done.returncode else done.stdout
