"""Evaluates defaults, conditions and checks of the catalogue, as copier does, for any set of answers."""

import functools
import reprlib
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jinja2 import FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from . import catalog as catalogs
from .catalog import Question, Value
from .rules import broken

_SHORT = reprlib.Repr()
"""Shows an answer in a message, however long it is."""
_SHORT.maxstring = 60
_SHORT.maxlevel = 1


class Questionnaire:
    """The catalogue together with what its Jinja expressions mean.

    `catalog` is the data. Every method takes the answers so far and changes nothing.
    """

    def __init__(self, root: Path, destination: Path) -> None:
        """Read the catalogue.

        Args:
            root: folder that holds copier.yml, questions/ and template/_includes/.
            destination: where the project will be; its last part is the default name.
        """
        self.catalog = catalogs.load(root)
        self._environment = SandboxedEnvironment(
            loader=FileSystemLoader(root), extensions=[AnsibleCoreFiltersExtension], keep_trailing_newline=True
        )
        self._compiled = functools.cache(self._environment.from_string)
        self._base = {"_copier_conf": SimpleNamespace(dst_path=destination)}

    def applies(self, question: Question, answers: Mapping[str, Value]) -> bool:
        """Tell whether the question is asked at all."""
        if isinstance(question.when, bool):
            return question.when
        return self._render(question.when, answers).strip().lower() in {"true", "yes", "1"}

    def default(self, question: Question, answers: Mapping[str, Value]) -> Value:
        """Return the recommended answer, given the earlier ones."""
        if not isinstance(question.default, str):
            return question.default
        rendered = self._render(question.default, answers)
        if question.multiselect:
            return _in_order(question, [str(item) for item in yaml.safe_load(rendered)])
        if question.type == "int":
            return int(rendered)
        if question.type == "bool":
            return rendered.strip().lower() == "true"
        return rendered

    def refusal(self, question: Question, answer: object, answers: Mapping[str, Value]) -> str | None:
        """Return why an answer is refused, given the earlier ones; None if it is accepted."""
        wrong_type = type_problem(question, answer)
        if wrong_type:
            return wrong_type
        value: Value = answer  # type: ignore[assignment]  # type_problem has checked it
        refused = (choice_problem(question, item) for item in (value if isinstance(value, list) else [value]))
        if found := "; ".join(filter(None, refused)):
            return found
        others = {name: given for name, given in answers.items() if name != question.name}
        rules = [
            rule for rule in broken(self.catalog.rules, {**others, question.name: value}) if question.name in rule.axes
        ]
        if rules:
            return "; ".join(f"{rule.reason} (rule {rule.id})" for rule in rules)
        if question.choices and not question.multiselect:
            return None
        return self._render(question.validator, {**others, question.name: value}).strip() or None

    def complete(self, given: Mapping[str, Value]) -> dict[str, Value]:
        """Add the defaults of all other questions that apply, in the order of the catalogue."""
        answers: dict[str, Value] = {}
        for question in self.catalog.questions:
            if self.applies(question, answers):
                answers[question.name] = (
                    _in_order(question, given[question.name])
                    if question.name in given
                    else self.default(question, answers)
                )
        return answers

    def _render(self, source: str, answers: Mapping[str, Any]) -> str:
        return self._compiled(source).render({**self._base, **answers})


def _in_order(question: Question, value: Value) -> Value:
    """Sort several answers in the order of the catalogue, as copier records them; return all else unchanged."""
    if not isinstance(value, list):
        return value
    order = {choice.value: number for number, choice in enumerate(question.choices)}
    return sorted(value, key=lambda item: order.get(item, len(order)))


def type_problem(question: Question, answer: object) -> str | None:
    """Return why a value is of the wrong type for a question; None if it is of the right one."""
    if question.multiselect:
        if isinstance(answer, list) and all(isinstance(item, str) for item in answer):
            return "a choice is named twice" if len(set(answer)) < len(answer) else None
        return f"expected a list of choices, such as [{', '.join(str(c.value) for c in question.choices[:2])}]"
    wanted = {"str": str, "int": int, "bool": bool}[question.type]
    if isinstance(answer, str) and any("\ud800" <= character <= "\udfff" for character in answer):
        return "expected text, got invalid Unicode (unpaired surrogates)"
    if isinstance(answer, wanted) and not (wanted is int and isinstance(answer, bool)):
        return None
    names = {"str": "text", "int": "a whole number", "bool": "true or false"}
    # Where YAML, TOML and JSON read a number, such as python: 3.12.
    quotes = "; write it in quotes" if wanted is str and type(answer) in {int, float} else ""
    return f"expected {names[question.type]}, got {_SHORT.repr(answer)}{quotes}"


def choice_problem(question: Question, value: object) -> str | None:
    """Return why a value is not offered by a question that has choices; None if it is."""
    if not question.choices:
        return None
    for choice in question.choices:
        if choice.value == value:
            if choice.status == "offered":
                return None
            said = "is" if choice.status == "planned" else "is no longer offered:"
            return f"{_SHORT.repr(value)} {said} {choice.reason}"
    return f"{_SHORT.repr(value)} is not one of the choices"
