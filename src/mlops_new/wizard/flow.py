"""Where the wizard stands: a pure state machine over the questionnaire, without a terminal."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..catalog import Choice, Question, Value
from ..questionnaire import Questionnaire


@dataclass(frozen=True)
class Option:
    """A choice as it can be shown now; `refusal` says why it cannot be taken, empty when it can."""

    choice: Choice
    refusal: str


@dataclass(frozen=True)
class Flow:
    """Answers that a person gave, over a questionnaire; every method that changes something returns a new flow.

    `given` holds what was chosen against the recommendation, and what came from the command line. Everything else
    follows the recommendations, which follow the answers before them. `preset` names what is not asked again.
    """

    questionnaire: Questionnaire
    given: Mapping[str, Value] = field(default_factory=dict)
    preset: frozenset[str] = frozenset()

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions, in order."""
        return self.questionnaire.catalog.questions

    def answers(self, before: str | None = None) -> dict[str, Value]:
        """The answers as they stand: all of them, or those before one question."""
        answers: dict[str, Value] = {}
        for question in self.questions:
            if question.name == before:
                break
            if self.questionnaire.applies(question, answers):
                answers[question.name] = self._answer(question, answers)
        return answers

    def preselected(self, question: Question) -> Value:
        """What the cursor stands on: what was given before if it still holds, else the recommendation."""
        return self._answer(question, self.answers(question.name))

    def recommended(self, question: Question) -> Value:
        """The recommendation, given the answers before."""
        return self.questionnaire.default(question, self.answers(question.name))

    def options(self, question: Question) -> tuple[Option, ...]:
        """The choices of a question with the reason why some cannot be taken."""
        before = self.answers(question.name)
        return tuple(Option(choice, self._refusal(question, choice, before) or "") for choice in question.choices)

    def asked(self, question: Question) -> bool:
        """Whether a person is asked: the question applies, is not preset, and leaves something to choose."""
        if question.name in self.preset or not self.questionnaire.applies(question, self.answers(question.name)):
            return False
        return not self.settled(question)

    def settled(self, question: Question) -> bool:
        """Whether the catalogue offers a single answer, so that there is nothing to ask."""
        return bool(question.choices) and len(question.offered) <= (0 if question.multiselect else 1)

    def after(self, name: str | None) -> Question | None:
        """The next question to ask after one (None: the first); None when all are asked."""
        names = [question.name for question in self.questions]
        start = names.index(name) + 1 if name else 0
        return next((question for question in self.questions[start:] if self.asked(question)), None)

    def before(self, name: str | None) -> Question | None:
        """The question asked before one (None: the last); None when it was the first."""
        names = [question.name for question in self.questions]
        end = names.index(name) if name else len(names)
        return next((question for question in reversed(self.questions[:end]) if self.asked(question)), None)

    def give(self, question: Question, value: Value) -> "Flow":
        """Answer a question; an answer that is the recommendation keeps following it."""
        given = {name: answer for name, answer in self.given.items() if name != question.name}
        if value != self.questionnaire.default(question, self.answers(question.name)) or question.name in self.preset:
            given[question.name] = value
        return Flow(self.questionnaire, given, self.preset)

    def lost(self) -> tuple[Question, ...]:
        """Questions whose given answer no longer holds and has to be asked again."""
        answers = self.answers()
        return tuple(
            question
            for question in self.questions
            if question.name in self.given
            and question.name in answers
            and answers[question.name] != self.given[question.name]
        )

    def _answer(self, question: Question, before: Mapping[str, Value]) -> Value:
        if question.name in self.given:
            given = self.given[question.name]
            if self.questionnaire.refusal(question, given, before) is None:
                return given
        return self.questionnaire.default(question, before)

    def _refusal(self, question: Question, choice: Choice, before: Mapping[str, Value]) -> str | None:
        value: Value = [str(choice.value)] if question.multiselect else choice.value
        return self.questionnaire.refusal(question, value, before)
