"""Tests that take long are not run again while nothing they depend on has changed: they passed, and would again.

A test marked `cached("proof", …)` depends on its own folder of tests, on what they share, on the program, the
template, the locked versions, this Python, and on the paths that the mark names. When it passes, a hash over all that
is kept under .cache/tests; a test that is found there is deselected, and the session says how many were.
`--fresh` runs them all.
"""

import hashlib
import platform
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Protocol

import pytest

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
SHARED = (
    "copier.yml",
    "hatch_build.py",
    "pyproject.toml",
    "questions",
    "src",
    "template",
    ":(glob)tests/*.py",
    "uv.lock",
)
"""What every such test depends on, as paths for Git."""
KNOWN = pytest.StashKey[Path]()
LEFT_OUT = pytest.StashKey[int]()


class Worker(Protocol):
    """What xdist, which has no types, gives of a worker that is done."""

    config: pytest.Config


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fresh`."""
    parser.addoption("--fresh", action="store_true", help="run tests again whose last result still holds, too")


def pytest_configure(config: pytest.Config) -> None:
    """Say what the mark means."""
    config.addinivalue_line("markers", "cached(*paths): not run again while these and the program stay the same")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is known to pass."""
    hashes: dict[tuple[str, ...], str] = {}
    known = set()
    for item in items:
        mark = item.get_closest_marker("cached")
        if mark is None:
            continue
        paths = (*SHARED, *mark.args, item.path.parent.relative_to(ROOT).as_posix())
        if paths not in hashes:
            hashes[paths] = _hash(paths)
        name = hashlib.sha256(f"{hashes[paths]} {item.nodeid}".encode()).hexdigest()
        item.stash[KNOWN] = CACHE / "tests" / name
        if item.stash[KNOWN].exists():
            known.add(item)
    if known and not config.getoption("fresh"):
        config.hook.pytest_deselected(items=[item for item in items if item in known])
        items[:] = [item for item in items if item not in known]
        config.stash[LEFT_OUT] = len(known)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker of xdist tell the session, which itself collects nothing."""
    told: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["left_out"] = session.config.stash.get(LEFT_OUT, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Worker) -> None:
    """Take what a worker told; each of them collects the same tests, and one that crashed tells nothing."""
    told = getattr(node, "workeroutput", {}).get("left_out", 0)
    node.config.stash[LEFT_OUT] = max(told, node.config.stash.get(LEFT_OUT, 0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say how many tests were left out."""
    if count := config.stash.get(LEFT_OUT, 0):
        tests = "1 test" if count == 1 else f"{count} tests"
        terminalreporter.write_line(f"{tests} not run again, since nothing they depend on changed; --fresh runs all")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep that a test passed."""
    report = yield
    if KNOWN in item.stash and call.when == "call" and report.passed:
        item.stash[KNOWN].parent.mkdir(parents=True, exist_ok=True)
        item.stash[KNOWN].touch()
    return report


def _hash(paths: tuple[str, ...]) -> str:
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in sorted(set(listed.split("\0")) - {""}) if (ROOT / name).is_file()]
    names = "\n".join(file.relative_to(ROOT).as_posix() for file in files)
    content = b"\0".join(file.read_bytes() for file in files)
    system = "\n".join([names, sys.version, platform.platform()])
    return hashlib.sha256(system.encode() + b"\0" + content).hexdigest()
