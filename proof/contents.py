"""What linters check: the distinct files, and the distinct groups of files, of many projects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from mlops_new.overlays import choices_of

from .renderings import Answers, Combination, Renderer, texts
from .space import Space
from .trace import SUFFIX

LIMIT = 10_000
"""Renderings of a file, or of a group of files, up to which every single one is rendered."""


@dataclass(frozen=True)
class Unit:
    """A file, or the files that a linter checks together.

    Attributes:
        files: path in the project → content.
        answers: one of the combinations that give it.
    """

    files: Mapping[str, bytes]
    answers: Answers

    @cached_property
    def digest(self) -> str:
        """Hash over paths and contents."""
        whole = hashlib.sha256()
        for path, content in sorted(self.files.items()):
            whole.update(f"{path}\0{len(content)}\0".encode() + content)
        return whole.hexdigest()

    def write(self, folder: Path) -> None:
        """Write the files below a folder."""
        for path, content in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)


@dataclass(frozen=True)
class Rendered:
    """How one file of the template was rendered.

    Attributes:
        renderings: distinct views of the answers that it can have, in the whole space.
        rendered: how many of them were rendered.
        exact: all of them were.
        parts: there are too many for that, so each part of the file was rendered in every way.
        contents: the distinct results, those of combinations outside the space among them.
    """

    renderings: int
    rendered: int
    exact: bool
    parts: bool
    contents: tuple[Unit, ...]


class Contents:
    """The distinct contents that some combinations have, or, with no combination left out, all there are."""

    def __init__(
        self, renderer: Renderer, space: Space, rows: Sequence[Answers], extra: Sequence[Answers], *, full: bool
    ) -> None:
        """Take the combinations.

        Args:
            renderer: renders the template.
            space: all combinations.
            rows: combinations whose projects are rendered as a whole.
            extra: the same, with answers that the space leaves at their defaults.
            full: render each file in every way that the space allows, not just as the rows have it.
        """
        self._renderer = renderer
        self._space = space
        self._rows = [Combination(renderer.questionnaire.complete(row)) for row in rows]
        self._extra = [Combination(renderer.questionnaire.complete(row)) for row in extra]
        self._full = full

    def of_file(self, file: str) -> Rendered:
        """Return what a file of the template can contain.

        Raises:
            UntracedReadError: it reads what it was not traced to read.
        """
        exact, examples = self._examples([file])
        units = self._one_for_each_view(file, examples)
        contents = {unit.digest: unit for unit in [*units, *self._one_for_each_view(file, self._extra)]}
        return Rendered(
            renderings=len(units) if exact else self._count([file]),
            rendered=len(units),
            exact=exact,
            parts=self._full and not exact,
            contents=tuple(contents.values()),
        )

    def _one_for_each_view(self, file: str, examples: Sequence[Answers]) -> list[Unit]:
        """Return one unit for each distinct view that combinations give a file, where it is part of the project."""
        units: dict[str, Unit | None] = {}
        for answers in examples:
            view = self._renderer.view([file], answers)
            if view not in units:
                rendering = self._renderer.rendering(file, answers)
                units[view] = Unit({rendering.path: rendering.content}, answers) if rendering else None
        return [unit for unit in units.values() if unit]

    def of_files(self, files: Sequence[str]) -> tuple[bool, tuple[Unit, ...]]:
        """Return the distinct groups that some files of the template make in one project.

        Returns:
            Whether these are all there can be, and the groups.
        """
        exact, examples = self._examples(files)
        groups: dict[str, Unit] = {}
        for answers in [*examples, *self._extra]:
            found = (self._renderer.rendering(file, answers) for file in files)
            unit = Unit({rendering.path: rendering.content for rendering in found if rendering}, answers)
            if unit.files:
                groups.setdefault(unit.digest, unit)
        return exact, tuple(groups.values())

    def _examples(self, files: Sequence[str]) -> tuple[bool, Sequence[Answers]]:
        """Return combinations to render files with, and whether they give the files every possible view."""
        if not self._full:
            return False, self._rows
        if self._count(files) <= LIMIT:
            return True, list(self._renderer.examples(files, self._space))
        parts = list(self._by_parts(files[0])) if len(files) == 1 else []
        return False, [*self._rows, *parts]

    def _count(self, files: Sequence[str]) -> int:
        """Count the views of files; an upper bound where a computed answer decides whether a file is there."""
        names = frozenset().union(*(self._renderer.template.reads(file) for file in files))
        groups = self._renderer.groups(names, self._space)
        common = set.intersection(*(set(choices_of(file)) for file in files))
        wanted = [half for choice in common for half in self._renderer.template.switch(choice)]
        return self._space.count(
            {
                axis: [g for g in found if all(choice in texts(g[0]) for other, choice in wanted if other == axis)]
                for axis, found in groups.items()
            }
        )

    def _by_parts(self, file: str) -> Iterator[Answers]:
        """Yield combinations with every rendering of each part of a file that has too many as a whole."""
        if not file.endswith(SUFFIX):
            return
        for read in self._renderer.template.segments(file):
            for picked in self._space.pick(self._renderer.groups(read, self._space)):
                yield self._renderer.questionnaire.complete(self._space.among(picked, {}) or {})
