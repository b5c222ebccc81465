"""How tests run Prefect: in this process, with a server that all of them share."""

from collections.abc import Iterator

import pytest
from prefect.testing.utilities import prefect_test_harness


@pytest.fixture(scope="session")
def engine() -> Iterator[None]:
    """A Prefect server with a data base of its own."""
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def quick(engine: None) -> None:
    """Runs are in this process."""
