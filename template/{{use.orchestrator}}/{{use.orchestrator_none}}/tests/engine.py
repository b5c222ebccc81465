"""How tests run the pipeline in this process."""

import pytest


@pytest.fixture
def engine() -> None:
    """A run needs nothing more in tests."""


@pytest.fixture
def quick(pauses: list[float]) -> None:
    """Runs take no pauses; processes they never start."""
