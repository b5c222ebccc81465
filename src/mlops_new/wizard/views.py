"""What can stand on the screen: a question, the last page, something to read. Keys in, lines out; no terminal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from rich.text import Text

from ..catalog import Value
from .lists import Listing, window
from .pages import QUIET, REFUSED, STRONG, WIDEST, Marks, wrapped

Page = Callable[[int], Sequence[Text]]
"""Lines for a width."""
AIRY = 16
"""Rows of the terminal from which on there is room for an empty line."""
STICKY = 10
"""Rows from which on one is kept for what stands above a question."""
READABLE = 3
"""Rows of the last page that stay in sight, however many choices stand under it."""


class Move(Enum):
    """What the user does."""

    TAKE = "take"
    REST = "take, and the rest as recommended"
    BACK = "back"
    READ = "read all that stands above"


@dataclass(frozen=True)
class Size:
    """Of the terminal, in cells."""

    width: int
    height: int


@dataclass(frozen=True)
class Layout:
    """The lines of a screen; `below` stands under the line in which text is typed, where there is one."""

    above: list[Text]
    below: list[Text] = field(default_factory=list)


@dataclass(frozen=True)
class Keys:
    """What the help line says of keys that do not work everywhere.

    `back` is what Esc does, briefly; empty if it does nothing. `rest` tells whether the rest can be taken as
    recommended.
    """

    back: str = ""
    rest: bool = False


@dataclass(frozen=True)
class Menu:
    """A list of choices under a page.

    `notes` stand under the list. `refusal` returns why ticked values cannot be taken, empty if they can. `reading`
    says that the page is what matters and is read from its top; else its end is in sight, and pages of the list turn.
    `scroll` is the line of the page that it is read from. `sticky` stands in the line that says what is out of sight.
    """

    page: Page
    question: str
    listing: Listing
    marks: Marks
    keys: Keys
    notes: tuple[Text, ...] = ()
    refusal: Callable[[list[object]], str] = lambda _: ""
    reading: bool = False
    scroll: int = 0
    sticky: Text = field(default_factory=Text)
    error: str = ""

    def press(self, key: str, size: Size) -> "Menu | Reply":
        """Press a key: one of prompt_toolkit's names, or a character."""
        plain = replace(self, error="")
        listing = self.listing
        match key:
            case "up" | "c-p":
                return replace(plain, listing=listing.moved(-1))
            case "down" | "c-n":
                return replace(plain, listing=listing.moved(1))
            case "home" | "end":
                return replace(plain, listing=listing.to_end(last=key == "end"))
            case "pageup" | "pagedown":
                return plain._turned(1 if key == "pagedown" else -1, size)
            case "escape" | "left" | "c-b" if listing.pattern:
                return replace(plain, listing=listing.unfiltered())
            case "escape" | "left" | "c-b":
                return Reply(Move.BACK, plain) if self.keys.back else self
            case "c-o":
                return Reply(Move.READ, plain)
            case "c-m":
                return self._taken(Move.TAKE, size)
            case "c-r" if self.keys.rest:
                return self._taken(Move.REST, size)
            case "c-h":
                return replace(plain, listing=listing.erased())
            case " " if listing.ticked is not None:
                return replace(plain, listing=listing.toggled())
            case _ if listing.filterable and key.isprintable() and len(key) == 1:
                return replace(plain, listing=listing.typed(key))
        return self

    def _taken(self, move: Move, size: Size) -> "Menu | Reply":
        if self.listing.ticked is not None:
            error = self.refusal(self.listing.values)
            return replace(self, error=error) if error else Reply(move, self, self.listing.values)
        if self.listing.picked is None:
            return replace(self, error="none of these can be taken; Esc shows all" if self.listing.pattern else "")
        if not self.listing.in_sight(self.marks, size.width, self._heights(size)[1]):
            return replace(self, listing=self.listing.moved(0))
        return Reply(move, self, self.listing.picked.value)

    def _turned(self, pages: int, size: Size) -> "Menu":
        room, rows = self._heights(size)
        if not self.reading:
            return replace(self, listing=self.listing.turned(pages, self.marks, size.width, rows))
        lines = len(self.page(size.width))
        scroll = min(self.scroll, lines - room) + pages * max(room - 2, 1)
        return replace(self, scroll=max(0, min(scroll, lines - room)))

    def lines(self, size: Size) -> Layout:
        """Return the screen for a size."""
        room, rows = self._heights(size)
        head, foot = self._around(size)
        shown = self.listing.shown(self.marks, size.width, rows)
        return Layout([*self._page(size.width, room), *head, *shown, *foot])

    def _page(self, width: int, room: int) -> list[Text]:
        if not self.reading:
            return tail(self.page(width), room, self.marks, self.sticky)
        lines = self.page(width)
        return window(lines, self.scroll, room, self.marks, _lines_hidden(self.marks, {"up": "PgUp", "down": "PgDn"}))

    def _around(self, size: Size) -> tuple[list[Text], list[Text]]:
        """Return what stands over the list and what stands under it."""
        head = _question(self.marks, self.question, size.width)
        if self.listing.pattern:
            head.append(Text.assemble(f"   / {self.listing.pattern}", (f"   {self.listing.counted}", QUIET)))
        multiple, filtered = self.listing.ticked is not None, bool(self.listing.pattern)
        words = [
            f"{self.marks.arrows} move",
            *(["type to filter"] if self.listing.filterable and not filtered else []),
            *(["Space marks", "Enter takes them"] if multiple else ["Enter takes it"]),
            *_common(self.keys if not filtered else replace(self.keys, back="shows all")),
        ]
        return head, _foot(self.error, self.notes, words, self.marks, size, len(head) + 1)

    def _heights(self, size: Size) -> tuple[int, int]:
        """Return how many rows the page gets, and how many the list.

        A filter leaves the page as it is: the question must not jump while the user types.
        """
        head, foot = self._around(size)
        rest = size.height - len(head) - len(foot)
        if self.listing.pattern:
            room, _ = replace(self, listing=self.listing.unfiltered(), error="")._heights(size)
            return room, max(1, rest - room)
        long = len(self.page(size.width))
        kept = READABLE if self.reading else 1 if size.height >= STICKY else 0
        rows = max(1, min(self.listing.length(self.marks, size.width), rest - min(kept, long)))
        return max(0, min(long, rest - rows)), rows


@dataclass(frozen=True)
class Entry:
    """A question whose answer is typed, under a page.

    `check` returns the answer that a text means, or why it is refused. `empty` says what an emptied answer stands for.
    """

    page: Page
    question: str
    text: str
    check: "Callable[[str], Value | Refused]"
    marks: Marks
    keys: Keys
    notes: tuple[Text, ...] = ()
    sticky: Text = field(default_factory=Text)
    empty: str = ""
    error: str = ""

    def press(self, key: str, text: str) -> "Entry | Reply":
        """Press a key that does not edit, with some text typed."""
        here = replace(self, text=text, error="")
        match key:
            case "escape":
                return Reply(Move.BACK, here) if self.keys.back else here
            case "c-o":
                return Reply(Move.READ, here)
            case "c-m" | "c-r":
                answer = self.check(text)
                if isinstance(answer, Refused):
                    return replace(here, error=answer.reason)
                return Reply(Move.REST if key == "c-r" else Move.TAKE, here, answer)
        return here

    def lines(self, size: Size, text: str) -> Layout:
        """Return the screen for a size, and the text typed so far."""
        typed = entry_rows(text, size.width)
        head = _question(self.marks, self.question, size.width)
        words = ["Enter takes it", *_common(self.keys)]
        foot = _foot(self.error, self.notes, words, self.marks, size, len(head) + typed)
        room = size.height - len(head) - typed - len(foot)
        return Layout([*tail(self.page(size.width), room, self.marks, self.sticky), *head], foot)


@dataclass(frozen=True)
class Refused:
    """Why a text is no answer."""

    reason: str


@dataclass(frozen=True)
class Reading:
    """Something to read, a page at a time."""

    title: str
    page: Page
    marks: Marks
    scroll: int = 0

    def press(self, key: str, size: Size) -> "Reading | Reply":
        """Press a key: one of prompt_toolkit's names, or a character."""
        room = self._room(size)
        last = max(0, len(self.page(size.width)) - room)
        here = min(self.scroll, last)
        step = max(room - 2, 1)
        steps = {"up": -1, "c-p": -1, "down": 1, "c-n": 1, "pageup": -step, "pagedown": step, " ": step}
        match key:
            case "escape" | "left" | "c-b" | "c-m" | "q":
                return Reply(Move.BACK, self)
            case "home":
                return replace(self, scroll=0)
            case "end":
                return replace(self, scroll=last)
            case _ if key in steps:
                return replace(self, scroll=max(0, min(here + steps[key], last)))
        return self

    def lines(self, size: Size) -> Layout:
        """Return the screen for a size."""
        shown = window(self.page(size.width), self.scroll, self._room(size), self.marks, _lines_hidden(self.marks, {}))
        return Layout([*self._head(size), *shown, *self._foot(size)])

    def _head(self, size: Size) -> list[Text]:
        return [*wrapped(Text(self.title, STRONG), size.width), *_airy(size)]

    def _foot(self, size: Size) -> list[Text]:
        words = [f"{self.marks.arrows} PgUp PgDn Home End move", "Enter or Esc back", "Ctrl-C leaves"]
        return _foot("", (), words, self.marks, size, len(self._head(size)) + 1)

    def _room(self, size: Size) -> int:
        return max(1, size.height - len(self._head(size)) - len(self._foot(size)))


View = Menu | Entry | Reading


@dataclass(frozen=True)
class Reply:
    """What the user did, with the view as it was left: the pointer, the filter, the text."""

    move: Move
    view: View
    value: object = None


def entry_rows(text: str, width: int) -> int:
    """Return how many rows typed text takes, with the cursor behind it."""
    return -(-(Text(text).cell_len + 2) // max(width, 1))


def tail(lines: Sequence[Text], room: int, marks: Marks, sticky: Text) -> list[Text]:
    """Return the last lines that fit; where some do not, the first row says so, and how to see them."""
    if len(lines) <= room:
        return list(lines)
    if room <= 0:
        return []
    rest = list(lines[len(lines) - room + 1 :])
    heading = Text() if not sticky.plain or sticky in rest else Text.assemble(sticky, "   ")
    more = Text.assemble(heading, (f"{marks.up} {len(lines) - len(rest)} more lines, Ctrl-O shows all", QUIET))
    return [more, *rest]


def _lines_hidden(marks: Marks, keys: dict[str, str]) -> Callable[[str, int, int], Text]:
    def hidden(sign: str, start: int, end: int) -> Text:
        key = keys.get("up" if sign == marks.up else "down")
        return Text(f" {sign} {end - start} more lines{f', {key}' if key else ''}", QUIET)

    return hidden


def _question(marks: Marks, question: str, width: int) -> list[Text]:
    line = Text.assemble(("? ", "bold cyan"), (question, STRONG))
    return wrapped(line, min(width, WIDEST), indent=2)


def _airy(size: Size) -> list[Text]:
    return [Text()] if size.height >= AIRY else []


def _common(keys: Keys) -> list[str]:
    return [
        *(["Ctrl-R rest as recommended"] if keys.rest else []),
        *([f"Esc {keys.back}"] if keys.back else []),
        "Ctrl-C leaves",
    ]


def _foot(error: str, notes: Sequence[Text], words: Sequence[str], marks: Marks, size: Size, taken: int) -> list[Text]:
    """Return what stands at the end of a screen; of a low one, what matters most."""
    width = min(size.width, WIDEST)
    help_lines = [Text(line, QUIET) for line in joined(words, f" {marks.dot} ", width)]
    errors = wrapped(Text(f" {error}", REFUSED), width, indent=1) if error else []
    said = [line for note in notes for line in wrapped(Text.assemble(" ", note), width, indent=3)]
    for lines in ([*_airy(size), *errors, *said, *help_lines], [*errors, *help_lines], errors):
        if taken + len(lines) + 1 <= size.height:
            return lines
    return []


def joined(words: Sequence[str], dot: str, width: int) -> list[str]:
    """Join what the help line says of each key, broken between keys."""
    lines: list[str] = []
    for word in words:
        if lines and len(lines[-1]) + len(dot) + len(word) <= width:
            lines[-1] += dot + word
        else:
            lines.append(f" {word}")
    return [piece for line in lines for piece in ([line] if len(line) <= width else _cut(line, width))]


def _cut(line: str, width: int) -> list[str]:
    return [part.plain for part in wrapped(Text(line), width, indent=1)]
