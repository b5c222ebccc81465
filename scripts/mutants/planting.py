"""A copy of the repository in which defects are planted, and what its checks say of each."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from . import checks
from .base import Mutant

OWN = ("proof", "templates")
"""Parts of the cache that every checkout has to make for itself."""
WRITTEN = ("defined", "verdicts", "mypy-")
"""Parts that checks write to; the copy writes to copies of them, so that nothing of a defect is left behind."""
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")


class CopyError(Exception):
    """The copy cannot be made, or it is not what would be tested; the message says why."""


@dataclass(frozen=True)
class Result:
    """The outcome of a mutant.

    Attributes:
        mutant: the mutant.
        by: the checks that complained, where its own one missed it, those that were asked then.
        seconds: that its own check took.
        text: what its own check printed.
    """

    mutant: Mutant
    by: frozenset[str]
    seconds: float
    text: str

    @property
    def caught(self) -> bool:
        """Whether the check that should catch it did."""
        return self.mutant.check in self.by

    def __str__(self) -> str:
        """Return the result as the program prints it."""
        if self.caught:
            return f"caught by {self.mutant.check}"
        return f"caught by another: {', '.join(sorted(self.by))}" if self.by else "MISSED"


class Copy:
    """A repository of its own with the same files and an environment of its own."""

    def __init__(self, original: Path, folder: Path, *, install: bool = True) -> None:
        """Make the copy.

        Args:
            original: the repository; what is not committed counts, what Git ignores does not.
            folder: where the copy goes; it is empty.
            install: install the copy, for checks that import it; without, they run with this interpreter.

        Raises:
            CopyError: it cannot be installed, or something else than the copy would be imported.
        """
        self.root = folder.resolve()
        self.python = Path(sys.executable)
        listed = _git(original, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        for name in filter(None, listed):
            if os.path.lexists(original / name):
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(original / name, self.root / name, follow_symlinks=False)
        _git(self.root, "init", "--quiet")
        _git(self.root, "add", "--all")
        _git(self.root, "commit", "--quiet", "--no-verify", "--message", "Everything")
        if install:
            self._share_cache(original / ".cache")
            self._install()

    def _share_cache(self, shared: Path) -> None:
        own = self.root / ".cache"
        own.mkdir()
        for entry in shared.iterdir() if shared.is_dir() else ():
            if entry.name.startswith(WRITTEN):
                shutil.copytree(entry, own / entry.name)
            elif entry.name not in OWN:
                (own / entry.name).symlink_to(entry)

    def _install(self) -> None:
        sync = (sys.executable, "-m", "uv", "sync", "--locked", "--quiet", "--python", sys.executable)
        own = checks.environment()
        done = subprocess.run(sync, cwd=self.root, env=own, capture_output=True, text=True)
        if done.returncode:
            raise CopyError(f"the copy cannot be installed:\n{done.stderr}")
        self.python = self.root / ".venv" / "bin" / "python"
        show = "import mlops_new.source, proof.tools; print(mlops_new.source.root(), proof.tools.ROOT)"
        done = subprocess.run((self.python, "-c", show), cwd=self.root, env=own, capture_output=True, text=True)
        if done.stdout.split() != [str(self.root)] * 2:
            raise CopyError(f"something else than the copy would be tested: {done.stdout}{done.stderr}")

    def baseline(self, wanted: list[str]) -> list[checks.Outcome]:
        """Return what checks say without a defect; empty if they all pass."""
        proofs = [check for check in wanted if check.startswith(checks.PROOF)][:1]
        lints = [check for check in wanted if check.startswith(checks.LINT)]
        tests = [check for check in wanted if not check.startswith((checks.PROOF, checks.LINT))]
        outcomes = [checks.run(check, self.root, self.python) for check in (*proofs, *lints)]
        if tests:
            outcomes.append(checks.tests(tests, self.root, self.python))
        return [outcome for outcome in outcomes if outcome.found]

    def judge(self, mutant: Mutant, *, ask_others: bool = True) -> Result:
        """Plant a defect, run the check that should catch it, and take the defect away again.

        Args:
            mutant: the defect.
            ask_others: when its own check misses it, run all the quick ones.

        Raises:
            StaleError: it cannot be planted.
        """
        mutant.edit.verify(self.root)
        mutant.edit.apply(self.root)
        began = time.monotonic()
        try:
            outcome = checks.run(mutant.check, self.root, self.python)
            seconds = time.monotonic() - began
            found = outcome.found
            if not found and ask_others:
                found = checks.run(checks.REFUSED, self.root, self.python).found
                found |= checks.tests(list(checks.OTHERS), self.root, self.python).found
        finally:
            _git(self.root, "checkout", "--quiet", "--force", "--", ".")
            _git(self.root, "clean", "--quiet", "--force", "-d")
        return Result(mutant, found, seconds, outcome.text)


def _git(folder: Path, *arguments: str) -> str:
    command = (*GIT, *arguments)
    done = subprocess.run(command, cwd=folder, env=checks.environment(), capture_output=True, text=True, check=True)
    return done.stdout
