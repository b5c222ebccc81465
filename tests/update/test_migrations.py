"""How answers of earlier versions are read: the table of migrations, and what is wrong with one."""

from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from mlops_new.catalog import Catalog
from mlops_new.update.migrations import TABLE, Migration, load, migrate, problems

RENAMED = Migration("0.2.0", rename={"monthly_budget": "budget"})
CHOICE = Migration("0.3.0", answers={"tracker": {"wandb": {"tracker": "weights"}}})
SPLIT = Migration(
    "0.3.0", answers={"serving": {"online": {"serving": "rest"}, "both": {"serving": "rest", "batch": True}}}
)
ELEMENT = Migration("0.3.0", answers={"triggers": {"data": {"triggers": ["arrival"], "watch": True}}})
DROPPED = Migration("0.3.0", answers={"triggers": {"data": {}}})
RETIRED = Migration("0.4.0", retire=["latency"])


@pytest.mark.parametrize(
    ("held", "table", "expected", "said"),
    [
        ({"monthly_budget": 9}, [RENAMED], {"budget": 9}, ["monthly_budget is now called budget"]),
        ({"tracker": "wandb"}, [CHOICE], {"tracker": "weights"}, ["tracker=wandb became tracker=weights"]),
        ({"tracker": "mlflow"}, [CHOICE], {"tracker": "mlflow"}, []),
        (
            {"serving": "both"},
            [SPLIT],
            {"serving": "rest", "batch": True},
            ["serving=both became serving=rest, batch=true"],
        ),
        (
            {"triggers": ["manual", "data"]},
            [ELEMENT],
            {"triggers": ["manual", "arrival"], "watch": True},
            ["triggers=data became triggers=[arrival], watch=true"],
        ),
        ({"triggers": ["data", "manual"]}, [DROPPED], {"triggers": ["manual"]}, ["triggers=data is gone"]),
        ({"latency": "batch"}, [RETIRED], {}, ["latency is no longer asked; it was batch"]),
        ({"other": 1}, [RENAMED, CHOICE, RETIRED], {"other": 1}, []),
        (
            {"old": "a"},
            [
                Migration("0.2.0", rename={"old": "new"}),
                Migration("0.3.0", answers={"new": {"a": {"new": "b"}}}),
                Migration("0.4.0", rename={"new": "newest"}),
            ],
            {"newest": "b"},
            ["old is now called new", "new=a became new=b", "new is now called newest"],
        ),
    ],
)
def test_answers_are_read_as_the_newest_version_asks(
    held: dict[str, Any], table: list[Migration], expected: dict[str, Any], said: list[str]
) -> None:
    before = dict(held)
    assert migrate(held, "v0.1.0", table) == (expected, said)
    assert held == before


@pytest.mark.parametrize(
    ("version", "held", "expected"),
    [
        ("v0.1.9", "a", "c"),
        ("v0.2.0", "b", "c"),
        ("v0.9.0", "b", "c"),
        ("v0.10.0", "b", "b"),
        pytest.param("0a1b2c3", "a", "a", id="a commit"),
    ],
)
def test_only_what_came_after_the_version_of_the_project_applies(version: str, held: str, expected: str) -> None:
    table = [Migration("0.2.0", rename={"a": "b"}), Migration("0.10.0", rename={"b": "c"})]
    assert migrate({held: 1}, version, table)[0] == {expected: 1}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ([RETIRED, RENAMED], "the entries are not in the order of versions"),
        ([Migration("0.2.0", rename={"a": "no_such"})], "0.2.0: no_such is not asked"),
        ([Migration("0.2.0", rename={"tracker": "cloud"})], "0.2.0: tracker is asked, and so not renamed or retired"),
        ([Migration("0.2.0", retire=["tracker"])], "0.2.0: tracker is asked, and so not renamed or retired"),
        ([Migration("0.2.0", answers={"tracker": {"a": {"tracker": "b"}}})], "0.2.0: tracker does not offer b"),
        ([Migration("0.2.0", answers={"a": {"x": {"triggers": ["y"]}}})], "0.2.0: triggers does not offer y"),
    ],
)
def test_a_table_that_does_not_fit_the_catalogue_is_found(
    table: list[Migration], problem: str, catalog: Catalog
) -> None:
    assert problem in problems(table, catalog)


def test_names_that_a_later_version_migrates_need_not_be_asked(catalog: Catalog) -> None:
    chain = [
        Migration("0.2.0", rename={"a": "b"}),
        Migration("0.3.0", answers={"b": {"x": {"cloud": "aws"}}}),
        Migration("0.4.0", retire=["b"]),
    ]
    assert problems(chain, catalog) == []


def test_the_table_fits_the_catalogue(catalog: Catalog) -> None:
    assert problems(load(ROOT), catalog) == []


def test_the_table_is_read_from_the_template(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    (tmp_path / TABLE).write_text("migrations:\n  - version: 0.2.0\n    rename: {a: b}\n    retire: [c]\n")
    assert load(tmp_path) == (Migration("0.2.0", rename={"a": "b"}, retire=["c"]),)
