"""Generated projects for tables, created and set up once by each worker.

This is a plugin, which every session loads; what takes a while to import is imported where it is used.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from suite import Project, Suite


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The Python that projects of a framework and a compute run on, as locked; XGBoost brings scikit-learn along."""
    from suite import environment

    @cache
    def prepared(framework: str, compute: str) -> Path:
        if framework == "sklearn":
            return prepared("xgboost", compute)
        return environment(tmp_path_factory.mktemp(f"environment-{framework}-{compute}"), framework, compute)

    return prepared


@pytest.fixture(scope="session")
def projects(
    environments: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], "Project"]:
    """A project for a problem and a framework."""
    from suite import create

    @cache
    def project(problem: str, framework: str) -> "Project":
        folder = tmp_path_factory.mktemp(f"project-{problem}-{framework}")
        return create(folder, environments(framework, "local"), problem=problem, framework=framework)

    return project


@pytest.fixture(scope="session")
def suites(
    environments: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str, str], "Suite"]]:
    """What brings tables to a project for a problem, a framework and a compute."""
    from suite import Suite, create

    made: list[Suite] = []

    @cache
    def suite(problem: str, framework: str, compute: str) -> Suite:
        folder = tmp_path_factory.mktemp(f"suite-{problem}-{framework}-{compute}")
        python = environments(framework, compute)
        project = create(folder, python, problem=problem, framework=framework, compute=compute)
        made.append(Suite(folder, framework, project))
        return made[-1]

    yield suite
    for one in made:
        one.close()
