"""Tests that take long are not run again while nothing they depend on has changed: they passed, and would again.

A test marked `remembered("proof", …)` depends on its own folder of tests, on what they share, on the program, the
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

import pytest

from proof.tools import CACHE, ROOT, digest

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


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--fresh`."""
    parser.addoption("--fresh", action="store_true", help="run tests again whose last result still holds, too")


def pytest_configure(config: pytest.Config) -> None:
    """Say what the mark means."""
    config.addinivalue_line("markers", "remembered(*paths): not run again while these and the program stay the same")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is known to pass."""
    hashes: dict[tuple[str, ...], str] = {}
    known = set()
    for item in items:
        mark = item.get_closest_marker("remembered")
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
    return hashlib.sha256("\n".join([names, digest(*files), sys.version, platform.platform()]).encode()).hexdigest()
