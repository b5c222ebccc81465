"""Fixtures that more than one folder of tests uses."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.bundle import CONTENT
from mlops_new.catalog import Catalog, Value, load
from mlops_new.questionnaire import Questionnaire

pytest_plugins = ["pytester", "cached_tests", "table_projects"]

ROOT = Path(__file__).parent.parent
collect_ignore = ["update/repositories"]
"""What tests read, with tests of its own."""
NO_NETWORK = {
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), "http://127.0.0.1:9"),
    **dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9"),
}
"""Variables with which any attempt to reach a network fails."""
IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}
"""Variables with a name for commits, whatever this machine has."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each of two workers begin with half of what takes minutes; what takes seconds fills the end."""
    long = [item for item in items if item.path.is_relative_to(ROOT / "tests" / "run")]
    short = [item for item in items if item not in long]
    first = long[::2]
    half = max(0, len(items) // 2 - len(first))
    items[:] = [*first, *short[:half], *long[1::2], *short[half:]]


def git(folder: Path, *arguments: str) -> str:
    """Run Git in a folder, with an identity for commits; returns its standard output."""
    command = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com", *arguments)
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """The catalogue of this checkout."""
    return load(ROOT)


@pytest.fixture
def questionnaire(tmp_path: Path) -> Questionnaire:
    """The questionnaire for a project called my-project."""
    return Questionnaire(source.root(), tmp_path / "my-project")


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Renders a project with some answers and the recommended others; returns its folder."""

    def create(name: str = "my-project", **given: Value) -> Path:
        destination = tmp_path / name
        answers: Mapping[str, Value] = check(Questionnaire(source.root(), destination), {"project_name": name, **given})
        render.create(answers, destination)
        return destination

    return create


@pytest.fixture(scope="session")
def plain_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a user of plain copier sees: the template in a folder without Git."""
    folder = tmp_path_factory.mktemp("plain")
    for name in CONTENT:
        origin = ROOT / name
        copy = shutil.copytree if origin.is_dir() else shutil.copy
        copy(origin, folder / name)
    return folder


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A folder for many small files, in memory where there is enough of it."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    large = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**29
    with tempfile.TemporaryDirectory(prefix="mlops-new-", dir=shared if large else None) as name:
        yield Path(name)
