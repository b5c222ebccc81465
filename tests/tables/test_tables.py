"""Real tables brought to generated projects: from the first line of the file to predictions of the champion.

| what went wrong once | shown by |
|---|---|
| 1 an empty cell in a text column | penguins, hmda, credit, stops |
| 2 rows keep their side | test_retraining.py; the project's tests/test_split.py, test_own_table.py |
| 3 own table, green tests | the project's tests/conftest.py, which keep to the example data; tests/run |
| 4 new classes, recoded labels, types | the project's tests/test_classes.py, test_own_table.py; test_bad.py |
| 5 one hook for features | the project's tests/test_own_table.py; dates of storms, birds, pizzas here |
| 6 many categories | flights, tate, loans, inspections; benchmarks/tables.py |
| 7 codes and numbers in JSON | travel, chicks, ames; the project's tests/test_cells.py |
| 8 None and NA as classes | the project's tests/test_classes.py; email, chile here |
| 9 numbers and dates that look like text | biopsy, penguins_raw, hotel_rates, pizzas, stocks, birds |
| 10 errors in data are refusals | test_bad.py |
| 11 a refusal of the gate has a code and reasons | titanic, hmda, caravan: code 4 |
| 12 leaks | the project's tests/test_inference.py; test_bad.py: duplicate_header |
| 13 what changed since the champion | test_retraining.py; the project's tests/test_own_table.py |
| 14 separators, encodings, compression | penguins_raw, hpc, fine_foods, tate, cars_2021; test_bad.py |
"""

import json
from collections.abc import Callable
from typing import Any

import catalogue
import pytest
from catalogue import TABLES
from suite import Suite, kept

CLOSE = 0.01
"""So far may a score be from that of the hand-written baseline."""

QUICK = {
    ("penguins", "sklearn"),
    ("titanic", "sklearn"),
    ("travel", "sklearn"),
    ("birds", "sklearn"),
    ("penguins_raw", "xgboost"),
    ("pizzas", "xgboost"),
    ("tate", "xgboost"),
    ("airquality", "xgboost"),
}
"""What `make test` brings to a project; the others take too long for it."""

SMALL = ("penguins", "penguins_raw", "travel", "airquality", "tips", "iris", "hitters", "chicks", "biopsy")
"""Tables that are brought to PyTorch and Dask, too."""


def cases() -> list[object]:
    """Each table with each framework, and what is too small to be slow with the others."""
    pairs = [(table.name, framework, "local") for table in TABLES for framework in ("sklearn", "xgboost")]
    pairs += [(name, framework, "local") for name in SMALL for framework in ("pytorch",)]
    pairs += [(name, framework, "dask") for name in SMALL for framework in ("sklearn", "xgboost")]
    return [
        pytest.param(
            name,
            framework,
            compute,
            id="-".join([name, framework, *([] if compute == "local" else [compute])]),
            marks=[] if (name, framework) in QUICK and compute == "local" else [pytest.mark.full],
        )
        for name, framework, compute in pairs
    ]


@pytest.mark.cached()
@pytest.mark.parametrize(("name", "framework", "compute"), cases())
def test_a_table_is_trained_on_and_served(
    name: str, framework: str, compute: str, suites: Callable[[str, str, str], Suite]
) -> None:
    table = catalogue.table(name)
    found = suites(table.problem, framework, compute).bring(table)
    assert "crashed" not in found, found["crashed"]
    for command in ("contract", "test_data", "train"):
        said = found[command]
        assert said["code"] in ((0, 4) if command == "train" else (0,)), said
        assert "Traceback" not in said["printed"] + said["logged"]
    if found["train"]["code"] == 4:
        assert found["reasons"]
        assert found["train"]["printed"].rstrip().endswith(found["reasons"][-1])
    assert found["rest"] == ""
    assert found["batch"] == ""
    difference = found["score"] - found["baseline"]["score"]
    assert abs(difference) < CLOSE, f"{found['score']} instead of {found['baseline']['score']}"
    assert found["rows"] == [found["baseline"]["train_rows"], found["baseline"]["test_rows"]]
    if compute == "local" and framework != "pytorch":
        kept(table, framework, found)


@pytest.mark.full
@pytest.mark.cached()
@pytest.mark.parametrize("framework", ["sklearn", "xgboost"])
def test_codes_are_refused_as_numbers_and_not_taken_for_other_categories(
    framework: str, suites: Callable[[str, str, str], Suite]
) -> None:
    found: dict[str, Any] = suites("classification", framework, "local").bring(catalogue.table("travel"))
    assert "mode is not a category but a code: write it as text" in json.dumps(found["codes"])
