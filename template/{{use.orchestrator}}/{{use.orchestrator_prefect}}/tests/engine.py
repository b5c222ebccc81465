"""How tests run Prefect: in this process, with one server for all tests."""

from collections.abc import Iterator

import pytest
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """Start a Prefect server with a database of its own."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def quick(engine: None) -> None:
    """Prepare nothing more: runs are in this process."""
