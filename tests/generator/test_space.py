"""The list of combinations that the test matrix is made of."""

from itertools import product

from oracle import valid

from mlops_new.catalog import Catalog
from mlops_new.space import CORE_AXES, combinations, core_combinations


def test_core_combinations_are_the_valid_ones(catalog: Catalog) -> None:
    offered = [[choice.value for choice in catalog.question(axis).offered] for axis in CORE_AXES]
    expected = [answers for values in product(*offered) if valid(answers := dict(zip(CORE_AXES, values, strict=True)))]
    assert core_combinations(catalog) == expected
    assert len(expected) >= 2 ** len(CORE_AXES)


def test_what_a_rule_forbids_is_left_out(catalog: Catalog) -> None:
    found = list(combinations(catalog, ("cloud", "iac")))
    assert {"cloud": "local", "iac": "terraform"} not in found
    assert {"cloud": "aws", "iac": "terraform"} in found
