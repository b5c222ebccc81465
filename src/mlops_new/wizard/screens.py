"""The wizard's terminal: the page above, and the prompts below it as thin shells around questionary."""

import io
import os
import signal
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import questionary
from prompt_toolkit.application import Application, get_app_session
from prompt_toolkit.filters import to_filter
from prompt_toolkit.formatted_text import StyleAndTextTuples, to_formatted_text
from prompt_toolkit.input.typeahead import clear_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.utils import is_dumb_terminal
from questionary.prompts.common import InquirerControl
from rich.console import Console
from rich.text import Text

from ..catalog import Question, Value
from ..errors import InputError
from . import pages
from .flow import Flow, QuestionState
from .pages import Marks

STYLE = questionary.Style(
    [
        ("qmark", "fg:ansicyan bold"),
        ("pointer", "fg:ansicyan bold"),
        ("quiet", "dim"),
        ("recommended", "fg:ansigreen"),
        ("selected", "fg:ansicyan"),
        ("disabled", "dim"),
        ("answer", ""),
        ("news", "fg:ansiyellow"),
        ("separator", "fg:ansicyan"),
        ("cursor-line", "nounderline bold"),
        ("validation-toolbar", "noreverse fg:ansired bg:default"),
        ("bottom-toolbar", "noreverse"),
    ]
)
ESCAPE_WAIT = 0.1
"""Seconds after which Esc is a key of its own and not the start of another one, such as an arrow."""
MARGIN = 5
"""Cells before a choice's label: the pointer and a mark."""
BOX = 2
"""Cells of the box that is ticked where several choices can be taken."""
NARROWEST = 24
"""Cells below which text does not stand beside a label but under it."""


class Move(Enum):
    """What the user does instead of answering."""

    BACK = "back"
    CREATE = "create"
    CHANGE = "change"
    CANCEL = "cancel"


@dataclass
class Screen:
    """The page that stands above the prompt. A page that extends the one shown is appended, not redrawn.

    `shown` is what stands there now.
    """

    console: Console
    marks: Marks
    shown: list[Text] = field(default_factory=list)

    @classmethod
    def open(cls) -> "Screen":
        """Open the terminal of this process.

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
        return cls(Console(highlight=False), _marks(sys.stdout.encoding))

    @property
    def width(self) -> int:
        """Of the terminal, in cells; it may change at any time."""
        return self._size().columns

    def _size(self) -> os.terminal_size:
        """Return what the terminal itself reports; COLUMNS and LINES may be stale."""
        size = os.get_terminal_size(sys.stdout.fileno())
        return size if size.columns and size.lines else os.terminal_size((80, 24))

    def show(self, page: Sequence[Text]) -> None:
        """Replace the page by another one."""
        stays = len(self.shown) if list(page[: len(self.shown)]) == self.shown else 0
        if self.shown and not stays:  # all of it: what did not change may have scrolled out of sight
            gone = sum(pages.rows(line, self.width) for line in self.shown)
            self.console.file.write(f"\x1b[{min(gone, self._size().lines)}A\r\x1b[J")
        for line in page[stays:]:
            self.console.print(line, soft_wrap=True)
        self.shown = list(page)

    @contextmanager
    def busy(self, message: str) -> Iterator[None]:
        """Say under the page what takes a moment, and drop what is typed meanwhile.

        A hasty Enter must not accept a page that the user has not seen.

        Raises:
            KeyboardInterrupt: Ctrl-C was pressed meanwhile.
        """
        clear_typeahead(get_app_session().input)
        with _held_back(), _deaf():
            self.show([*self.shown, Text(), Text(message, pages.QUIET)])
            yield


@contextmanager
def _held_back() -> Iterator[None]:
    """Defer an interrupt to the end of the block.

    Raised where Python happens to be clearing up an object, it would be reported and forgotten.
    """
    interrupts: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if interrupts:  # an error is one, too, where the interrupt also reached Git
            raise KeyboardInterrupt


@contextmanager
def _deaf() -> Iterator[None]:
    """Discard what is typed, without showing it; Ctrl-C still works."""
    if sys.platform == "win32":
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    as_it_was = termios.tcgetattr(terminal)
    silent = termios.tcgetattr(terminal)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, as_it_was)


def _marks(encoding: str) -> Marks:
    try:
        "".join(vars(pages.UNICODE).values()).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return pages.ASCII
    return pages.UNICODE


def ask(screen: Screen, flow: Flow, state: QuestionState, note: str = "", *, back: str) -> Value | Move:
    """Ask one question.

    Args:
        screen: where.
        flow: where the wizard stands.
        state: the question.
        note: why it is asked, where that is not plain.
        back: what Esc does, briefly; empty if it does nothing.

    Returns:
        The answer, or BACK.
    """
    footer = _footer(f" {note}", "class:news", screen) if note else []
    because = ", ".join(
        f"{pages.title(other.question)}: {pages.answer_text(other.question, other.answer)}"
        for other in flow.because(state.question.name)
    )
    if because or state.question.choices:
        other = not state.question.choices and state.answer != state.recommended
        what = f"{pages.answer_text(state.question, state.recommended)} is recommended" if other else "recommended"
        why = f" because of {because}" if because else ""
        footer += _footer(f" {screen.marks.recommended} {what}{why}", "class:recommended", screen)
    if not state.question.choices:
        return _ask_text(screen, flow, state, footer, back)
    if state.question.multiselect:
        return _ask_several(screen, flow, state, footer, back)
    return _ask_one(screen, state, footer, back)


def _ask_text(screen: Screen, flow: Flow, state: QuestionState, footer: StyleAndTextTuples, back: str) -> Value | Move:
    question = state.question

    def validate(text: str) -> bool | str:
        value = _parsed(question, text)
        if value is None:
            return "a whole number is expected, such as 500"
        return flow.questionnaire.refusal(question, value, state.before) or True

    prompt = questionary.text(
        f"{question.help}\n ",
        default=str(state.answer),
        validate=validate,
        qmark="?",
        style=STYLE,
        erase_when_done=True,
    )
    answer = _run(prompt, [*footer, *_keys(screen, ["Enter takes it"], back)], back_keys=("escape",) if back else ())
    if answer is Move.BACK:
        return Move.BACK
    value = _parsed(question, str(answer))
    return str(answer) if value is None else value


def _parsed(question: Question, text: str) -> Value | None:
    """Return what was typed, in the question's type; None if it is not a number where one is needed."""
    if question.type != "int":
        return text
    try:
        return int(text.replace(",", ""))
    except ValueError:
        return None


def _ask_one(screen: Screen, state: QuestionState, footer: StyleAndTextTuples, back: str) -> Value | Move:
    choices = _choices(screen, state)
    start = next((choice for choice in choices if choice.value == state.answer and not choice.disabled), None)
    prompt = _select(screen, state.question.help, choices, start)
    picked: Value | Move = _menu(screen, prompt, footer, back)
    return picked


def _ask_several(
    screen: Screen, flow: Flow, state: QuestionState, footer: StyleAndTextTuples, back: str
) -> Value | Move:
    def validate(values: list[str]) -> bool | str:
        return flow.questionnaire.refusal(state.question, values, state.before) or True

    prompt = questionary.checkbox(
        state.question.help,
        _choices(screen, state),
        validate=validate,
        qmark="?",
        pointer=screen.marks.pointer,
        instruction=" ",
        style=STYLE,
        erase_when_done=True,
    )
    answer = _menu(screen, prompt, footer, back, "Space marks", "Enter takes them")
    return Move.BACK if answer is Move.BACK else [str(value) for value in answer]


def _choices(screen: Screen, state: QuestionState) -> list[questionary.Choice]:
    box = BOX if state.question.multiselect else 0
    column = MARGIN + box + max(len(option.choice.label) for option in state.options) + 2
    recommended = state.recommended if isinstance(state.recommended, list) else [state.recommended]
    answer = state.answer if isinstance(state.answer, list) else []
    choices = []
    for option in state.options:
        label, usable = option.choice.label, not option.refusal
        start = MARGIN + len(label) + (box if usable else 0)
        text = _beside(option.choice.when if usable else f"({option.refusal})", start, column, screen.width)
        if usable:
            star = screen.marks.recommended if option.choice.value in recommended else " "
            title = [("class:recommended", f"{star} "), ("class:text", label), ("class:quiet", text)]
            checked = option.choice.value in answer
            choices.append(questionary.Choice(title, option.choice.value, checked=checked))
        else:  # questionary itself adds " (" and ")"
            before, _, reason = text.partition("(")
            title = [("class:disabled", label + before[:-1])]
            choices.append(questionary.Choice(title, option.choice.value, disabled=reason[:-1]))
    return choices


def _beside(text: str, start: int, column: int, width: int) -> str:
    """Wrap text in a column behind a label that ends at `start`; under the label if the terminal is narrow."""
    width = min(width, pages.WIDEST)
    if width - column < NARROWEST:
        column, start = MARGIN + 1, 0
    lines = textwrap.wrap(text, max(width - column, 10))
    first = " " * (column - start) if start else "\n" + " " * column
    return first + f"\n{' ' * column}".join(lines)


def menu(screen: Screen, name: str, files: int) -> Move:
    """Ask what to do on the last page."""
    rows = [
        ("Create the project", f"{files} files in {name}/", Move.CREATE),
        ("Change an answer", "what depends on it follows", Move.CHANGE),
        ("Leave", "nothing is written", Move.CANCEL),
    ]
    choices = [
        questionary.Choice([("class:text", f"{label:<20}"), ("class:quiet", text)], move) for label, text, move in rows
    ]
    picked: Move = _menu(screen, _select(screen, "What next?", choices, None), [], "back to the last question")
    return picked


def pick(screen: Screen, flow: Flow) -> str | Move:
    """Ask which answer to change: return the name of its question, or BACK."""
    choices: list[questionary.Choice] = []
    stage = ""
    for state in flow.states:
        if state.settled and not state.ruled_out:
            continue
        if state.question.stage != stage:
            stage = state.question.stage
            choices.append(questionary.Separator(stage.capitalize()))
        name = f"{pages.title(state.question):<{pages.COLUMN - 2}}"
        value = pages.answer_text(state.question, state.answer)
        if state.settled:
            reasons = "; ".join(f"{option.choice.label}: {option.refusal}" for option in state.ruled_out)
            title, disabled = [("class:disabled", name + value)], f"only this: {reasons}"
        else:
            text = textwrap.shorten(value, max(screen.width - len(name) - MARGIN, NARROWEST), placeholder=" ...")
            title, disabled = [("class:text", f"  {name}"), ("class:quiet", text)], None
        choices.append(questionary.Choice(title, state.question.name, disabled))
    note = _footer(" Answers with a single choice offered are left out.", "class:quiet", screen)
    picked: str | Move = _menu(screen, _select(screen, "Which answer?", choices, None), note, "back")
    return picked


def _select(
    screen: Screen, message: str, choices: Sequence[questionary.Choice], start: questionary.Choice | None
) -> questionary.Question:
    return questionary.select(
        message,
        choices,
        default=start,
        qmark="?",
        pointer=screen.marks.pointer,
        instruction=" ",
        style=STYLE,
        erase_when_done=True,
    )


def _menu(screen: Screen, prompt: questionary.Question, footer: StyleAndTextTuples, back: str, *keys: str) -> Any:  # noqa: ANN401 - questionary's answers have no type
    what = [f"{screen.marks.arrows} move", *(keys or ["Enter takes it"])]
    return _run(prompt, [*footer, *_keys(screen, what, back)], ("escape", "left", "c-b") if back else ())


def _keys(screen: Screen, what: Sequence[str], back: str) -> StyleAndTextTuples:
    words = [*what, *([f"Esc {back}"] if back else []), "Ctrl-C leaves"]
    return _footer(" " + f" {screen.marks.dot} ".join(words), "class:quiet", screen)


def _footer(text: str, style: str, screen: Screen) -> StyleAndTextTuples:
    lines = textwrap.wrap(text, min(screen.width, pages.WIDEST), drop_whitespace=True, subsequent_indent="   ")
    return [(style, "".join(f"\n{line}" for line in lines))]


def _run(prompt: questionary.Question, footer: StyleAndTextTuples, back_keys: Sequence[str]) -> Any:  # noqa: ANN401 - questionary's answers have no type
    """Run a prompt with a footer under it, that some keys leave with BACK.

    Raises:
        KeyboardInterrupt: Ctrl-C.
        EOFError: Ctrl-D, or the terminal is gone.
    """
    keys = KeyBindings()

    def back(event: KeyPressEvent) -> None:
        event.app.exit(result=Move.BACK)

    def leave(event: KeyPressEvent) -> None:
        event.app.exit(exception=KeyboardInterrupt)

    for key in back_keys:
        keys.add(key, eager=True)(back)
    keys.add(Keys.SIGINT)(leave)  # Ctrl-C in the moment before the terminal hands over keys
    application = prompt.application
    application.key_bindings = merge_key_bindings([application.key_bindings or KeyBindings(), keys])
    application.ttimeoutlen = ESCAPE_WAIT
    for window in application.layout.find_all_windows():
        window.wrap_lines = to_filter(True)  # a terminal that gets narrower cuts nothing off
        window.dont_extend_height = to_filter(True)
        window.cursorline = to_filter(isinstance(window.content, InquirerControl))
    under = Window(FormattedTextControl(lambda: [*_error(application), *footer]), wrap_lines=True)
    application.layout = Layout(
        HSplit([application.layout.container, under]), focused_element=application.layout.current_window
    )
    return prompt.unsafe_ask()


def _error(application: Application[Any]) -> StyleAndTextTuples:
    """Return why ticked choices are refused; questionary shows it only if the terminal reports its cursor's row."""
    if application.renderer.height_is_known:
        return []
    lists = [control for control in application.layout.find_all_controls() if isinstance(control, InquirerControl)]
    message = [part for control in lists for part in to_formatted_text(control.error_message)]
    return [("", "\n"), *message, ("", "\n")] if message else []
