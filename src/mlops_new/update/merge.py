"""The three-way merge of a project: what the template was, what the user made of it, and what the template is now."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import PurePosixPath
from typing import Literal, NamedTuple

from .tree import LINK, File, Tree

Kind = Literal["added", "changed", "moved", "removed", "left out", "conflict"]
"""What happens to a file; `left out`: the template changes a file that the user removed."""
Reason = Literal["content", "binary", "type", "modify/delete", "rename", "add/add", "lock"]
"""Why a person has to decide."""
LOCKS = frozenset({"uv.lock"})
"""Files that a program writes from others; lines of two of them make no third that is valid."""
NOTEBOOKS = frozenset({".ipynb"})
"""Suffixes of files that their program cannot open with marks in them."""
LISTS = frozenset({"pyproject.toml"})
"""Files of lists, in which a line that a user added stays valid whatever happens to the lines beside it."""

SIMILAR = 0.5
"""A file that is as similar as this to one that went is the same file under another name, as in Git."""
_BINARY_PROBE = 8000
"""Bytes in which Git looks for a zero byte to tell that a file is no text."""


class Text(NamedTuple):
    """Lines of three texts, merged.

    Attributes:
        data: the result; where both changed the same lines it holds both, marked, or ours.
        conflict: whether both changed the same lines.
        rejected: the changes of theirs that are not in `data`, as a diff; empty if they are marked there.
    """

    data: bytes
    conflict: bool
    rejected: bytes = b""


TextMerge = Callable[[bytes, bytes, bytes], Text]
"""(ours, base, theirs) → the merged text."""


@dataclass(frozen=True)
class Outcome:
    """What an update does with one file.

    Attributes:
        path: where the file is afterwards, or was if it goes.
        kind: what happens.
        file: what is there afterwards; None if nothing is.
        moved_from: where the user's file was, if that was elsewhere.
        reason: why a person has to decide; None where that is not needed.
        base: the file in the old template.
        ours: the user's file.
        theirs: the file in the new template.
        rejected: changes of the template that are not in `file`, as a diff.
    """

    path: str
    kind: Kind
    file: File | None
    moved_from: str | None = None
    reason: Reason | None = None
    base: File | None = None
    ours: File | None = None
    theirs: File | None = None
    rejected: bytes = b""


def merge(base: Tree, ours: Tree, theirs: Tree, renamed: Mapping[str, str], text: TextMerge) -> list[Outcome]:
    """Merge two trees that come from one.

    Args:
        base: what the old template gives.
        ours: the user's files.
        theirs: what the new template gives.
        renamed: old path → new path of the files that the template renamed.
        text: merges the lines of three texts.

    Returns:
        By path, what happens to each file that does not stay as it is, and to each that a person has to decide on.
    """
    # A file that the template adds where the user has one is the template's, whatever the user's was before; unless it
    # is the same one, which both moved there.
    moved = {old: new for old, new in renames(base, ours).items() if new not in theirs or new == renamed.get(old)}
    outcomes = [
        _merged(path, moved.get(path, path), renamed.get(path, path), base, ours, theirs, text) for path in base
    ]
    known = {renamed.get(path, path) for path in base}
    for path in theirs.keys() - known:
        mine, new = ours.get(path), theirs[path]
        if mine is None:
            outcomes.append(Outcome(path, "added", new, theirs=new))
        else:
            outcomes.append(_combined(path, path, None, mine, new, text))
    return sorted(filter(None, outcomes), key=lambda outcome: outcome.path)


def renames(before: Tree, after: Tree) -> dict[str, str]:
    """Return old path → new path of the files that are elsewhere, told by what they hold."""
    gone = [path for path in before if path not in after]
    new = [path for path in after if path not in before]
    pairs = sorted((-similarity(before[old], after[path]), old, path) for old in gone for path in new)
    found: dict[str, str] = {}
    for score, old, path in pairs:
        if -score >= SIMILAR and old not in found and path not in found.values():
            found[old] = path
    return found


def similarity(one: File, other: File) -> float:
    """Return the part of the larger file's bytes, from 0 to 1, that are in lines of both; 0 for empty files."""
    larger = max(len(one.data), len(other.data))
    if not larger or LINK in (one.mode, other.mode):
        return 0.0
    if one.data == other.data:
        return 1.0
    common = Counter(one.data.splitlines(keepends=True)) & Counter(other.data.splitlines(keepends=True))
    return sum(len(line) * count for line, count in common.items()) / larger


def is_text(file: File) -> bool:
    """Tell whether Git would merge a file by its lines."""
    return file.mode != LINK and b"\0" not in file.data[:_BINARY_PROBE]


def _merged(path: str, here: str, there: str, base: Tree, ours: Tree, theirs: Tree, text: TextMerge) -> Outcome | None:
    """Merge a file of the old template, which the user has `here` and the new template `there`."""
    before, mine, new = base[path], ours.get(here), theirs.get(there)
    if mine is None:
        if new is None or (new == before and there == path):
            return None
        return Outcome(there, "left out", None, base=before, theirs=new)
    if new is None:
        if mine == before and here == path:
            return Outcome(path, "removed", None, base=before, ours=mine)
        return Outcome(here, "conflict", mine, reason="modify/delete", base=before, ours=mine)
    if here != path and there not in (path, here):  # both renamed it
        return _combined(here, here, before, mine, new, text, "rename")
    if here == path != there and there in ours:  # the user has another file there
        return _combined(here, here, before, mine, new, text, "rename")
    return _combined(there if here == path else here, here, before, mine, new, text)


def _combined(
    place: str, here: str, base: File | None, ours: File, theirs: File, text: TextMerge, reason: Reason | None = None
) -> Outcome | None:
    """Merge content and mode of a file; `place` is where it goes, `here` where the user has it."""
    merged, found, rejected = _content(base, ours, theirs, text)
    if found == "content" and base and PurePosixPath(place).name in LISTS:
        listed = _with_added_lines(ours.data, base.data, theirs.data, text)
        merged, found, rejected = (File(listed, merged.mode), None, b"") if listed else (merged, found, rejected)
    if found == "content" and PurePosixPath(place).suffix in NOTEBOOKS:
        merged, found, rejected = ours, "binary", b""
    if PurePosixPath(place).name in LOCKS and (found == "content" or merged.data not in (ours.data, theirs.data)):
        merged, found, rejected = theirs, "lock", b""
    reason = reason or found
    moved_from = here if place != here else None
    if reason is None and merged == ours and moved_from is None:
        return None
    kind: Kind = "conflict" if reason else "moved" if moved_from else "changed"
    return Outcome(place, kind, merged, moved_from, reason, base, ours, theirs, rejected)


def _content(base: File | None, ours: File, theirs: File, text: TextMerge) -> tuple[File, Reason | None, bytes]:
    """Merge what a file holds, and its mode."""
    if ours == theirs or theirs == base:
        return ours, None, b""
    if ours == base:
        return theirs, None, b""
    modes = {file.mode for file in (base, ours, theirs) if file}
    if LINK in modes:
        return ours, "binary" if modes == {LINK} else "type", b""
    mode = ours.mode if base is None or theirs.mode == base.mode else theirs.mode
    if base is not None and ours.data == base.data:
        return File(theirs.data, mode), None, b""
    if ours.data == theirs.data or (base is not None and theirs.data == base.data):
        return File(ours.data, mode), None, b""
    if not all(is_text(file) for file in (base, ours, theirs) if file):
        return File(ours.data, mode), "binary", b""
    merged = _lines(ours.data, base.data if base else b"", theirs.data, text)
    reason: Reason | None = ("content" if base else "add/add") if merged.conflict else None
    return File(merged.data, mode), reason, merged.rejected


def _lines(ours: bytes, base: bytes, theirs: bytes, text: TextMerge) -> Text:
    """Merge three texts by their lines; an end of line is not part of a line if each text has only one kind of it."""
    ends = [_line_end(data) for data in (ours, base, theirs)]
    if None in ends or len(set(ends)) == 1:
        return text(ours, base, theirs)
    merged = text(*(data.replace(b"\r\n", b"\n") for data in (ours, base, theirs)))
    if (ends[0] if ends[2] == ends[1] else ends[2]) == b"\n":
        return merged
    return Text(merged.data.replace(b"\n", b"\r\n"), merged.conflict, merged.rejected)


def _with_added_lines(ours: bytes, base: bytes, theirs: bytes, text: TextMerge) -> bytes | None:
    """Merge what the user changed, then put what they added before the line that it stood before; None if that fails.

    To Git, lines that are added beside lines that the other side changes are a conflict.
    """
    before, mine = (data.splitlines(keepends=True) for data in (base, ours))
    changed: list[bytes] = []
    added: list[tuple[int, list[bytes]]] = []
    for kind, start, _, mine_start, mine_end in SequenceMatcher(None, before, mine, autojunk=False).get_opcodes():
        if kind == "insert":
            added.append((start, mine[mine_start:mine_end]))
        else:
            changed += mine[mine_start:mine_end]
    merged = text(b"".join(changed), base, theirs)
    if merged.conflict or not all(end.endswith(b"\n") for end in (ours[-1:], merged.data[-1:])):
        return None
    lines = merged.data.splitlines(keepends=True)
    blocks = SequenceMatcher(None, before, lines, autojunk=False).get_matching_blocks()
    places = {block.a + offset: block.b + offset for block in blocks for offset in range(block.size)}
    for start, block in reversed(added):
        place = next((places[number] for number in range(start, len(before)) if number in places), len(lines))
        lines[place:place] = block
    return b"".join(lines)


def _line_end(data: bytes) -> bytes | None:
    """Return how all lines of a text end, or None if they differ."""
    windows = data.count(b"\r\n")
    if not windows:
        return b"\n"
    return b"\r\n" if windows == data.count(b"\n") else None
