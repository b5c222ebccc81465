"""Counting the space of answers: against going through it one by one, and against the oracle."""

import math
import random
from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path

import pytest
from conftest import ROOT
from oracle import valid

from mlops_new.catalog import Rule, Value
from mlops_new.questionnaire import Questionnaire
from mlops_new.rules import broken
from proof.space import CORE_AXES, Space, core_combinations, listed, offered

Domains = Mapping[str, tuple[Value, ...]]


def every(domains: Domains) -> Iterator[dict[str, Value]]:
    """All combinations, refused ones included."""
    return (dict(zip(domains, values, strict=True)) for values in product(*domains.values()))


@pytest.fixture
def space(questionnaire: Questionnaire) -> Space:
    return offered(questionnaire)


def made_up(seed: int) -> Space:
    """A small space with entangled rules."""
    chance = random.Random(seed)
    axes = "abcde"
    domains: dict[str, tuple[Value, ...]] = {
        axis: tuple(f"{axis}{number}" for number in range(chance.randint(1, 4))) for axis in axes
    }
    domains["m"] = ([], ["m0"], ["m1"], ["m0", "m1"])

    def side(size: int) -> dict[str, tuple[str | bool, ...]]:
        chosen = chance.sample(sorted(domains), size)
        choices = {axis: ["m0", "m1"] if axis == "m" else [str(value) for value in domains[axis]] for axis in chosen}
        return {axis: tuple(chance.sample(some, chance.randint(1, len(some)))) for axis, some in choices.items()}

    rules = tuple(
        Rule(f"r{number}", side(chance.randint(1, 2)), side(chance.randint(0, 1)), side(chance.randint(0, 1)), "")
        for number in range(chance.randint(0, 5))
    )
    return Space(domains, rules)


@pytest.mark.parametrize("seed", range(60))
def test_counts_are_those_of_going_through_one_by_one(seed: int) -> None:
    space = made_up(seed)
    fine = [answers for answers in every(space.domains) if not broken(space.rules, answers)]
    assert (space.size, space.valid) == (len(list(every(space.domains))), len(fine))
    for rule in space.rules:
        assert space.refused_by(rule) == sum(bool(broken((rule,), answers)) for answers in every(space.domains))
    for axes in combinations(space.domains, 2):
        seen = {tuple(map(str, (answers[axis] for axis in axes))) for answers in fine}
        found = [tuple(map(str, answers.values())) for answers in space.combinations(axes)]
        assert len(found) == len(seen)
        assert set(found) == seen
        for values in product(*(space.domains[axis] for axis in axes)):
            allowed = tuple(map(str, values)) in seen
            assert space.allows(dict(zip(axes, values, strict=True))) == allowed


@pytest.mark.parametrize("seed", range(60))
def test_groups_are_counted_and_picked_alike(seed: int) -> None:
    space = made_up(seed)
    chance = random.Random(seed)
    groups: dict[str, list[list[Value]]] = {}
    for axis in chance.sample(sorted(space.domains), 3):
        values = list(space.domains[axis])
        cut = chance.randint(0, len(values))
        groups[axis] = [part for part in (values[:cut], values[cut:]) if part]
    fine = [answers for answers in every(space.domains) if not broken(space.rules, answers)]
    expected = {
        tuple(next(number for number, group in enumerate(groups[axis]) if answers[axis] in group) for axis in groups)
        for answers in fine
    }
    assert space.count(groups) == len(expected) == len(list(space.pick(groups)))


@pytest.mark.parametrize("seed", range(60))
def test_an_example_is_valid_allowed_and_as_wished_where_it_can_be(seed: int) -> None:
    space = made_up(seed)
    chance = random.Random(seed)
    fine = [answers for answers in every(space.domains) if not broken(space.rules, answers)]
    allowed = {"a": list(space.domains["a"])[:1]}
    possible = [answers for answers in fine if answers["a"] in allowed["a"]]
    found = space.among(allowed, {})
    assert (found in possible) if possible else found is None
    if fine:
        wished = chance.choice(fine)
        assert space.among({}, wished) == wished


def parts(space: Space) -> list[Domains]:
    """The axes that rules tie to each other, group by group; one with a single choice is in each of them.

    So combinations can be counted group by group, which takes seconds instead of all memory there is.
    """
    several = {axis: {axis} for axis, values in space.domains.items() if len(values) > 1}
    for rule in space.rules:
        tied = set().union(*(several[axis] for axis in rule.axes & several.keys()))
        several.update(dict.fromkeys(tied, tied))
    groups = {frozenset(group) for group in several.values()}
    return [
        {axis: values for axis, values in space.domains.items() if axis in group or axis not in several}
        for group in groups
    ]


def test_the_offered_space_is_what_the_oracle_says(space: Space) -> None:
    groups = parts(space)
    assert space.valid == math.prod(sum(map(valid, every(domains))) for domains in groups)
    assert 0 < space.valid < space.size
    chance = random.Random(3)
    for _ in range(2000):
        answers = {axis: chance.choice(values) for axis, values in space.domains.items()}
        assert valid(answers) == all(valid({axis: answers[axis] for axis in domains}) for domains in groups)


def test_the_readme_names_the_number_of_combinations(space: Space) -> None:
    assert f"the {space.valid:,} valid combinations" in (ROOT / "README.md").read_text()


def test_random_parts_of_the_listed_space_are_what_the_oracle_says(questionnaire: Questionnaire) -> None:
    whole = listed(questionnaire.catalog)
    assert whole.size > 10**17
    chance = random.Random(7)
    refused = 0
    for _ in range(20):
        fixed = {axis: (chance.choice(values),) for axis, values in whole.domains.items()}
        free = chance.sample(sorted(fixed), 5)
        domains = {axis: whole.domains[axis] if axis in free else values for axis, values in fixed.items()}
        part = Space(domains, whole.rules)
        expected = sum(map(valid, every(domains)))
        assert part.valid == expected
        refused += part.size - expected
    assert refused


def test_what_a_question_refuses_by_itself_is_not_offered(space: Space) -> None:
    assert [] not in space.domains["triggers"]
    assert "neptune" not in space.domains["tracker"]
    assert [] in space.domains["compliance"]


def test_core_combinations_are_the_valid_ones(questionnaire: Questionnaire, space: Space) -> None:
    expected = [answers for answers in every({axis: space.domains[axis] for axis in CORE_AXES}) if valid(answers)]
    assert core_combinations(questionnaire) == expected
    assert len(expected) >= 2 ** len(CORE_AXES)


def test_what_a_rule_forbids_is_no_combination(space: Space) -> None:
    found = list(space.combinations(("cloud", "iac")))
    assert {"cloud": "local", "iac": "terraform"} not in found
    assert {"cloud": "aws", "iac": "terraform"} in found


def test_a_space_of_any_size_is_counted(tmp_path: Path) -> None:
    catalog = Questionnaire(ROOT, tmp_path / "my-project").catalog
    doubled = {f"{axis}{copy}": values for copy in range(40) for axis, values in listed(catalog).domains.items()}
    assert Space(doubled, ()).valid == listed(catalog).size ** 40
