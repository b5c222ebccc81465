"""Retraining real tables: no champion is scored on rows that it was trained on, and the gate is mostly right."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import catalogue
import grown
import pytest
from retrained import Judgement, kept, retrain, right
from suite import RESULTS, Project

pytestmark = [pytest.mark.full, pytest.mark.cached()]
FRAMEWORKS = ("sklearn", "xgboost")

PROMOTED = 0.9
"""Of the models that are clearly better than the champion."""
REFUSED = 0.95
"""Of those that are clearly worse, or left to a person."""


@pytest.fixture(scope="module")
def retrainings(
    projects: Callable[[str, str], Project], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], list[Judgement]]:
    """What the gate of a framework's project said of all that happened to a table."""

    @cache
    def judgements(name: str, framework: str) -> list[Judgement]:
        table = catalogue.table(name)
        folder = tmp_path_factory.mktemp(f"{name}-{framework}")
        found = retrain(projects(table.problem, framework), table, framework, folder)
        kept(found, RESULTS / f"retraining-{framework}-{name}.json")
        return found

    return judgements


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("name", grown.RETRAINED)
def test_no_champion_is_scored_on_rows_that_it_was_trained_on(
    name: str, framework: str, retrainings: Callable[[str, str], list[Judgement]], tmp_path: Path
) -> None:
    found = retrainings(name, framework)
    assert [one.case for one in found if one.rows >= 20]
    assert not [one for one in found if one.seen]


def test_better_models_are_promoted_and_worse_ones_are_not(
    retrainings: Callable[[str, str], list[Judgement]],
) -> None:
    found = [one for name in grown.RETRAINED for framework in FRAMEWORKS for one in retrainings(name, framework)]
    promoted, better = right(found, "better")
    refused, worse = right(found, "worse")
    assert better >= 30
    assert worse >= 60
    assert promoted >= PROMOTED * better, [one for one in found if one.truth == "better" and not one.promoted]
    assert refused >= REFUSED * worse, [one for one in found if one.truth == "worse" and one.promoted]
