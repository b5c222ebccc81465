"""Which answers go together."""

from collections.abc import Iterable, Mapping

from .catalog import Rule, Side, Value


def broken(rules: Iterable[Rule], answers: Mapping[str, Value]) -> tuple[Rule, ...]:
    """Return the rules that these answers break.

    A rule counts once all its questions are answered. A question with several answers meets a side of a rule when one
    of its answers does.
    """
    return tuple(
        rule
        for rule in rules
        if rule.axes <= answers.keys() and _holds(rule.when, answers) and not _kept(rule, answers)
    )


def _kept(rule: Rule, answers: Mapping[str, Value]) -> bool:
    return _holds(rule.needs, answers) and not any(_meets(answers[axis], no) for axis, no in rule.excludes.items())


def _holds(side: Side, answers: Mapping[str, Value]) -> bool:
    return all(_meets(answers[axis], wanted) for axis, wanted in side.items())


def _meets(answer: Value, wanted: tuple[str | bool, ...]) -> bool:
    return any(value in wanted for value in (answer if isinstance(answer, list) else [answer]))
