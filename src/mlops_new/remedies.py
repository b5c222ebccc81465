"""Ways out of answers that are refused: choices that are near, and choices that go with the others."""

import difflib
import re
from collections.abc import Mapping, Sequence

from .catalog import Question, Rule, Value, as_text
from .questionnaire import Questionnaire, choice_problem, type_problem
from .rules import broken


def of_choice(question: Question, answer: object, questionnaire: Questionnaire) -> str:
    """Return what to answer in place of a choice that a question does not offer; nothing for other mistakes."""
    if not question.choices or type_problem(question, answer):
        return ""
    fine = [
        as_text(choice.value)
        for choice in question.offered
        if not questionnaire.refusal(question, [choice.value] if question.multiselect else choice.value, {})
    ]
    if not fine:
        return "; leave it out"
    answers = answer if isinstance(answer, list) else [answer]
    wrong, said = next(((str(item), said) for item in answers if (said := choice_problem(question, item))), ("", ""))
    if "; choose " in said:
        return ""
    # Two numbers are alike without being meant for each other.
    near = difflib.get_close_matches(wrong.lower(), fine, n=1) if re.search("[A-Za-z]", wrong) else []
    others = one_of([item for item in fine if item not in near])
    return f"; did you mean {near[0]}? Otherwise choose {others}" if near and others else f"; choose {one_of(fine)}"


def of_rule(rule: Rule, questionnaire: Questionnaire, answers: Mapping[str, Value], given: Mapping[str, Value]) -> str:
    """Return the other answers to each question of a broken rule with which the rules hold.

    Args:
        rule: the rule.
        questionnaire: the questions.
        answers: all answers.
        given: those that were given.
    """
    catalog = questionnaire.catalog
    before = {item.id for item in broken(catalog.rules, answers)}
    found: dict[bool, list[str]] = {True: [], False: []}
    for question in catalog.questions:
        if question.name not in rule.axes:
            continue
        fine: dict[bool, list[str]] = {True: [], False: []}
        for value in (choice.value for choice in question.offered if choice.value != answers[question.name]):
            changed: dict[str, Value] = {**given, question.name: [str(value)] if question.multiselect else value}
            after = {item.id for item in broken(catalog.rules, questionnaire.complete(changed))}
            if rule.id not in after:
                fine[after <= before].append(as_text(value))
        for holds, values in fine.items():
            found[holds] += [f"{question.name}={'|'.join(values)}"] if values else []
    remedies = found[True] or found[False]
    return f"; choose {' or '.join(remedies)}" if remedies else ""


def further(questionnaire: Questionnaire, held: Mapping[str, Value], fixed: Mapping[str, Value]) -> dict[str, Value]:
    """Return the further answers with which the rules accept those that are fixed; empty if there are none.

    Args:
        questionnaire: the questions.
        held: answers that may change; questions without one get what is recommended.
        fixed: answers that may not.
    """
    catalog = questionnaire.catalog
    more: dict[str, Value] = {}
    for _ in catalog.questions:
        answers = questionnaire.complete({**held, **fixed, **more})
        refused = broken(catalog.rules, answers)
        if not refused:
            return more
        open_ = (q for q in catalog.questions if q.name in refused[0].axes and q.name not in {*fixed, *more})
        fitting = ((q.name, _fitting(questionnaire, q, answers, refused[0].id)) for q in open_)
        name, value = next(((name, value) for name, value in fitting if value is not None), ("", None))
        if value is None:
            return {}
        more[name] = value
    return {}


def _fitting(questionnaire: Questionnaire, question: Question, answers: Mapping[str, Value], rule: str) -> Value | None:
    """Return an answer with which a rule is kept: the recommended one if it is, or the first that is offered."""
    held = answers[question.name]
    offered: list[Value] = [choice.value for choice in question.offered]
    if question.multiselect:
        several = held if isinstance(held, list) else []
        offered = [[item for item in several if item != left] for left in several if len(several) > 1]
        offered += [[str(choice.value)] for choice in question.offered]
    others = {name: value for name, value in answers.items() if name != question.name}
    for value in (questionnaire.default(question, others), *offered):
        given = questionnaire.complete({**others, question.name: value})
        if value != held and rule not in {item.id for item in broken(questionnaire.catalog.rules, given)}:
            return value
    return None


def in_place_of_defaults(
    questionnaire: Questionnaire, given: Mapping[str, Value], answers: Mapping[str, Value]
) -> dict[str, str]:
    """Return name of each answer that is not the recommended one and was not given → why it was taken.

    Args:
        questionnaire: the questions.
        given: the answers that were given.
        answers: all answers.
    """
    found = {}
    for name, value in answers.items():
        question = questionnaire.catalog.question(name)
        earlier = {other: answers[other] for other in answers if other != name}
        recommended = questionnaire.default(question, earlier)
        if name in given or value == recommended:
            continue
        rules = broken(questionnaire.catalog.rules, {**answers, name: recommended})
        reason = rules[0].reason if rules else "it goes with the other answers"
        found[name] = f"{as_text(value)} in place of {as_text(recommended)}: {reason}"
    return found


def one_of(names: Sequence[str]) -> str:
    """Return names as a choice between them."""
    return ", ".join(names[:-1]) + " or " + names[-1] if len(names) > 1 else "".join(names)
