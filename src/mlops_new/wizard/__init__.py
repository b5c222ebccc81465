"""The interactive questionnaire: asks, explains, goes back, shows everything before anything is written."""

from collections.abc import Callable, Mapping, Sequence

from ..catalog import Question, Value
from ..questionnaire import Questionnaire
from . import screens
from .flow import Flow
from .screens import Move

Plan = Callable[[Mapping[str, Value]], Sequence[str]]


def run(questionnaire: Questionnaire, preset: Mapping[str, Value], plan: Plan) -> dict[str, Value] | None:
    """Ask everything.

    Args:
        questionnaire: what to ask.
        preset: answers that are known; they are not asked, but can be changed on the last screen.
        plan: the files that answers would write.

    Returns:
        All answers, or None when the person left.
    """
    flow = Flow(questionnaire, dict(preset), frozenset(preset))
    try:
        screens.welcome(preset.get("project_name", "your project"))
        flow = _interview(flow, flow.after(None))
        while True:
            move = screens.review(flow, plan(flow.answers()))
            if move is Move.CREATE:
                return flow.answers()
            if move is Move.CANCEL:
                return None
            flow = _change(flow) if move is Move.CHANGE else _interview(flow, flow.before(None))
    except (KeyboardInterrupt, EOFError):
        return None


def _interview(flow: Flow, question: Question | None) -> Flow:
    """Ask from one question on to the last; Esc goes back to the one before."""
    shown: str | None = None
    while question is not None:
        if question.stage != shown:
            screens.header(flow.questionnaire.catalog, question.stage)
            shown = question.stage
        answer = screens.ask(flow, question)
        if isinstance(answer, Move):
            question = flow.before(question.name) or question
            continue
        screens.answered(question, answer)
        flow = flow.give(question, answer)
        following = flow.after(question.name)
        shown = _mention_settled(flow, question, following)
        question = following
    return flow


def _mention_settled(flow: Flow, question: Question, following: Question | None) -> str:
    """Say what is skipped between two questions; returns the stage that was named last."""
    shown = question.stage
    names = [item.name for item in flow.questions]
    end = names.index(following.name) if following else len(names)
    answers = flow.answers()
    for item in flow.questions[names.index(question.name) + 1 : end]:
        if item.name in answers and flow.settled(item):
            if item.stage != shown:
                screens.header(flow.questionnaire.catalog, item.stage)
                shown = item.stage
            screens.settled(item, answers[item.name])
    return shown


def _change(flow: Flow) -> Flow:
    """Change one answer, and ask again whatever no longer goes with it."""
    question = screens.pick(flow)
    if isinstance(question, Move):
        return flow
    answer = screens.ask(flow, question)
    if isinstance(answer, Move):
        return flow
    screens.answered(question, answer)
    flow = flow.give(question, answer)
    for lost in flow.lost():
        answer = screens.ask(flow, lost)
        if not isinstance(answer, Move):
            screens.answered(lost, answer)
            flow = flow.give(lost, answer)
    return flow
