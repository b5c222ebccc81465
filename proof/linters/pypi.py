"""Linters from PyPI that share one environment."""

from collections.abc import Sequence
from pathlib import Path

from proof.tools import digest, python_tools

from .base import Lint, command

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"


def program(name: str) -> Path:
    """Return the path of a linter's program."""
    return python_tools(REQUIREMENTS) / name


def version(*configuration: Path) -> str:
    """Return the version of all of them, with the configuration files of one."""
    return digest(REQUIREMENTS, *configuration)


def batch(name: str, *options: str) -> Lint:
    """Return a linter that takes all units in one call, with the others of its environment on the PATH."""

    def lint(units: Sequence[Path]) -> str:
        return command(program(name), *options, *units, path=python_tools(REQUIREMENTS))

    return lint


def checkov(framework: str, *options: str) -> Lint:
    """Return checkov's policies for one kind of file as a linter; units are folders."""

    def lint(units: Sequence[Path]) -> str:
        chosen = ("--framework", framework, "--skip-download", "--quiet", "--compact", *options)
        return command(program("checkov"), *chosen, *(part for unit in units for part in ("--directory", unit)))

    return lint
