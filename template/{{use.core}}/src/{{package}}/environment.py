"""Where the code and its environment come from; part of every manifest."""

import functools
import os
import subprocess
from importlib.metadata import distributions

from .artifacts import sha256
from .settings import ENV_PREFIX


@functools.cache
def code_commit() -> str:
    """The Git commit of the code; `<PACKAGE>_COMMIT` wins (an image has no repository), "unknown" without either.

    A commit whose work tree has uncommitted changes ends in "-dirty".
    """
    given = os.environ.get(f"{ENV_PREFIX}COMMIT")
    if given:
        return given
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()


@functools.cache
def environment_sha256() -> str:
    """Hash of the names and versions of all installed distributions."""
    installed = {f"{item.name}=={item.version}".lower() for item in distributions()}
    return sha256("\n".join(sorted(installed)).encode())
