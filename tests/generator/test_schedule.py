"""The schedule that a project gets is one, and as frequent as the answer says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_new.catalog import Catalog

RUNS = {"monthly": 12, "weekly": 52, "daily": 365, "hourly": 365 * 24}
"""How often it is retrained → runs in a year, up to a week."""
FIELDS = (range(60), range(24), range(1, 29), range(1, 13), range(7))
"""Minute, hour, day that every month has, month, day of the week."""


def runs(schedule: str) -> float:
    """Runs in a year of a cron expression with plain numbers and asterisks."""
    fields = schedule.split()
    assert len(fields) == len(FIELDS)
    for field, allowed in zip(fields, FIELDS, strict=True):
        assert field == "*" or int(field) in allowed, schedule
    _, hour, day, month, weekday = (field == "*" for field in fields)
    assert fields[0] != "*", "every minute"
    assert day or weekday, "one day or the other"
    return (24 if hour else 1) * (365 if day and weekday else 52 if day else 12) * (1 if month else 1 / 12)


@pytest.mark.parametrize("frequency", RUNS)
def test_the_schedule_is_as_frequent_as_was_answered(frequency: str, project: Callable[..., Path]) -> None:
    folder = project(orchestrator="airflow", retraining=frequency, triggers=["schedule"])
    [line] = [line for line in (folder / "config.toml").read_text().splitlines() if line.startswith("schedule = ")]
    assert runs(line.removeprefix("schedule = ").strip('"')) == RUNS[frequency]


def test_every_frequency_has_a_schedule(catalog: Catalog) -> None:
    assert {choice.value for choice in catalog.question("retraining").offered} == {*RUNS, "on_demand"}
