"""Runs a check in a copy of the repository, and returns what it found."""

import json
import os
import re
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mlops_new.bundle import OUTER
from proof import tools

PROOF = "proof:"
LINT = "lint:"
REFUSED = "proof:trace"
"""The proof ended with a message: a template reads what it may not, or cannot be parsed."""
OTHERS = ("tests/generator", "--ignore=tests/generator/test_wizard.py")
"""What is asked for a defect that its own check has missed, beside the proof: the quick tests."""
SECONDS = 900
OURS = {*tools.OURS, *OUTER}
"""What makes tools use the original, or behave differently than for a developer."""


@dataclass(frozen=True)
class Outcome:
    """What a check said.

    Attributes:
        found: names of the checks that complain, `proof:<linter>` or the check itself; empty if there are none.
        text: what was printed.
    """

    found: frozenset[str]
    text: str


def environment() -> dict[str, str]:
    """Return the variables for whatever runs in a copy."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


def run(check: str, root: Path, python: Path) -> Outcome:
    """Run one check.

    Args:
        check: see `Mutant`.
        root: the copy.
        python: its interpreter.
    """
    try:
        if check.startswith(PROOF):
            return _proof(root, python)
        if check.startswith(LINT):
            return _judged(check, call(root, python, *shlex.split(check.removeprefix(LINT))))
        return tests([check], root, python, name=check)
    except subprocess.TimeoutExpired:
        return Outcome(frozenset([f"{check} did not end"]), "")


def tests(chosen: list[str], root: Path, python: Path, name: str = "") -> Outcome:
    """Run tests; what fails is found under its own name unless another one is given."""
    done = call(
        root, python, "-m", "pytest", "--quiet", "--exitfirst", "--no-header", "-p", "no:cacheprovider", *chosen
    )
    failed = re.search(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    return _judged(name or (failed[1] if failed else "tests"), done)


def _proof(root: Path, python: Path) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        done = call(root, python, "-m", "proof", "--pairs", "--jobs", "2", "--report", folder)
        report = Path(folder) / "report.json"
        found = json.loads(report.read_text(encoding="utf-8"))["findings"] if report.exists() else []
    names = {PROOF + finding["linter"] for finding in found}
    if done.returncode and not names:
        names = {PROOF + "crash" if "Traceback" in done.stderr else REFUSED}
    return Outcome(frozenset(names), "\n".join([*(finding["text"] for finding in found), done.stderr]))


def _judged(name: str, done: "subprocess.CompletedProcess[str]") -> Outcome:
    text = f"{done.stdout}\n{done.stderr}"
    if done.returncode in {0, 1}:
        return Outcome(frozenset([name] if done.returncode else []), text)
    return Outcome(frozenset([f"exit code {done.returncode} of {name}"]), text)


def call(root: Path, *command: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run a command in a folder, with nothing in its environment that leads elsewhere."""
    return subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, timeout=SECONDS)
