"""What the wizard asks, as views of where it stands; nothing here touches the terminal."""

from collections.abc import Callable, Collection, Sequence
from enum import Enum

from rich.text import Text

from ..catalog import Question, Value
from . import pages
from .flow import Flow, QuestionState, labelled
from .lists import Listing, Row
from .pages import NEWS, QUIET, RECOMMENDED, Marks
from .views import Entry, Keys, Menu, Refused


class Next(Enum):
    """What to do on the last page."""

    FILES = "files"
    CREATE = "create"
    CHANGE = "change"
    PLANNED = "planned"
    LEAVE = "leave"


def question(flow: Flow, name: str, marks: Marks, note: str, back: str) -> Menu | Entry:
    """Return the view that asks a question.

    Args:
        flow: where the wizard stands.
        name: the question.
        marks: signs to use.
        note: why it is asked, where that is not plain.
        back: what Esc does, briefly; empty if it does nothing.
    """
    state = flow.state(name)
    asked = state.question

    def page(width: int) -> list[Text]:
        return pages.transcript(flow, name, marks, width)

    keys = Keys(back, rest=True)
    notes = (*([Text(note, NEWS)] if note else []), *_recommendation(flow, state, marks))
    sticky = pages.stage_line(flow, asked.stage)
    if not asked.choices:
        empty = "" if _accepts_nothing(flow, state) else f"{pages.answer_text(asked, state.recommended)} (recommended)"
        check = _check(flow, state)
        return Entry(page, asked.help, str(state.answer), check, marks, keys, notes, sticky, empty)

    def refusal(values: list[object]) -> str:
        return labelled(asked, flow.questionnaire.refusal(asked, values, state.before) or "")

    return Menu(page, asked.help, _choices(state), marks, keys, notes, refusal, sticky=sticky)


def _recommendation(flow: Flow, state: QuestionState, marks: Marks) -> list[Text]:
    """Return what is recommended, where the answer that stands there does not say it, and because of what."""
    because = ", ".join(
        f"{pages.title(other.question)}: {pages.answer_text(other.question, other.answer)}"
        for other in flow.because(state.question.name)
    )
    if not because and not state.question.choices:
        return []
    other = not state.question.choices and state.answer != state.recommended
    what = f"{pages.answer_text(state.question, state.recommended)} is recommended" if other else "recommended"
    why = f" because of {because}" if because else ""
    return [Text(f"{marks.recommended} {what}{why}", RECOMMENDED)]


def _accepts_nothing(flow: Flow, state: QuestionState) -> bool:
    return state.question.type == "str" and not flow.questionnaire.refusal(state.question, "", state.before)


def _check(flow: Flow, state: QuestionState) -> Callable[[str], Value | Refused]:
    """Return what checks typed text; where it must not be empty, no text stands for the recommendation."""

    def check(text: str) -> Value | Refused:
        if not text.strip() and not _accepts_nothing(flow, state):
            return state.recommended
        value = parsed(state.question, text)
        if value is None:
            return Refused("a whole number is expected, such as 500")
        refusal = flow.questionnaire.refusal(state.question, value, state.before)
        return Refused(refusal) if refusal else value

    return check


def parsed(asked: Question, text: str) -> Value | None:
    """Return what was typed, in the question's type; None if it is not a number where one is needed."""
    if asked.type != "int":
        return text
    try:
        return int(text.replace(",", ""))
    except ValueError:
        return None


def _choices(state: QuestionState) -> Listing:
    recommended = state.recommended if isinstance(state.recommended, list) else [state.recommended]
    rows = [
        Row(
            option.choice.value,
            option.choice.label,
            option.choice.when,
            option.refusal,
            recommended=not option.refusal and option.choice.value in recommended,
        )
        for option in state.options
    ]
    if state.question.multiselect:
        return Listing.of(rows, ticked=state.answer if isinstance(state.answer, list) else [])
    return Listing.of(rows, state.answer)


def last_page(flow: Flow, files: Sequence[str], changed: Collection[str], marks: Marks) -> Menu:
    """Return the last page: all answers, the files, and what to do.

    Creating the project is not where the pointer starts: an Enter too many must not agree to what was not read.

    Args:
        flow: where the wizard stands.
        files: paths that will be written.
        changed: names of questions to point out.
        marks: signs to use.
    """
    name = str(flow.answers()["project_name"])
    number = sum(len(state.planned) for state in flow.states)
    rows = [
        Row(Next.FILES, "Show every file", f"{len(files)} in {name}/"),
        Row(Next.CREATE, "Create the project", "with these answers"),
        Row(Next.CHANGE, "Change an answer", "what depends on it follows"),
        *([Row(Next.PLANNED, "Show what is planned", f"{number} choices of later releases")] if number else []),
        Row(Next.LEAVE, "Leave", "nothing is written"),
    ]

    def page(width: int) -> list[Text]:
        return pages.review(flow, files, changed, marks, width)

    keys = Keys("back to the last question")
    return Menu(page, "What next?", Listing.of(rows), marks, keys, reading=True)


def which(flow: Flow, marks: Marks) -> Menu:
    """Return the list of answers to pick the one to change from."""
    rows: list[Row] = []
    stage = ""
    for state in flow.states:
        if state.settled and not state.ruled_out:
            continue
        if state.question.stage != stage:
            stage = state.question.stage
            rows.append(Row(None, stage.capitalize(), heading=True))
        value = pages.answer_text(state.question, state.answer)
        refusal = ""
        if state.settled:
            reasons = "; ".join(f"{option.choice.label}: {option.refusal}" for option in state.ruled_out)
            refusal = f"only {value}; {reasons}"
        rows.append(Row(state.question.name, pages.title(state.question), value, refusal))
    note = Text("Answers with a single choice offered are left out.", QUIET)
    return Menu(lambda _: [], "Which answer?", Listing.of(rows), marks, Keys("back"), (note,))
