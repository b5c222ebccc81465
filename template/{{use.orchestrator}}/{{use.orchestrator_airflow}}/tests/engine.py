"""How tests run Airflow: with a data base of their own. It decides when it is imported, and this is imported before."""

import os
import tempfile
from pathlib import Path

import pytest

FOLDER = tempfile.TemporaryDirectory(prefix="airflow-")
os.environ["AIRFLOW_HOME"] = FOLDER.name
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(Path(__file__).parent.parent / "dags")


@pytest.fixture
def engine() -> None:
    """A run needs nothing more in tests."""


@pytest.fixture
def quick() -> None:
    """Runs are in this process, and those of a DAG's test take no pauses."""
