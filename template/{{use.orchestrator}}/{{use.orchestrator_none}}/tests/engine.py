"""How tests run the pipeline in this process."""

import pytest


@pytest.fixture
def engine() -> None:
    """Prepare nothing: tests need no server."""


@pytest.fixture
def quick(pauses: list[float]) -> None:
    """Skip pauses; processes are never started."""
