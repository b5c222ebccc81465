"""The interactive questionnaire: asks, explains, goes back, shows everything before anything is written."""

from collections.abc import Callable, Mapping, Sequence

from ..catalog import Value
from ..questionnaire import Questionnaire
from . import pages, screens
from .flow import Flow
from .screens import Move, Screen

Plan = Callable[[Mapping[str, Value]], Sequence[str]]


def run(questionnaire: Questionnaire, preset: Mapping[str, Value], plan: Plan) -> dict[str, Value] | None:
    """Ask everything.

    Args:
        questionnaire: what to ask.
        preset: answers that are known; they are not asked, but can be changed on the last page.
        plan: the files that answers would write.

    Returns:
        All answers, or None if the user left.

    Raises:
        InputError: the terminal cannot show the wizard.
    """
    screen = Screen.open()
    flow = Flow(questionnaire, dict(preset), frozenset(preset))
    try:
        return _converse(screen, flow, plan)
    except (KeyboardInterrupt, EOFError):
        return None


def _converse(screen: Screen, flow: Flow, plan: Plan) -> dict[str, Value] | None:
    flow = _interview(screen, flow, flow.after(None))
    changed: frozenset[str] = frozenset()
    while True:
        answers = flow.answers()
        with screen.busy("Looking at what that will write ..."):
            files = plan(answers)
        screen.show(pages.review(flow, files, changed, screen.marks, screen.width))
        match screens.menu(screen, str(answers["project_name"]), len(files)):
            case Move.CREATE:
                return answers
            case Move.CANCEL:
                return None
            case Move.CHANGE:
                flow = _change(screen, flow)
            case Move.BACK:
                flow = _interview(screen, flow, flow.before(None))
        changed = pages.differing(answers, flow.answers())


def _interview(screen: Screen, flow: Flow, name: str | None) -> Flow:
    """Ask from one question on to the last."""
    while name is not None:
        screen.show(pages.transcript(flow, name, screen.marks, screen.width))
        earlier = flow.before(name)
        answer = screens.ask(screen, flow, flow.state(name), back="back" if earlier else "")
        if isinstance(answer, Move):
            name = earlier
            continue
        flow = flow.with_answer(name, answer)
        name = flow.after(name)
    screen.show(pages.transcript(flow, None, screen.marks, screen.width))
    return flow


def _change(screen: Screen, start: Flow) -> Flow:
    """Change one answer, and ask what that leaves open."""
    picked = screens.pick(screen, start)
    if isinstance(picked, Move):
        return start
    flow, name, note = start, picked, ""
    asked: list[tuple[Flow, str, str]] = []
    while True:
        answer = screens.ask(screen, flow, flow.state(name), note, back="back")
        if isinstance(answer, Move):
            if not asked:
                return start
            flow, name, note = asked.pop()
            continue
        asked.append((flow, name, note))
        flow = flow.with_answer(name, answer)
        following = flow.reopened(start, {done for _, done, _ in asked})
        if following is None:
            return flow
        name, note = following, pages.why_asked(flow, following)
