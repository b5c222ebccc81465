"""Runs linters over units: in batches, and a batch with a finding is halved until the unit is found."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .contents import Unit
from .linters.base import Linter
from .tools import ToolError

SECONDS = 5.0
"""Target seconds per batch; the batch size doubles until it is reached."""
LARGEST = 256


def lint(linter: Linter, units: Sequence[Unit], done: Callable[[list[Unit]], None]) -> Iterator[tuple[Unit, str]]:
    """Lint units.

    Args:
        linter: the linter.
        units: what it checks.
        done: called with the units of a batch that turned out clean.

    Yields:
        Each unit with a finding, and the finding.
    """
    size = linter.batch
    start = 0
    while start < len(units):
        batch = list(units[start : start + size])
        start += size
        began = time.monotonic()
        yield from _halved(linter, batch, done)
        if time.monotonic() - began < SECONDS:
            size = min(2 * size, LARGEST)


def _halved(linter: Linter, units: list[Unit], done: Callable[[list[Unit]], None]) -> Iterator[tuple[Unit, str]]:
    finding = lint_batch(linter, units)
    if not finding:
        done(units)
    elif len(units) == 1:
        yield units[0], finding
    else:
        middle = len(units) // 2
        yield from _halved(linter, units[:middle], done)
        yield from _halved(linter, units[middle:], done)


def lint_batch(linter: Linter, units: Sequence[Unit]) -> str:
    """Return what a linter says of units, without names of temporary folders; empty if it finds nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        given = []
        for number, unit in enumerate(units):
            place = folder / f"{number:03}"
            unit.write(place)
            given += [place] if linter.whole else [place / path for path in unit.files]
        try:
            finding = linter.lint(given)
        except ToolError:
            raise
        except Exception as error:  # whatever a bad file does to a linter is a finding about the file
            finding = f"the linter failed: {type(error).__name__}: {error}"
        for number in range(len(units)):
            finding = finding.replace(f"{folder}/{number:03}/", "").replace(f"{folder}/{number:03}", "the project")
        return finding.replace(f"{folder}/", "")
