"""The catalogue: every question, choice and rule, as data read from copier.yml and questions/."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import yaml

from .loader import SafeLoader

Scalar = str | int | bool
Value = str | int | bool | list[str]
Status = Literal["offered", "planned", "retired"]
Side = Mapping[str, tuple[str | bool, ...]]
"""One side of a rule: question → answers."""


@dataclass(frozen=True)
class Consequences:
    """What it means for a project to get a choice, or to leave it: sentences for the person who switches.

    Attributes:
        before: what to do before the project is switched.
        after: what to do after it.
        stays: what a switch does not touch.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    stays: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choice:
    """One answer that a question lists.

    `when` says when to pick it; `reason` says why it cannot be picked, empty while it is offered.
    `enter` and `leave` say what it means to get it and to leave it; None where the catalogue says nothing.
    """

    value: str | bool
    label: str
    when: str
    status: Status
    reason: str
    enter: Consequences | None = None
    leave: Consequences | None = None


@dataclass(frozen=True)
class Question:
    """One question; `default`, `when` and `validator` are Jinja expressions as copier understands them."""

    name: str
    stage: str
    type: str
    help: str
    choices: tuple[Choice, ...]
    multiselect: bool
    default: Scalar
    when: str | bool
    validator: str

    @property
    def offered(self) -> tuple[Choice, ...]:
        """The choices that can be picked, as far as the question alone decides."""
        return tuple(choice for choice in self.choices if choice.status == "offered")


@dataclass(frozen=True)
class Rule:
    """An answer of `when` requires one of `needs` and none of `excludes`, because of `reason`."""

    id: str
    when: Side
    needs: Side
    excludes: Side
    reason: str

    @property
    def axes(self) -> frozenset[str]:
        """Names of the questions that the rule couples."""
        return frozenset(self.when) | frozenset(self.needs) | frozenset(self.excludes)


@dataclass(frozen=True)
class Catalog:
    """All questions in the order in which they are asked, the rules, and the computed answers.

    Attributes:
        questions: in the order in which they are asked.
        rules: which answers go together.
        computed: name of a computed answer → its choices; most have none, since any text or data can come out.
    """

    questions: tuple[Question, ...]
    rules: tuple[Rule, ...]
    computed: Mapping[str, tuple[str, ...]]

    @cached_property
    def _by_name(self) -> dict[str, Question]:
        return {question.name: question for question in self.questions}

    def question(self, name: str) -> Question:
        """Return the question of this name.

        Raises:
            KeyError: there is none.
        """
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def axes(self) -> dict[str, tuple[str | bool, ...]]:
        """Everything that has choices, and so overlays → their values, in the order of slots: questions come first."""
        asked = {question.name: tuple(choice.value for choice in question.choices) for question in self.questions}
        return {name: values for name, values in {**asked, **self.computed}.items() if values}

    @cached_property
    def switches(self) -> dict[str, tuple[str, str]]:
        """Name of a switch → its axis and choice, in the order of slots: `cloud_aws` → `cloud`, `aws`."""
        choices = ((axis, str(value).lower()) for axis, values in self.axes.items() for value in values)
        return {f"{axis}_{choice}": (axis, choice) for axis, choice in choices}

    @property
    def stages(self) -> tuple[str, ...]:
        """Stages of the decision framework, in order."""
        return tuple(dict.fromkeys(question.stage for question in self.questions))


def as_text(value: Value) -> str:
    """Return an answer as it is written on the command line."""
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"[{', '.join(value)}]"
        if isinstance(value, list)
        else str(value)
    )


def load(root: Path) -> Catalog:
    """Read the catalogue.

    Args:
        root: folder that holds copier.yml and questions/.
    """
    questions: list[Question] = []
    rules: tuple[Rule, ...] = ()
    computed: dict[str, tuple[str, ...]] = {}
    for stage, details in _documents(root):
        for name, entry in details.items():
            if name == "rules":
                rules = tuple(_rule(item) for item in entry["default"])
            if entry.get("when") is False:
                computed[name] = tuple(entry.get("choices", ()))
            else:
                questions.append(_question(name, stage, entry))
    return Catalog(tuple(questions), rules, computed)


class _Loader(SafeLoader):
    """Understands copier's `!include` of a single file."""


def _include(_loader: _Loader, node: yaml.ScalarNode) -> str:
    return str(node.value)


_Loader.add_constructor("!include", _include)


def _documents(root: Path) -> list[tuple[str, dict[str, Any]]]:
    """Return the included question files, each with the stage in its name: `2_architecture.yml` → architecture."""
    text = (root / "copier.yml").read_text(encoding="utf-8")
    included = [document for document in yaml.load_all(text, Loader=_Loader) if isinstance(document, str)]
    texts = {path: (root / path).read_text(encoding="utf-8") for path in included}
    return [
        (re.sub(r"^\d+_", "", Path(path).stem), yaml.load(text, Loader=SafeLoader))  # noqa: S506 - it is a safe one
        for path, text in texts.items()
    ]


def _question(name: str, stage: str, entry: Mapping[str, Any]) -> Question:
    return Question(
        name=name,
        stage=stage,
        type=entry["type"],
        help=entry["help"],
        choices=tuple(_choice(label, details) for label, details in entry.get("choices", {}).items()),
        multiselect=entry.get("multiselect", False),
        default=entry["default"],
        when=entry.get("when", True),
        validator=entry.get("validator", ""),
    )


def _choice(label: str, details: Mapping[str, Any]) -> Choice:
    return Choice(
        value=details["value"],
        label=label,
        when=details["when"],
        status=details.get("status", "offered"),
        reason=details.get("validator", ""),
        enter=_consequences(details, "enter"),
        leave=_consequences(details, "leave"),
    )


def _consequences(details: Mapping[str, Any], side: str) -> Consequences | None:
    if side not in details:
        return None
    return Consequences(**{name: tuple(sentences) for name, sentences in details[side].items()})


def _rule(item: Mapping[str, Any]) -> Rule:
    def side(name: str) -> Side:
        return {axis: tuple(values) for axis, values in item.get(name, {}).items()}

    return Rule(item["id"], side("when"), side("needs"), side("excludes"), item["reason"])
