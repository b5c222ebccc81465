"""The version of the code and of its environment, part of every manifest."""

import functools
import os
import subprocess
from importlib.metadata import distributions

from .artifacts import sha256
from .settings import ENV_PREFIX


@functools.cache
def code_commit() -> str:
    """Return the Git commit of the code, or "unknown" without a repository.

    `<PACKAGE>_COMMIT` takes precedence, since an image has no repository. The commit of a work tree with uncommitted
    changes ends in "-dirty".
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
    """Return a hash of the names and versions of all installed distributions."""
    installed = {f"{item.name}=={item.version}".lower() for item in distributions()}
    return sha256("\n".join(sorted(installed)).encode())
