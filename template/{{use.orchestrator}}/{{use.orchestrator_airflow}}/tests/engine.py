"""How tests run Airflow: with a database of their own. Airflow chooses it on import, so this is imported first."""

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
    """Prepare nothing: tests need no server."""


@pytest.fixture
def quick() -> None:
    """Prepare nothing: runs are in this process, and a DAG's test has no pauses."""
