"""The interactive questionnaire: asks, explains, goes back, shows everything before anything is written."""

from collections.abc import Mapping

from ..catalog import Value
from ..questionnaire import Questionnaire
from . import screens
from .conversation import Conversation, Plan
from .flow import Flow


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
    marks = screens.open_terminal()
    conversation = Conversation(Flow(questionnaire, dict(preset), frozenset(preset)), plan, marks)
    try:
        screens.Terminal(conversation.steps()).run()
    except (KeyboardInterrupt, EOFError):
        conversation.answers = None
    screens.record(conversation.page)
    return conversation.answers
