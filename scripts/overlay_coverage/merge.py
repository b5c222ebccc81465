"""What several projects together execute of each file of the template, and of each overlay."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlops_new.catalog import Catalog
from mlops_new.origins import Origin
from scripts.definitions import Line, placed

from .measure import Lines
from .projects import CORE, SOURCES, overlay


class MergeError(Exception):
    """A file was not measured; the message says which."""


@dataclass(frozen=True)
class Measured:
    """What the tests of a project executed of one of its files.

    Attributes:
        project: its name.
        path: of the file in the project.
        overlay: that the file belongs to.
        template: the file of the template that renders to it.
        text: of the file.
        lines: what was executed.
    """

    project: str
    path: str
    overlay: str
    template: str
    text: str
    lines: Lines


@dataclass(frozen=True)
class Place:
    """A line of a file in a project; its number counts from one."""

    project: str
    path: str
    number: int
    text: str


@dataclass
class FileCoverage:
    """What was executed of a file of the template, in all projects together.

    Projects have it with different lines where it asks for answers, so that a line is known by its text and the lines
    above it that it belongs to, not by its number.

    Attributes:
        template: path of the file.
        statements: line of a statement → whether it was executed in any project.
        branches: from a line to another, or to the end of what begins there → whether it was taken in any project.
        places: line → where it is in the first project that has it.
    """

    template: str
    statements: dict[Line, bool] = field(default_factory=dict)
    branches: dict[tuple[Line, Line, bool], bool] = field(default_factory=dict)
    places: dict[Line, Place] = field(default_factory=dict)

    def add(self, measured: Measured) -> None:
        """Add what one project executed."""
        lines = placed(measured.text)
        for number, line in enumerate(lines, start=1):
            place = Place(measured.project, measured.path, number, line[-1][0].strip())
            self.places.setdefault(line, place)
        for executed, numbers in ((True, measured.lines.executed), (False, measured.lines.missing)):
            for number in numbers:
                line = lines[number - 1]
                self.statements[line] = executed or self.statements.get(line, False)
        taken, missed = measured.lines.executed_branches, measured.lines.missing_branches
        for executed, branches in ((True, taken), (False, missed)):
            for start, end in branches:
                branch = (lines[start - 1], lines[abs(end) - 1], end > 0)
                self.branches[branch] = executed or self.branches.get(branch, False)

    @property
    def missing(self) -> list[Place]:
        """Lines of statements that no project executes."""
        return _in_order(self.places[line] for line, executed in self.statements.items() if not executed)

    @property
    def untaken(self) -> list[tuple[Place, Place | None]]:
        """Branches between executed lines that no project takes; None is the end of a function or module."""
        missed = [branch for branch, taken in self.branches.items() if not taken and self.statements.get(branch[0])]
        found = [(self.places[start], self.places[end] if inside else None) for start, end, inside in missed]
        return sorted(found, key=lambda branch: (branch[0].number, branch[1].number if branch[1] else 0))


def _in_order(places: Iterable[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (place.project, place.number))


@dataclass(frozen=True)
class OverlayCoverage:
    """What was executed of the files of an overlay."""

    name: str
    files: tuple[FileCoverage, ...]

    @property
    def statements(self) -> int:
        """Number of statements."""
        return sum(len(file.statements) for file in self.files)

    @property
    def percent(self) -> float:
        """Executed statements and branches, in percent of all, as coverage.py counts."""
        return percent(self.files)


def percent(files: Iterable[FileCoverage]) -> float:
    """Return the executed statements and branches of files in percent of all; 100 where there are none."""
    executed = [hit for file in files for hits in (file.statements, file.branches) for hit in hits.values()]
    return 100 * sum(executed) / len(executed) if executed else 100.0


def attributed(
    project: str, origins: Mapping[str, Origin], texts: Mapping[str, str], lines: Mapping[str, Lines]
) -> Iterator[Measured]:
    """Yield the Python files of a project but for its tests, each with its overlay.

    Args:
        project: its name.
        origins: path in the project → what the file is made of.
        texts: path → the text of the file, at least of these files.
        lines: path → what was executed of it.

    Raises:
        MergeError: one of these files was not measured.
    """
    for path, origin in origins.items():
        if path.partition("/")[0] not in SOURCES or not path.endswith(".py"):
            continue
        if path not in lines:
            raise MergeError(f"{path} of the project {project} was not measured")
        switches = (f"{axis}_{choice}" for axis, choice in origin.choices.items())
        yield Measured(project, path, overlay(switches), origin.template, texts[path], lines[path])


def merged(measured: Iterable[Measured], catalog: Catalog) -> list[OverlayCoverage]:
    """Return what was executed of each overlay: the core first, then in the order of the catalogue."""
    overlays: dict[str, dict[str, FileCoverage]] = {}
    for one in measured:
        files = overlays.setdefault(one.overlay, {})
        files.setdefault(one.template, FileCoverage(one.template)).add(one)
    return [
        OverlayCoverage(name, tuple(files[template] for template in sorted(files)))
        for name, files in sorted(overlays.items(), key=lambda item: _position(item[0], list(catalog.switches)))
    ]


def _position(name: str, switches: Sequence[str]) -> list[int]:
    return [] if name == CORE else [switches.index(switch) for switch in name.split("/")]
