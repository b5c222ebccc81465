"""A thousand bad tables come to a project with a committed contract: none of them reaches training in silence."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bad import MUTATIONS, BadTable, bad_tables
from good import BASES
from suite import DATABASE, HERE, NAME, Project, run

SEED = 1
MANY = 1000
FEW = 120
TRAINED = 20
"""So many are brought to `train`, too, for its exit code."""

Judged = dict[str, Any]

every_mutation = pytest.mark.parametrize("mutation", [mutation.name for mutation in MUTATIONS])


def some() -> list[BadTable]:
    """One of each mutation, and some more; of the large ones, which take longest, a single one."""
    small = [bad for bad in bad_tables(MANY, SEED) if not bad.large]
    large = [bad for bad in bad_tables(MANY, SEED) if bad.large]
    first = {bad.mutation.name: bad for bad in reversed(small)}
    more = [bad for bad in small if bad not in first.values()]
    return [*first.values(), *random.Random(SEED).sample(more, FEW - len(first) - 1), large[0]]


def judged(tables: list[BadTable], projects: Callable[..., Project], folder: Path) -> dict[str, Judged]:
    """What two projects, one a problem, say of tables."""
    trained = {bad.name for bad in random.Random(SEED).sample([t for t in tables if not t.large], TRAINED)}
    found: dict[str, Judged] = {}
    for problem in ("classification", "regression"):
        project, place = projects(problem, "sklearn"), folder / problem
        place.mkdir()
        shutil.copy(project.database, place / DATABASE)
        order: dict[str, Any] = {"bases": {}, "tables": []}
        for base in (base for base in BASES if base.problem == problem):
            (place / base.file).write_bytes(base.content)
            order["bases"][base.name] = {"file": str(place / base.file), "target": base.target}
        for bad in (bad for bad in tables if bad.base.problem == problem):
            made = bad.make()
            file = place / "bad" / bad.name / made.file
            file.parent.mkdir(parents=True)
            file.write_bytes(made.content)
            told = {"name": bad.name, "base": bad.base.name, "file": str(file), "train": bad.name in trained}
            order["tables"].append(told)
        (place / "order.json").write_text(json.dumps(order))
        arguments = [str(HERE / "bad_driver.py"), NAME, str(place / "order.json"), str(place / "result.json")]
        done = run(project, project.rest, *arguments, folder=place)
        assert done.returncode == 0, done.stderr[-4000:]
        found |= json.loads((place / "result.json").read_text())
    return found


def check(tables: list[BadTable], found: dict[str, Judged]) -> None:
    """Each table was judged as its outcome says.

    Raises:
        AssertionError: which were not.
    """
    for base in BASES:
        if base.name in found:
            assert found[base.name]["accepted"], found[base.name]["said"]
    wrong = []
    for bad in tables:
        outcome, said = bad.make().outcome, found[bad.name]
        if said["accepted"] != outcome.accepted or said["code"] == 3 or outcome.unmet(said["said"]):
            unmet = outcome.unmet(said["said"])
            wrong.append(f"{bad.name}: {outcome.why}, but code {said['code']}, without {unmet}: {said['said'][-600:]}")
        if said["train"] is not None:
            expected = (0, 4) if outcome.accepted else (2,)
            if said["train"] not in expected or "Traceback" in said["printed"]:
                wrong.append(f"{bad.name}: train ended with {said['train']}: {said['printed'][-600:]}")
    assert not wrong, "\n".join(wrong)


def test_some_bad_tables_are_refused_and_others_accepted_rightly(
    projects: Callable[..., Project], tmp_path: Path
) -> None:
    tables = some()
    assert len({bad.mutation.name for bad in tables}) > 80
    check(tables, judged(tables, projects, tmp_path))


@pytest.mark.full
@pytest.mark.cached()
def test_a_thousand_bad_tables_are_refused_or_accepted_rightly(
    projects: Callable[..., Project], tmp_path: Path
) -> None:
    tables = list(bad_tables(MANY, SEED))
    found = judged(tables, projects, tmp_path)
    check(tables, found)
    assert len(tables) == MANY
    codes = [found[bad.name]["train"] for bad in tables if found[bad.name]["train"] is not None]
    assert len(codes) == TRAINED
    assert 2 in codes
