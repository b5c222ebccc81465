"""The wizard's terminal: a thin shell of prompt_toolkit around the views, which draws them and hands them keys."""

import asyncio
import functools
import io
import sys
from collections.abc import Generator

from prompt_toolkit.application import Application
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.formatted_text import ANSI, StyleAndTextTuples, to_formatted_text
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import (
    BufferControl,
    ConditionalContainer,
    Dimension,
    FormattedTextControl,
    HSplit,
    Layout,
    Window,
)
from prompt_toolkit.layout.processors import AfterInput, BeforeInput, ConditionalProcessor
from prompt_toolkit.output import create_output
from prompt_toolkit.utils import is_dumb_terminal
from rich.console import Console
from rich.text import Text

from ..errors import InputError
from . import pages, views
from .conversation import Step, Work
from .pages import Marks
from .views import Entry, Page, Size

ESCAPE_WAIT = 0.1
"""Seconds after which Esc is a key of its own and not the start of another one, such as an arrow."""
LIST_KEYS = ("up", "down", "left", "home", "end", "pageup", "pagedown", "c-h", "c-b", "c-n", "c-p")
"""Keys that move in a list and edit text."""
OTHER_KEYS = ("c-m", "c-r", "c-o", "escape")
"""Keys that no text needs."""


def open_terminal() -> Marks:
    """Return the signs that the terminal of this process can print.

    Raises:
        InputError: it cannot move its cursor.
    """
    if is_dumb_terminal():
        raise InputError(
            "this terminal cannot show menus (TERM is dumb or unknown); add --defaults, --answers FILE or "
            "--set NAME=VALUE, or set TERM to what the terminal is"
        )
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a project's description may hold what the terminal cannot show
    try:
        "".join(vars(pages.UNICODE).values()).encode(sys.stdout.encoding)
    except (UnicodeEncodeError, LookupError):
        return pages.ASCII
    return pages.UNICODE


def record(page: Page) -> None:
    """Leave a page in the terminal, where it scrolls as all output does."""
    console = Console(highlight=False)
    width = create_output(sys.stdout).get_size().columns  # what a shell once exported as COLUMNS may be stale
    for line in [Text(), *page(width)]:
        console.print(line, soft_wrap=True)


class Terminal:
    """Runs steps in the terminal's second screen, which is laid out anew whenever the size changes."""

    def __init__(self, steps: Generator[Step, object, None]) -> None:
        """Lay out the screen.

        Args:
            steps: what to show and to do.
        """
        self._steps = steps
        self._step: Step | None = None
        self._drawn = False
        self._drawn_size = Size(0, 0)
        self._buffer = Buffer(multiline=False)
        self._app: Application[None] = Application(
            self._layout(), key_bindings=self._bindings(), full_screen=True, erase_when_done=True
        )
        self._app.ttimeoutlen = ESCAPE_WAIT
        self._app.before_render += lambda _: self._clear_if_resized()
        self._app.after_render += lambda _: self._note_drawn()

    def run(self) -> None:
        """Run the steps to their end.

        Raises:
            KeyboardInterrupt: Ctrl-C.
            EOFError: Ctrl-D where text is typed, or the terminal is gone.
        """
        self._app.run(pre_run=self._begin, set_exception_handler=False)

    def _begin(self) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: self._fail(context.get("exception")))
        self._advance(None)

    def _fail(self, error: BaseException | None) -> None:
        if error is not None and self._app.future is not None and not self._app.future.done():
            self._app.exit(exception=error)

    def _advance(self, reply: object) -> None:
        """Hand in what came of a step, and begin the next one."""
        try:
            self._step = self._steps.send(reply)
        except StopIteration:
            self._app.exit()
            return
        except BaseException as error:  # an interrupt, too, which the event loop would only report
            self._fail(error)
            return
        self._begin_step(self._step)

    def _begin_step(self, step: Step) -> None:
        if isinstance(step, Work):
            self._drawn = False
            self._app.create_background_task(self._work(step))
        elif isinstance(step, Entry):
            self._buffer.set_document(Document(step.text), bypass_readonly=True)
            self._app.layout.focus(self._buffer)
        else:
            self._app.layout.focus(self._list_window)
        self._app.invalidate()

    async def _work(self, work: Work) -> None:
        try:
            result = await asyncio.get_running_loop().run_in_executor(None, work.run)
        except Exception as error:  # whatever it is, the caller of the wizard gets it
            self._fail(error)
        else:
            self._advance(result)

    def _clear_if_resized(self) -> None:
        """Begin at the top of an empty screen when the size has changed: the cursor may be anywhere by then."""
        size = self._size
        if size != self._drawn_size and self._drawn_size != Size(0, 0):
            self._app.renderer.reset(leave_alternate_screen=False)
            self._app.output.erase_screen()
            self._app.output.cursor_goto(0, 0)
        self._drawn_size = size

    def _note_drawn(self) -> None:
        self._drawn = not isinstance(self._step, Work)

    @property
    def _size(self) -> Size:
        size = self._app.output.get_size()
        return Size(size.columns, size.rows)

    def _lines(self) -> views.Layout:
        step = self._step
        if step is None:
            return views.Layout([])
        return step.lines(self._size, self._buffer.text) if isinstance(step, Entry) else step.lines(self._size)

    def _layout(self) -> Layout:
        typing = Condition(lambda: isinstance(self._step, Entry))
        above = FormattedTextControl(lambda: fragments(self._lines().above), focusable=True, show_cursor=False)
        below = FormattedTextControl(lambda: fragments(self._lines().below))
        placeholder = AfterInput(lambda: [("dim", self._step.empty if isinstance(self._step, Entry) else "")])
        typed = BufferControl(
            self._buffer,
            input_processors=[
                BeforeInput(" "),
                ConditionalProcessor(placeholder, Condition(lambda: not self._buffer.text)),
            ],
        )
        entry = Window(
            typed,
            wrap_lines=True,
            height=lambda: Dimension.exact(views.entry_rows(self._buffer.text, self._size.width)),
        )
        self._list_window = Window(above, height=self._above_height, always_hide_cursor=~typing)
        return Layout(HSplit([self._list_window, ConditionalContainer(HSplit([entry, Window(below)]), typing)]))

    def _above_height(self) -> Dimension | None:
        return Dimension.exact(len(self._lines().above)) if isinstance(self._step, Entry) else None

    def _bindings(self) -> KeyBindings:
        bindings = KeyBindings()
        in_list = Condition(lambda: not isinstance(self._step, Entry))
        for key in OTHER_KEYS:
            bindings.add(key, eager=True)(functools.partial(self._press, key))
        for key in LIST_KEYS:
            bindings.add(key, eager=True, filter=in_list)(functools.partial(self._press, key))
        bindings.add(Keys.Any, filter=in_list)(lambda event: self._press(event.data, event))
        for key in ("c-c", Keys.SIGINT):
            bindings.add(key, eager=True)(lambda event: event.app.exit(exception=KeyboardInterrupt))
        empty = Condition(lambda: isinstance(self._step, Entry) and not self._buffer.text)
        bindings.add("c-d", eager=True, filter=empty)(lambda event: event.app.exit(exception=EOFError))
        return bindings

    def _press(self, key: str, _: KeyPressEvent) -> None:
        step = self._step
        if step is None or isinstance(step, Work) or not self._drawn:
            return
        answer = step.press(key, self._buffer.text) if isinstance(step, Entry) else step.press(key, self._size)
        if isinstance(answer, views.Reply):
            self._advance(answer)
        else:
            self._step = answer


def fragments(lines: list[Text]) -> StyleAndTextTuples:
    """Return lines as prompt_toolkit draws them."""
    console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=10_000, no_color=False)
    with console.capture() as capture:
        for number, line in enumerate(lines):
            console.print(line, end="\n" if number + 1 < len(lines) else "", soft_wrap=True, highlight=False)
    return to_formatted_text(ANSI(capture.get()))
