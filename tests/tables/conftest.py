"""Generated projects for tables, created and set up once by each worker."""

import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from suite import Project, Suite, create, set_up

GIVEN = "MLOPS_NEW_TABLES_PYTHON"
"""Names the Python of an environment that has all that the projects need, for a quick try."""


@pytest.fixture(scope="session")
def environments(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Path]:
    """The Python that projects of a framework and a compute run on, as locked; XGBoost brings scikit-learn along."""

    @cache
    def environment(framework: str, compute: str) -> Path:
        if GIVEN in os.environ:
            return Path(os.environ[GIVEN])
        if framework == "sklearn":
            return environment("xgboost", compute)
        folder = tmp_path_factory.mktemp(f"environment-{framework}-{compute}")
        return set_up(folder, framework=framework, compute=compute)

    return environment


@pytest.fixture(scope="session")
def projects(
    environments: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str, str], Project]:
    """A project for a problem and a framework."""

    @cache
    def project(problem: str, framework: str) -> Project:
        folder = tmp_path_factory.mktemp(f"project-{problem}-{framework}")
        return create(folder, environments(framework, "local"), problem=problem, framework=framework)

    return project


@pytest.fixture(scope="session")
def suites(
    environments: Callable[[str, str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str, str], Suite]]:
    """What brings tables to a project for a problem, a framework and a compute."""
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
