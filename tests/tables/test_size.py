"""Large tables fit into memory; how long they take is measured, not tested, see docs/benchmarks.md."""

from collections.abc import Callable
from pathlib import Path

import pytest
from suite import Project

from benchmarks.tables import cases, pipeline

pytestmark = [pytest.mark.full, pytest.mark.cached("benchmarks/tables.py")]

MEGABYTES = (2000, 1500)
"""For 336,776 flights, and for a million rows of eleven columns."""


@pytest.mark.parametrize("framework", ["sklearn", "xgboost"])
def test_large_tables_fit_into_memory(framework: str, projects: Callable[[str, str], Project], tmp_path: Path) -> None:
    for number, (case, most) in enumerate(zip(cases(tmp_path), MEGABYTES, strict=True)):
        folder = tmp_path / str(number)
        folder.mkdir()
        measure, _ = pipeline(projects("regression", framework), case, folder)
        assert measure.megabytes < most, case.title
