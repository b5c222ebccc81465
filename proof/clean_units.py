"""A cache on disk of the units that linters found clean: the same tool does not check them again."""

import hashlib
import os
import threading
from pathlib import Path

from .contents import Unit
from .linters.base import Linter


class CleanUnits:
    """Clean units by linter, version of the tool and its configuration, and content.

    Findings are not kept, so that a tool that failed by accident is run again. Each verdict is written as soon as it is
    known, so a stopped run resumes where it was.
    """

    def __init__(self, folder: Path) -> None:
        """Read what is known.

        Args:
            folder: it holds one file for each linter and version, a line for each clean unit.
        """
        self._folder = folder
        self._known: dict[Path, set[str]] = {}
        self._writing = threading.Lock()

    def contains(self, linter: Linter, unit: Unit) -> bool:
        """Tell whether the linter has found the unit clean."""
        return unit.digest in self._of(linter)

    def add(self, linter: Linter, units: list[Unit]) -> None:
        """Keep that the linter has found units clean."""
        known = self._of(linter)
        with self._writing:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._file(linter).open("a") as file:
                file.writelines(f"{unit.digest}\n" for unit in units)
                file.flush()
                os.fsync(file.fileno())
            known.update(unit.digest for unit in units)

    def _of(self, linter: Linter) -> set[str]:
        file = self._file(linter)
        if file not in self._known:
            self._known[file] = set(file.read_text().split()) if file.exists() else set()
        return self._known[file]

    def _file(self, linter: Linter) -> Path:
        kind = repr((linter.takes, linter.excludes, linter.whole, linter.version()))
        return self._folder / f"{linter.name}-{hashlib.sha256(kind.encode()).hexdigest()[:16]}"
