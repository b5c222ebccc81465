"""Single questions outside of the wizard, each on a line of its own; Ctrl-C is what it is everywhere."""

import signal
from collections.abc import Callable, Mapping

import questionary
from questionary.question import Question

from .interrupts import Stopped

STYLE = questionary.Style([("question", "bold"), ("answer", "")])


def text(message: str, default: str, refusal: Callable[[str], str | None]) -> str:
    """Ask for a text until it is one that is accepted.

    Args:
        message: the question.
        default: what stands there already.
        refusal: says why a text is refused; None if it is accepted.
    """
    question = questionary.text(message, default=default, validate=lambda given: refusal(given) or True, style=STYLE)
    return str(_ask(question))


def confirm(message: str, *, default: bool) -> bool:
    """Ask whether something is to be done."""
    return bool(_ask(questionary.confirm(message, default=default, auto_enter=False, style=STYLE)))


def select(message: str, choices: Mapping[str, str]) -> str:
    """Ask for one of several choices.

    Args:
        message: the question.
        choices: what is returned → what is shown; the first is preselected.
    """
    shown = [questionary.Choice(title, value) for value, title in choices.items()]
    return str(_ask(questionary.select(message, shown, style=STYLE)))


def _ask(question: Question) -> object:
    try:
        answer: object = question.unsafe_ask()
    except KeyboardInterrupt as error:  # typer would end the program silently
        raise Stopped(signal.SIGINT) from error
    return answer
