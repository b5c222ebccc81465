"""The catalogue as `mlops-new questions` shows it, to people and to programs."""

from typing import Any

from .catalog import Catalog, Question, Rule, Side, as_text
from .questionnaire import Questionnaire


def lines(questionnaire: Questionnaire) -> list[str]:
    """Return every question with its choices, what is recommended, and the rules that its answers have to keep.

    A rule stands at the last of its questions. What is recommended is that without other answers.
    """
    catalog = questionnaire.catalog
    answers = questionnaire.complete({})
    found = []
    for stage in catalog.stages:
        found.append(stage.upper())
        for question in (item for item in catalog.questions if item.stage == stage):
            recommended = answers.get(question.name, questionnaire.default(question, answers))
            picked = recommended if isinstance(recommended, list) else [recommended]
            found.append(f"\n  {question.name}: {question.help}")
            if not question.choices and recommended != "":
                found.append(f"    recommended: {as_text(recommended)}")
            found += _choices(question, [as_text(item) for item in picked])
            found += [f"    rule: {_rule(rule)}" for rule in catalog.rules if _last(rule, catalog) == question.name]
        found.append("")
    return found


def describe(catalog: Catalog) -> dict[str, Any]:
    """Return the catalogue as `questions --json` prints it."""
    questions = [
        {
            "name": question.name,
            "stage": question.stage,
            "type": question.type,
            "help": question.help,
            "default": question.default,
            "choices": [
                {
                    "value": choice.value,
                    "label": choice.label,
                    "when": choice.when,
                    "status": choice.status,
                    "reason": choice.reason,
                }
                for choice in question.choices
            ],
        }
        for question in catalog.questions
    ]
    rules = [
        {"id": rule.id, "when": rule.when, "needs": rule.needs, "excludes": rule.excludes, "reason": rule.reason}
        for rule in catalog.rules
    ]
    return {"questions": questions, "rules": rules}


def _choices(question: Question, recommended: list[str]) -> list[str]:
    found = []
    for choice in question.choices:
        value = as_text(choice.value)
        said = choice.reason.startswith(choice.status)
        states = [choice.reason if said else f"{choice.status}: {choice.reason}"] if choice.reason else []
        states += ["recommended"] if value in recommended else []
        label = "" if choice.label.lower() == value else f"{choice.label}: "
        found.append(f"    {value:<20} {label}{choice.when}{''.join(f' [{state}]' for state in states)}")
    return found


def _rule(rule: Rule) -> str:
    needs = [_side(rule.needs)] if rule.needs else []
    excludes = [f"not {_side(rule.excludes)}"] if rule.excludes else []
    return f"{_side(rule.when)} needs {' and '.join([*needs, *excludes])}: {rule.reason}"


def _side(side: Side) -> str:
    return " and ".join(f"{axis}={'|'.join(map(as_text, values))}" for axis, values in side.items())


def _last(rule: Rule, catalog: Catalog) -> str:
    """Return the question of a rule that is asked last."""
    return [question.name for question in catalog.questions if question.name in rule.axes][-1]
