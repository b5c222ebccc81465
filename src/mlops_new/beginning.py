"""What comes after a project is written: a repository for it, and an environment."""

import os
import shlex
import subprocess
from pathlib import Path
from typing import NamedTuple

from .errors import UserError

BRANCH = "main"
"""The branch that a project's CI runs on."""
_COMMIT = ("commit", "--quiet", "--message", "Start")


def is_in_repository(folder: Path) -> bool:
    """Tell whether a folder is in a work tree of Git."""
    try:
        done = _git(folder, "rev-parse", "--is-inside-work-tree")
    except OSError:  # without Git there is none
        return False
    return done.returncode == 0


class Done(NamedTuple):
    """What was done for a person already."""

    committed: bool = False
    installed: bool = False


def steps(project: Path, done: Done, *, approval: bool) -> list[str]:
    """Return the commands to run next.

    Args:
        project: folder of the project.
        done: what need not be done any more.
        approval: whether a person promotes models.
    """
    init = "" if is_in_repository(project) else f"git init --initial-branch={BRANCH} && "
    first = [] if done.committed else [f'{init}git add --all && git commit --message "Start"']
    setup = "" if done.installed else "setup "
    promote = "promote " if approval else ""
    return [f"cd {shlex.quote(str(project))}", *first, f"make {setup}test train {promote}serve"]


def commit(project: Path) -> None:
    """Make a project a repository, and commit its files.

    Raises:
        UserError: Git is missing or refuses, such as without a name for the commit; with what to do.
    """
    for arguments in (("init", "--quiet", f"--initial-branch={BRANCH}"), ("add", "--all"), _COMMIT):
        command = f"cd {shlex.quote(str(project))} && {shlex.join(['git', *arguments])}"
        try:
            done = _git(project, *arguments)
        except OSError as error:
            raise UserError(f"git cannot be started: {error}; the project is complete; later run: {command}") from error
        if done.returncode:
            raise UserError(f"{done.stderr.strip()}\nThe project is complete; then run: {command}")


def install(project: Path) -> None:
    """Install everything that a project needs, as `make setup`; what that prints is shown.

    Raises:
        UserError: it fails.
    """
    try:
        done = subprocess.run(["make", "setup"], cwd=project, check=False)
    except OSError as error:
        raise UserError(f"make cannot be started: {error}; install it, then run `make setup`") from error
    if done.returncode:
        raise UserError("`make setup` failed, see above; the project is complete")


def _git(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "LC_ALL": "C"}
    return subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False)
