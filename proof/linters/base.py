"""The contract of a linter: which files it takes, how it is called, and what it must refuse."""

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

Lint = Callable[[Sequence[Path]], str]
"""Takes files, or folders when the linter is `whole`; returns findings as text, empty if there are none."""


@dataclass(frozen=True, eq=False)
class Linter:
    """One linter.

    Attributes:
        name: unique, lower case, words joined by hyphens.
        takes: patterns of paths inside a project, as `PurePosixPath.match` reads them; `**/` in front of a folder
            matches at any depth.
        lint: does the work on many units at once. A unit is a file that lies at its path in some folder, or, for a
            linter that is `whole`, a folder that holds all files of one project which match `takes`, and nothing else.
        bad: path → content of a project that it must refuse.
        version: text that changes whenever the tool or its configuration does; part of the key of cached verdicts.
        excludes: patterns of paths that it leaves alone although they match `takes`.
        whole: checks the files of one project together.
        batch: how many units it gets first; many, if it takes long to start.
        group_by: an axis: units with the same choice share an expensive warm-up, so one worker gets all of them.
        expected: whether the template has such files today; one that has none is listed in the report as idle.
    """

    name: str
    takes: tuple[str, ...]
    lint: Lint
    bad: Mapping[str, str]
    version: Callable[[], str]
    excludes: tuple[str, ...] = ()
    whole: bool = False
    batch: int = 16
    group_by: str = ""
    expected: bool = True

    def wants(self, path: str) -> bool:
        """Tell whether the linter takes this path of a project."""
        pure = PurePosixPath(path)
        return any(_matches(pure, p) for p in self.takes) and not any(_matches(pure, p) for p in self.excludes)


def _matches(path: PurePosixPath, pattern: str) -> bool:
    if pattern.endswith("/**"):
        return path.as_posix().startswith(pattern[:-2])
    return path.match(pattern)


def command(
    *parts: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, path: Path | None = None
) -> str:
    """Run a tool; return what it printed if it failed, otherwise nothing.

    Args:
        parts: program and arguments.
        cwd: folder to run it in.
        env: variables to set for it.
        path: folder to put in front of its PATH.
    """
    variables = {**os.environ, **(env or {})}
    if path:
        variables["PATH"] = f"{path}{os.pathsep}{variables['PATH']}"
    done = subprocess.run([str(part) for part in parts], cwd=cwd, capture_output=True, text=True, env=variables)
    return f"{done.stdout}{done.stderr}".strip() or f"exit code {done.returncode}" if done.returncode else ""


def each(check: Callable[[Path], str]) -> Lint:
    """Return a linter that checks one unit at a time."""
    return lambda units: "\n".join(finding for unit in units if (finding := check(unit)))


def files(folder: Path) -> Iterator[Path]:
    """Return the files of a unit of a linter that is `whole`."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file())
