"""A list of rows to pick from: what is pointed at, filtered and in sight. Nothing here touches the terminal."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len
from rich.text import Text

from .pages import CHOSEN, HEADING, QUIET, RECOMMENDED, STRONG, WIDEST, Marks, wrapped

LONG = 8
"""Rows from which on a list can be filtered by typing."""
NARROWEST = 24
"""Cells below which text does not stand beside a label but under it."""
MARKED = 3
"""Rows of the terminal below which there is no room to say what is out of sight."""


@dataclass(frozen=True)
class Row:
    """A row of a list.

    `value` is what picking it answers, `text` stands beside the label. `refusal` says why it cannot be taken, empty
    when it can. A heading only says what the rows below it have in common.
    """

    value: object
    label: str
    text: str = ""
    refusal: str = ""
    recommended: bool = False
    heading: bool = False

    @property
    def usable(self) -> bool:
        """Whether it can be picked."""
        return not self.heading and not self.refusal


@dataclass(frozen=True)
class Listing:
    """Rows, of which one is pointed at; every method that changes something returns a new listing.

    `pointed` is the index of that row. `ticked` holds the indices of ticked rows, or is None where a single row is
    picked. `top` is the line at which a page starts that was turned to; None where the page follows the pointer.
    """

    rows: tuple[Row, ...]
    pointed: int
    ticked: frozenset[int] | None = None
    pattern: str = ""
    top: int | None = None

    @classmethod
    def of(cls, rows: Sequence[Row], value: object = None, ticked: Sequence[object] | None = None) -> "Listing":
        """Return rows with the pointer at a value, or at the first row that can be taken."""
        usable = [index for index, row in enumerate(rows) if row.usable]
        pointed = next((index for index in usable if value is not None and rows[index].value == value), None)
        marked = None if ticked is None else frozenset(index for index in usable if rows[index].value in ticked)
        return cls(tuple(rows), usable[0] if pointed is None else pointed, marked)

    @property
    def filterable(self) -> bool:
        """Whether typing filters it: it is long, and Space does not tick."""
        return self.ticked is None and len(self._entries) >= LONG

    @property
    def _entries(self) -> list[int]:
        return [index for index, row in enumerate(self.rows) if not row.heading]

    @property
    def matching(self) -> list[int]:
        """Indices of the rows that the filter leaves; of headings, those that still have a row."""
        found: list[int] = []
        heading: int | None = None
        for index, row in enumerate(self.rows):
            if row.heading:
                heading = index
            elif self.pattern.strip().lower() in f"{row.label} {row.text} {row.refusal}".lower():
                found += [index] if heading is None else [heading, index]
                heading = None
        return found

    @property
    def counted(self) -> str:
        """How many rows the filter leaves."""
        left = len([index for index in self.matching if not self.rows[index].heading])
        return f"{left} of {len(self._entries)}"

    @property
    def usable(self) -> list[int]:
        """Indices of the rows that can be pointed at now."""
        return [index for index in self.matching if self.rows[index].usable]

    @property
    def picked(self) -> Row | None:
        """The row that is pointed at; None when the filter leaves none that can be taken."""
        return self.rows[self.pointed] if self.pointed in self.usable else None

    @property
    def values(self) -> list[object]:
        """Values of the ticked rows, in order."""
        return [self.rows[index].value for index in sorted(self.ticked or ())]

    def moved(self, by: int) -> "Listing":
        """Move the pointer; past the end it comes back at the other one."""
        usable = self.usable
        if not usable:
            return self
        place = usable.index(self.pointed) if self.pointed in usable else 0
        return replace(self, pointed=usable[(place + by) % len(usable)], top=None)

    def to_end(self, last: bool) -> "Listing":
        """Point at the first or the last row, and turn to that end of the list."""
        usable = self.usable
        if not usable:
            return self
        return replace(self, pointed=usable[-1 if last else 0], top=sys.maxsize if last else 0)

    def typed(self, text: str) -> "Listing":
        """Add to the filter."""
        return self._filtered(self.pattern + text)

    def erased(self) -> "Listing":
        """Take the last character off the filter."""
        return self._filtered(self.pattern[:-1])

    def unfiltered(self) -> "Listing":
        """Show all rows again."""
        return self._filtered("")

    def _filtered(self, pattern: str) -> "Listing":
        changed = replace(self, pattern=pattern, top=None)
        usable = changed.usable
        return changed if self.pointed in usable or not usable else replace(changed, pointed=usable[0])

    def toggled(self) -> "Listing":
        """Tick the row that is pointed at, or take its tick away."""
        return self if self.ticked is None else replace(self, ticked=self.ticked ^ {self.pointed})

    def turned(self, pages: int, marks: Marks, width: int, height: int) -> "Listing":
        """Turn pages; the pointer comes along where the page has a row to point at."""
        lines, owners = self._laid_out(marks, width)
        start = first_line(len(lines), self._start(owners, height), height)
        there = replace(self, top=first_line(len(lines), start + pages * max(height - 2, 1), height))
        inside = there._in_sight(marks, width, height)
        pointed = next((index for index in self.usable if index in inside), self.pointed)
        return replace(there, pointed=self.pointed if self.pointed in inside else pointed)

    def in_sight(self, marks: Marks, width: int, height: int) -> bool:
        """Tell whether the row that is pointed at can be seen."""
        return self.pointed in self._in_sight(marks, width, height)

    def _in_sight(self, marks: Marks, width: int, height: int) -> set[int]:
        lines, owners = self._laid_out(marks, width)
        start = first_line(len(lines), self._start(owners, height), height)
        first, end = between_marks(len(lines), start, height)
        return set(owners[first:end]) - set(owners[:first]) - (set(owners[end:]) if end - first > 1 else set())

    def length(self, marks: Marks, width: int) -> int:
        """Return how many lines it has."""
        return len(self._laid_out(marks, width)[0])

    def shown(self, marks: Marks, width: int, height: int) -> list[Text]:
        """Return the lines in sight, with marks where rows are out of it."""
        lines, owners = self._laid_out(marks, width)

        def hidden(sign: str, start: int, end: int) -> Text:
            count = len({owner for owner in owners[start:end] if not self.rows[owner].heading})
            return Text(f"   {sign} {count} more" if count else f"   {sign}", QUIET)

        return window(lines, self._start(owners, height), height, marks, hidden)

    def _start(self, owners: Sequence[int], height: int) -> int:
        if self.top is not None:
            return self.top
        if self.pointed not in owners:
            return 0
        place, size = owners.index(self.pointed), owners.count(self.pointed)
        return place - max((height - size) // 2, 1 if height >= MARKED else 0)

    def _laid_out(self, marks: Marks, width: int) -> tuple[list[Text], list[int]]:
        """Return all lines, and of each the index of its row."""
        width = min(width, WIDEST)
        box = 0 if self.ticked is None else 2
        column = max((5 + box + cell_len(row.label) for row in self.rows if not row.heading), default=0) + 2
        lines: list[Text] = []
        owners: list[int] = []
        for index in self.matching:
            row = self._row(index, column, marks, width)
            lines += row
            owners += [index] * len(row)
        return lines, owners

    def _row(self, index: int, column: int, marks: Marks, width: int) -> list[Text]:
        row, here = self.rows[index], index == self.pointed and self.picked is not None
        if row.heading:
            return wrapped(Text(f"   {row.label}", HEADING), width, indent=3)
        line = Text.assemble((f" {marks.pointer} " if here else "   ", CHOSEN))
        if self.ticked is not None:
            ticked = index in self.ticked
            sign = (marks.ticked if ticked else marks.unticked) if row.usable else " "
            line.append(f"{sign} ", CHOSEN if ticked else "")
        line.append(f"{marks.recommended} " if row.recommended else "- " if row.refusal else "  ", RECOMMENDED)
        if row.refusal:
            line.stylize(QUIET)
        start = line.cell_len
        line.append(row.label, QUIET if row.refusal else "")
        text = f"({row.refusal})" if row.refusal else row.text
        if width - column < NARROWEST:
            beside = wrapped(Text(" " * start + text, QUIET), width, indent=start) if text else []
            laid_out = [*wrapped(line, width, indent=start), *beside]
        elif text:
            line.pad_right(column - line.cell_len)
            line.append(text, QUIET)
            laid_out = wrapped(line, width, indent=column)
        else:
            laid_out = wrapped(line, width, indent=start)
        if here:
            for part in laid_out:
                part.stylize(STRONG)
        return laid_out


def first_line(length: int, wanted: int, height: int) -> int:
    """Return the line at which a page can start that is wanted to start at some line."""
    return max(0, min(wanted, length - height))


def between_marks(length: int, start: int, height: int) -> tuple[int, int]:
    """Return the first line in sight and the one after the last, but for the rows that marks take."""
    end = min(start + height, length)
    if height < MARKED:
        return start, end
    return start + (start > 0), end - (end < length)


def window(
    lines: Sequence[Text], wanted: int, height: int, marks: Marks, hidden: Callable[[str, int, int], Text]
) -> list[Text]:
    """Return the lines in sight, with marks in place of the first and the last where others are out of it.

    Args:
        lines: all of them.
        wanted: the line to start at, as far as possible.
        height: rows there are.
        marks: signs to use.
        hidden: what a mark says about the lines from one to another that are out of sight.
    """
    if height <= 0:
        return []
    start = first_line(len(lines), wanted, height)
    first, end = between_marks(len(lines), start, height)
    above = [hidden(marks.up, 0, first)] if first > start else []
    below = [hidden(marks.down, end, len(lines))] if end < min(start + height, len(lines)) else []
    return [*above, *lines[first:end], *below]
