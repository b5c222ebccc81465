"""Where the wizard stands: a pure state machine over the questionnaire, without a terminal."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from ..catalog import Choice, Question, Value
from ..questionnaire import Questionnaire
from ..rules import broken


@dataclass(frozen=True)
class Option:
    """A choice as it can be shown now; `refusal` says why it cannot be taken, empty when it can."""

    choice: Choice
    refusal: str

    @property
    def ruled_out(self) -> bool:
        """Whether it is an earlier answer that refuses it, rather than the catalogue."""
        return bool(self.refusal) and self.choice.status == "offered"


@dataclass(frozen=True)
class QuestionState:
    """A question that applies, seen from the answers before it.

    `answer` is how it stands: what was given if that still holds, else what is recommended. `preset` says that the
    answer came with the command, `settled` that there is only one.
    """

    question: Question
    before: Mapping[str, Value]
    options: tuple[Option, ...]
    recommended: Value
    answer: Value
    preset: bool
    settled: bool

    @property
    def asked(self) -> bool:
        """Whether it is asked at all."""
        return not self.preset and not self.settled

    @property
    def ruled_out(self) -> tuple[Option, ...]:
        """The choices that the answers before rule out."""
        return tuple(option for option in self.options if option.ruled_out)

    @property
    def planned(self) -> tuple[Choice, ...]:
        """The choices that a later release will offer."""
        return tuple(option.choice for option in self.options if option.choice.status == "planned")


@dataclass(frozen=True)
class Flow:
    """Answers that the user gave, over a questionnaire; every method that changes something returns a new flow.

    `given` holds what was chosen against the recommendation, and what came with the command. Everything else follows
    the recommendations, which follow the answers before them. `preset` names what is not asked unless it is picked.
    """

    questionnaire: Questionnaire
    given: Mapping[str, Value] = field(default_factory=dict)
    preset: frozenset[str] = frozenset()

    @cached_property
    def states(self) -> tuple[QuestionState, ...]:
        """The questions that apply, in order."""
        states: list[QuestionState] = []
        answers: dict[str, Value] = {}
        for question in self.questionnaire.catalog.questions:
            if self.questionnaire.applies(question, answers):
                state = self._state(question, dict(answers))
                states.append(state)
                answers[question.name] = state.answer
        return tuple(states)

    @cached_property
    def _by_name(self) -> dict[str, QuestionState]:
        return {state.question.name: state for state in self.states}

    def state(self, name: str) -> QuestionState:
        """Return the state of a question.

        Raises:
            KeyError: the question does not apply.
        """
        return self._by_name[name]

    def answers(self) -> dict[str, Value]:
        """Return all current answers."""
        return {state.question.name: state.answer for state in self.states}

    def options(self, question: Question) -> tuple[Option, ...]:
        """Return the choices of a question that applies, with the reason why some cannot be taken."""
        return self.state(question.name).options

    def after(self, name: str | None) -> str | None:
        """Return the next question to ask after one (None: the first); None when all are asked."""
        start = self._position(name) + 1 if name else 0
        return next((state.question.name for state in self.states if state.asked and self._place(state) >= start), None)

    def before(self, name: str | None) -> str | None:
        """Return the question asked before one (None: the last); None when it was the first."""
        end = self._position(name) if name else len(self.questionnaire.catalog.questions)
        earlier = (state.question.name for state in reversed(self.states) if state.asked and self._place(state) < end)
        return next(earlier, None)

    def with_answer(self, name: str, value: Value) -> "Flow":
        """Answer a question; an answer that is the recommendation keeps following it."""
        given = {other: answer for other, answer in self.given.items() if other != name}
        if value != self.state(name).recommended or name in self.preset:
            given[name] = value
        return Flow(self.questionnaire, given, self.preset)

    def reopened(self, since: "Flow", done: Collection[str]) -> str | None:
        """Return the first question that a change reopens: its answer no longer holds, or it newly applies.

        Args:
            since: how things stood before the change.
            done: what has been asked on the way.
        """
        known = {state.question.name for state in since.states if state.asked}
        for state in self.states:
            name = state.question.name
            lost = name in self.given and state.answer != self.given[name]
            if state.asked and name not in done and (lost or name not in known):
                return name
        return None

    def because(self, name: str) -> tuple[QuestionState, ...]:
        """Return the earlier answers that a recommendation depends on: another one there would change it."""
        state = self.state(name)
        words = set(re.findall(r"\w+", str(state.question.default)))
        earlier = (other for other in self.states if other.question.name in state.before)
        return tuple(other for other in earlier if other.question.name in words and self._sways(other, state))

    def _sways(self, other: QuestionState, state: QuestionState) -> bool:
        return any(
            self.questionnaire.default(state.question, {**state.before, other.question.name: value})
            != state.recommended
            for value in (_alone(other.question, option.choice) for option in other.options if not option.refusal)
        )

    def _position(self, name: str) -> int:
        return [question.name for question in self.questionnaire.catalog.questions].index(name)

    def _place(self, state: QuestionState) -> int:
        return self._position(state.question.name)

    def _state(self, question: Question, before: Mapping[str, Value]) -> QuestionState:
        options = tuple(Option(choice, self._refusal(question, choice, before)) for choice in question.choices)
        possible = [_alone(question, option.choice) for option in options if not option.refusal]
        recommended = self.questionnaire.default(question, before)
        if possible and self.questionnaire.refusal(question, recommended, before):
            recommended = possible[0]
        answer = recommended
        if question.name in self.given and not self.questionnaire.refusal(question, self.given[question.name], before):
            answer = self.given[question.name]
        empty_allowed = question.multiselect and not self.questionnaire.refusal(question, [], before)
        settled = bool(question.choices) and len(possible) <= (0 if empty_allowed else 1)
        return QuestionState(question, before, options, recommended, answer, question.name in self.preset, settled)

    def _refusal(self, question: Question, choice: Choice, before: Mapping[str, Value]) -> str:
        """Return one sentence for the user: without the rule's identifier, which is for answers files."""
        if choice.status != "offered":
            return labelled(question, choice.reason)
        answer = _alone(question, choice)
        rules = broken(self.questionnaire.catalog.rules, {**before, question.name: answer})
        reasons = [rule.reason for rule in rules if question.name in rule.axes]
        return "; ".join(reasons) or labelled(question, self.questionnaire.refusal(question, answer, before) or "")


def _alone(question: Question, choice: Choice) -> Value:
    return [str(choice.value)] if question.multiselect else choice.value


def labelled(question: Question, refusal: str) -> str:
    """Return a refusal whose way out names choices as the wizard shows them: `choose mlflow` → choose MLflow."""
    labels = {str(choice.value): choice.label for choice in question.choices}

    def named(way: re.Match[str]) -> str:
        return re.sub(r"\w+", lambda word: labels.get(word[0], word[0]), way[0])

    return re.sub(r"; (choose )?\w+((, | or )\w+)*", named, refusal)
