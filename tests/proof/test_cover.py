"""Covers: every valid pair and triple is there, as counted by something that knows nothing of how they were made."""

from collections.abc import Sequence
from itertools import combinations, product

import pytest
from oracle import valid

from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from proof.cover import cover
from proof.space import Space, core_combinations, offered

pytestmark = pytest.mark.cached("proof", "tests/generator/oracle.py")


@pytest.fixture
def space(questionnaire: Questionnaire) -> Space:
    return offered(questionnaire)


def missing(space: Space, rows: Sequence[dict[str, Value]], strength: int) -> list[dict[str, Value]]:
    """Answers that some valid combination has together, and no row; found by going through all combinations."""
    axes = [axis for axis, values in space.domains.items() if len(values) > 1]
    whole = [
        dict(zip(axes, values, strict=True))
        for values in product(*(space.domains[axis] for axis in axes))
        if valid(dict(zip(axes, values, strict=True)))
    ]
    gaps = []
    for chosen in combinations(axes, strength):
        possible = {repr([answers[axis] for axis in chosen]): answers for answers in whole}
        present = {repr([row[axis] for axis in chosen]) for row in rows}
        gaps += [{axis: possible[key][axis] for axis in chosen} for key in possible.keys() - present]
    return gaps


@pytest.mark.parametrize("strength", [2, 3])
def test_every_valid_tuple_occurs(space: Space, strength: int) -> None:
    # So many axes can be gone through, combination by combination, within seconds.
    axes = ("cloud", "orchestrator", "tracker", "serving", "iac", "ci", "retraining", "triggers")
    small = Space({axis: space.domains[axis] for axis in axes}, space.rules)
    rows = cover(small, strength)
    assert missing(small, rows, strength) == []
    assert missing(small, rows[:-1], strength) != []
    assert len(rows) < small.valid / 5


def test_every_row_is_valid_and_complete(space: Space) -> None:
    for row in cover(space, 2):
        assert list(row) == list(space.domains)
        assert valid(row)


def test_the_first_rows_are_the_ones_asked_for(questionnaire: Questionnaire, space: Space) -> None:
    core = core_combinations(questionnaire)
    rows = cover(space, 2, core)
    assert [{axis: row[axis] for axis in core[0]} for row in rows[: len(core)]] == core
    assert cover(space, 2, core) == rows
