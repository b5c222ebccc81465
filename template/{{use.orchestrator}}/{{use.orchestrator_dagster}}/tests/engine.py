"""How tests run Dagster: in this process, without storing runs."""

import dagster as dg
import pytest


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Dagster store no runs."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the numbers of the retries, between which there is no pause."""
    numbers: list[int] = []

    def no_delay(_policy: dg.RetryPolicy, number: int) -> float:
        numbers.append(number)
        return 0.0

    monkeypatch.setattr(dg.RetryPolicy, "calculate_delay", no_delay)
    return numbers


@pytest.fixture
def quick(engine: None, attempts: list[int]) -> None:
    """Run in this process, and skip pauses."""
