"""The figures as a table, as a report for programs, and as lines for a person who adds tests."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from .merge import FileCoverage, OverlayCoverage, Place, percent
from .projects import Project


def shown(value: float) -> str:
    """Return a percentage with one decimal, rounded down: only what is complete is 100.0."""
    return f"{math.floor(value * 10 + 1e-9) / 10:.1f} %"


def table(overlays: Iterable[OverlayCoverage]) -> str:
    """Return a table in Markdown, an overlay a row."""
    rows = [
        f"| `{overlay.name}` | {len(overlay.files)} | {overlay.statements} | {shown(overlay.percent)} |"
        for overlay in overlays
    ]
    return "\n".join(["| overlay | files | statements | covered |", "|---|--:|--:|--:|", *rows])


def report(overlays: Iterable[OverlayCoverage], projects: Iterable[Project]) -> dict[str, Any]:
    """Return the figures for a program to read, with the lines that no project executes."""
    return {
        "projects": {project.name: dict(project.answers) for project in projects},
        "overlays": {
            overlay.name: {
                "statements": overlay.statements,
                "percent": round(overlay.percent, 2),
                "files": {file.template: _file(file) for file in overlay.files},
            }
            for overlay in overlays
        },
    }


def _file(file: FileCoverage) -> dict[str, Any]:
    return {
        "statements": len(file.statements),
        "percent": round(percent([file]), 2),
        "missing": [_line(place) for place in file.missing],
        "untaken": [{**_line(start), "to": end and end.number} for start, end in file.untaken],
    }


def _line(place: Place) -> dict[str, Any]:
    return {"project": place.project, "path": place.path, "line": place.number, "text": place.text}


def remaining(overlays: Iterable[OverlayCoverage]) -> Iterator[str]:
    """Yield a line of text for each file with lines that no project executes, or branches that none takes."""
    for file in (file for overlay in overlays for file in overlay.files):
        places = [*file.missing, *(start for start, _ in file.untaken)]
        for path, project in dict.fromkeys((place.path, place.project) for place in places):
            numbers = [place.number for place in file.missing if place.project == project]
            branches = [
                f"{start.number} to {end.number if end else 'the end'}"
                for start, end in file.untaken
                if start.project == project
            ]
            found = {"lines": ranges(numbers), "branches": ", ".join(branches)}
            yield f"{path} of {project}: {'; '.join(f'{what} {text}' for what, text in found.items() if text)}"


def ranges(numbers: Sequence[int]) -> str:
    """Write rising numbers briefly: `1-3, 7`."""
    runs = groupby(enumerate(numbers), key=lambda item: item[1] - item[0])
    ends = [(run[0][1], run[-1][1]) for run in (list(group) for _, group in runs)]
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ends)
