"""Linters of shell scripts."""

from collections.abc import Sequence
from pathlib import Path

from proof.tools import digest, python_tools

from .base import Linter, command

REQUIREMENTS = Path(__file__).with_name("shell.txt")


def _shellcheck(files: Sequence[Path]) -> str:
    return command(python_tools(REQUIREMENTS) / "shellcheck", "--norc", *files)


LINTERS: tuple[Linter, ...] = (
    Linter(
        "shellcheck",
        ("*.sh",),
        _shellcheck,
        {"deploy.sh": "#!/bin/sh\nrm -r $1\n"},
        lambda: digest(REQUIREMENTS, Path(__file__)),
        expected=False,
    ),
)
