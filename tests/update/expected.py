"""What an update has to do with a case, told from what was done to each file, and what is wrong where it does not."""

import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cases import Case, Hunk, changed_lines, is_text
from template_versions import MARK, Files

from mlops_new.answers import COPIER_FILE
from mlops_new.update.tree import LINK, File


@dataclass
class Marked:
    """A text in which changes of both sides are to stand, marked.

    Attributes:
        ours: the text with the user's side of every conflict.
        theirs: the text with the template's side.
        mode: the file's mode.
    """

    ours: bytes
    theirs: bytes
    mode: str


@dataclass
class United:
    """A text of lists: lines that the user added stand somewhere between those of a merge without them.

    Attributes:
        merged: the merge without them.
        added: the lines.
        mode: the file's mode.
    """

    merged: bytes
    added: list[bytes]
    mode: str

    def fits(self, file: File) -> bool:
        """Tell whether a file is such a text."""
        rest, added = iter(file.data.splitlines(keepends=True)), Counter(self.added)
        for line in self.merged.splitlines(keepends=True):
            for other in rest:
                if other == line:
                    break
                added[other] -= 1
        added.subtract(rest)
        return file.mode == self.mode and not any(added.values())


@dataclass
class Expected:
    """What a project is after an update.

    Attributes:
        files: all that Git holds, but for marked texts.
        marked: texts with conflicts.
        united: texts of lists to which the user added lines beside those that the template changed.
        conflicts: paths that are reported as conflicts.
        left_out: paths that the template changes and the user does not have.
        blocked: what of the user's is in the way of files that the template adds.
        kept: what is in the folder that is named for it.
        untracked: what Git does not hold.
    """

    files: Files
    marked: dict[str, Marked] = field(default_factory=dict)
    united: dict[str, United] = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    kept: Files = field(default_factory=dict)
    untracked: Files = field(default_factory=dict)


def expected(case: Case, scratch: Path) -> Expected:
    """Tell what an update has to do.

    Args:
        case: the case.
        scratch: empty folder for texts that are merged.
    """
    found = Expected(dict(case.ours), untracked=dict(case.untracked))
    for path, before in case.base.items():
        here, there = case.places[path], case.renamed.get(path, path)
        if here is not None and here != path and here in case.theirs and here != there:
            here = None  # the template adds a file where the user moved one
        new = case.theirs.get(there)
        if here is None or (here != path and here not in case.ours):
            if new is not None and (new != before or there != path):
                found.left_out.add(there)
            continue
        mine = case.ours[here]
        if new is None:
            if mine == before and here == path:
                del found.files[path]
            elif case.keep:
                found.kept[here] = found.files.pop(here)
            else:
                found.conflicts.add(here)
            continue
        clash = (here != path and there not in (path, here)) or (here == path != there and there in case.ours)
        target = there if here == path and not clash else here
        del found.files[here]
        if _put(case, found, target, path, before, mine, new, scratch) or clash:
            found.conflicts.add(target)
    known = {case.renamed.get(path, path) for path in case.base}
    for path in case.theirs.keys() - known:
        if path not in case.ours:
            found.files[path] = case.theirs[path]
        elif _put(case, found, path, None, None, found.files.pop(path), case.theirs[path], scratch):
            found.conflicts.add(path)
    _find_blocked(case, found)
    return found


def _put(
    case: Case,
    found: Expected,
    target: str,
    path: str | None,
    before: File | None,
    mine: File,
    new: File,
    scratch: Path,
) -> bool:
    """Put the merged file into what is expected; returns whether it is a conflict."""
    if mine == new or new == before:
        found.files[target] = mine
        return False
    if mine == before:
        found.files[target] = new
        return False
    if LINK in (mine.mode, new.mode):
        found.files[target] = mine
        return True
    mode = mine.mode if before is None or new.mode == before.mode else new.mode
    if before is not None and before.mode != LINK and mine.data == before.data:
        found.files[target] = File(new.data, mode)
        return False
    if mine.data == new.data or (before is not None and new.data == before.data):
        found.files[target] = File(mine.data, mode)
        return False
    if not all(is_text(file) for file in (before, mine, new) if file):
        found.files[target] = File(mine.data, mode)
        return True
    return _put_text(case, found, target, path, (before.data if before else b"", mine.data, new.data), mode, scratch)


def _put_text(
    case: Case,
    found: Expected,
    target: str,
    path: str | None,
    texts: tuple[bytes, bytes, bytes],
    mode: str,
    scratch: Path,
) -> bool:
    ends = [_ends(text) for text in texts]
    windows = False
    if len(set(ends)) > 1 and "mixed" not in ends:
        windows = (ends[1] if ends[2] == ends[0] else ends[2]) == "\r\n"
        texts = tuple(text.replace(b"\r\n", b"\n") for text in texts)  # type: ignore[assignment]

    def ended(text: bytes) -> bytes:
        return text.replace(b"\n", b"\r\n") if windows else text

    merged, conflict = _merge(texts, scratch)
    by_hunks = _merged_by_hunks(case, path, texts) if path else None
    if by_hunks is True:
        assert conflict, f"seed {case.seed}: {target}: Git merges changes of the same lines"
    elif by_hunks:
        assert (by_hunks, False) == (merged, conflict), f"seed {case.seed}: {target}: the two references differ"
    if conflict and path and target.endswith("pyproject.toml"):
        before = texts[0].splitlines(keepends=True)
        hunks = changed_lines(*texts[:2])
        for hunk in reversed(hunks):
            if hunk.start != hunk.stop:
                before[hunk.start : hunk.stop] = hunk.lines
        alone, disagree = _merge((texts[0], b"".join(before), texts[2]), scratch)
        if not disagree:
            added = [line for hunk in hunks if hunk.start == hunk.stop for line in hunk.lines]
            found.united[target] = United(ended(alone), [ended(line) for line in added], mode)
            return False
    if conflict and target.endswith(".ipynb"):  # no program opens one with marks
        found.files[target] = File(ended(texts[1]), mode)
        return True
    if conflict:
        ours, theirs = (ended(_merge(texts, scratch, side)[0]) for side in ("--ours", "--theirs"))
        found.marked[target] = Marked(ours, theirs, mode)
        return True
    found.files[target] = File(ended(merged), mode)
    return False


def _ends(text: bytes) -> str:
    windows = text.count(b"\r\n")
    return "\n" if not windows else "\r\n" if windows == text.count(b"\n") else "mixed"


def _merge(texts: tuple[bytes, bytes, bytes], scratch: Path, *side: str) -> tuple[bytes, bool]:
    """Merge by Git, in a folder without settings; returns the text and whether there is a conflict."""
    for name, text in zip(("base", "mine", "new"), texts, strict=True):
        (scratch / name).write_bytes(text)
    command = ["git", "merge-file", "-p", "-q", *side, "mine", "base", "new"]
    done = subprocess.run(command, cwd=scratch, capture_output=True)
    assert done.returncode < 128, done.stderr
    return done.stdout, done.returncode > 0


def _merged_by_hunks(case: Case, path: str, texts: tuple[bytes, bytes, bytes]) -> bytes | bool | None:
    """Merge by the lines that are known to have been changed.

    Returns:
        The text, True if both changed a line in different ways, None if that cannot be known from lines alone.
    """
    mine = case.hunks.get(path)
    if mine is None or (path in case.crlf and not mine):
        return None
    before = texts[0].splitlines(keepends=True)
    ours = (
        [hunk._replace(lines=tuple(line.replace(b"\r\n", b"\n") for line in hunk.lines)) for hunk in mine]
        if b"\r\n" not in texts[0]
        else mine
    )
    theirs = changed_lines(texts[0], texts[2])
    if not all(line.startswith(MARK) for hunk in theirs for line in hunk.lines):
        return None  # an answer changed it: what was there before may be one of several texts
    for one in ours:
        for other in theirs:
            if max(one.start, other.start) < min(one.stop, other.stop) and one.lines and other.lines:
                return True
    reach = [[_reach(hunk, before) for hunk in hunks] for hunks in (ours, theirs)]
    if any(one[0] <= other[1] and other[0] <= one[1] for one in reach[0] for other in reach[1]):
        return None
    for hunk in sorted([*ours, *theirs], reverse=True):
        before[hunk.start : hunk.stop] = hunk.lines
    return b"".join(before)


def _reach(hunk: Hunk, lines: list[bytes]) -> tuple[int, int]:
    """Return from where to where a change may be: one of two equal lines that goes may be either of them."""
    start, stop = hunk.start, hunk.stop
    moved = list(hunk.lines) if start == stop else lines[start:stop] if not hunk.lines else []
    while moved and start and lines[start - 1] == moved[-1]:
        moved, start = [moved[-1], *moved[:-1]], start - 1
    moved = list(hunk.lines) if hunk.start == stop else lines[hunk.start : stop] if not hunk.lines else []
    while moved and stop < len(lines) and lines[stop] == moved[0]:
        moved, stop = [*moved[1:], moved[0]], stop + 1
    return start, stop


def _find_blocked(case: Case, found: Expected) -> None:
    """Find what of the user's is where files are added, and where it is once it is kept elsewhere."""
    added = [path for path in [*found.files, *found.marked] if path not in case.ours]
    for path in added:
        holders = {
            **{other: found.files for other in case.ours if other in found.files},
            **dict.fromkeys(case.untracked, found.untracked),
        }
        for other, holder in holders.items():
            if other == path or path.startswith(f"{other}/") or other.startswith(f"{path}/"):
                found.blocked.add(path if other.startswith(f"{path}/") else other)
                if case.keep:
                    found.kept[other] = (case.ours | case.untracked)[other]
                if other != path:
                    holder.pop(other, None)
                elif other in found.untracked:
                    del found.untracked[other]


@dataclass
class Result:
    """What an update did.

    Attributes:
        refused: the error that the update ended with.
        files: all files of the project, but for Git's.
        kept: what is in the folder that was named.
        conflicts: paths that were told to be conflicts.
        left_out: paths that were told to be left out.
        blocked: what was reported to be in the way.
        changes: paths that were told to change.
        unmerged: paths that Git knows to be conflicts.
        outside: whether anything outside of the project changed.
        again: paths that a second update would change.
        later: paths that an update to a version with the same template would change.
        status: what Git says of the project after a commit.
    """

    refused: str = ""
    files: Files = field(default_factory=dict)
    kept: Files = field(default_factory=dict)
    conflicts: set[str] = field(default_factory=set)
    left_out: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    changes: set[str] = field(default_factory=set)
    unmerged: set[str] = field(default_factory=set)
    outside: bool = False
    again: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    status: str = ""


def wrong(case: Case, wanted: Expected, result: Result) -> Iterator[str]:
    """Tell what an update did wrong, edit by edit and file by file."""
    if wanted.blocked != result.blocked:
        yield f"in the way are {sorted(wanted.blocked)}, told are {sorted(result.blocked)}"
    if wanted.blocked and not case.keep:
        if "nothing was changed" not in result.refused:
            yield f"an update that would overwrite {sorted(wanted.blocked)} is not refused: {result.refused!r}"
        if result.files != case.ours | case.untracked:
            yield f"a refused update changed {_different(case.ours | case.untracked, result.files)}"
        return
    if result.refused:
        yield f"the update is refused: {result.refused}"
        return
    places = [*((path, file) for path, file in result.files.items() if not path.endswith(".rej")), *result.kept.items()]
    for mark, edit in case.marks.items():
        count = sum(file.data.count(mark) for _, file in places)
        if count != 1:
            yield f"{edit} is there {count} times"
    yield from _wrong_files(case, wanted, result)
    for path, file in wanted.kept.items():
        if result.kept.get(path) != file:
            yield f"{path} is not as it was where it is kept"
    if wanted.conflicts != result.conflicts:
        yield f"conflicts are {sorted(wanted.conflicts)}, told are {sorted(result.conflicts)}"
    if wanted.left_out != result.left_out:
        yield f"left out are {sorted(wanted.left_out)}, told are {sorted(result.left_out)}"
    if wanted.conflicts != result.unmerged:
        yield f"conflicts are {sorted(wanted.conflicts)}, Git knows {sorted(result.unmerged)}"
    before = case.ours | case.untracked
    changed = {path for path in _different(before, result.files) if not path.endswith(".rej")}
    told = result.changes | result.conflicts | result.blocked
    unsaid = {path for path in changed if not any(path == other or path.startswith(f"{other}/") for other in told)}
    if unsaid:
        yield f"{sorted(unsaid)} changed and nothing was reported"
    silent = result.changes - changed - result.conflicts - result.left_out
    if silent:
        yield f"{sorted(silent)} were told to change and did not"
    if result.outside:
        yield "something outside of the project changed"
    if result.again:
        yield f"a second update changes {sorted(result.again)}"
    if result.later - {COPIER_FILE}:
        yield f"an update to the same template changes {sorted(result.later)}"
    if result.status:
        yield f"after a commit, Git says {result.status!r}"


def _wrong_files(case: Case, wanted: Expected, result: Result) -> Iterator[str]:
    rejected = {f"{path}.rej" for path in wanted.marked} if case.reject else set()
    files = wanted.files | wanted.untracked
    for path in sorted(files.keys() | result.files.keys() | wanted.marked.keys() | wanted.united.keys() | rejected):
        file, want = result.files.get(path), files.get(path)
        if path in rejected:
            if file is None or not file.data.strip():
                yield f"{path} does not say what is rejected"
        elif path in wanted.marked:
            yield from _wrong_conflict(case, path, wanted.marked[path], file)
        elif file is None:
            yield f"{path} is lost"
        elif path in wanted.united:
            if not wanted.united[path].fits(file):
                yield f"{path} does not hold the lines that the user added beside the template's"
        elif want is None:
            yield f"{path} should not be there"
        elif file.data != want.data:
            origin = (
                "the user's file"
                if want == case.ours.get(path)
                else "fresh"
                if want == case.theirs.get(path)
                else "merged"
            )
            yield f"{path} is not as it should be, which is {origin}"
        elif file.mode != want.mode:
            yield f"{path} has the mode {file.mode} instead of {want.mode}"


def _wrong_conflict(case: Case, path: str, wanted: Marked, file: File | None) -> Iterator[str]:
    if file is None:
        yield f"{path} is lost"
        return
    if file.mode != wanted.mode:
        yield f"{path} has the mode {file.mode} instead of {wanted.mode}"
    if case.reject:
        if file.data != wanted.ours:
            yield f"{path} is not the user's where both changed it"
        return
    # A conflict at the end of a text ends its last line.
    sides = [side.rstrip(b"\r\n") for side in _sides(file.data)]
    if sides != [side.rstrip(b"\r\n") for side in (wanted.ours, wanted.theirs)]:
        yield f"{path} does not hold both sides of its conflicts"


def _sides(text: bytes) -> tuple[bytes, bytes]:
    """Return a text with conflicts as it is with the user's side of each, and with the template's."""
    ours, theirs, side = b"", b"", "both"
    for line in text.splitlines(keepends=True):
        if line.startswith(b"<<<<<<< "):
            side = "ours"
        elif side == "ours" and line.rstrip() == b"=======":
            side = "theirs"
        elif side == "theirs" and line.startswith(b">>>>>>> "):
            side = "both"
        else:
            ours += line if side != "theirs" else b""
            theirs += line if side != "ours" else b""
    return ours, theirs


def _different(one: Files, other: Files) -> list[str]:
    return sorted(path for path in one.keys() | other.keys() if one.get(path) != other.get(path))
