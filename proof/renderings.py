"""The different renderings of template files: which there are in a space of answers, and what they contain.

A file is rendered with only what it was traced to read. So two combinations that agree on that give
the same bytes, and a file that reads anything else fails here instead of being proved too little.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import jinja2
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from mlops_new.catalog import Value
from mlops_new.overlays import choices_of, plain_parts
from mlops_new.questionnaire import Questionnaire

from .space import Space
from .trace import OF_COPIER, SUFFIX, TracedTemplate, switched

Answers = Mapping[str, Value]


class UntracedReadError(Exception):
    """A file reads what it was not traced to read; the message says which and what."""


class Combination(dict[str, Value]):
    """Answers to all questions, and what templates have seen of them, which is worked out once for all files."""

    def __init__(self, answers: Answers) -> None:
        """Take the answers, which do not change any more."""
        super().__init__(answers)
        self.seen: dict[str, object] = {}


@dataclass(frozen=True)
class Rendering:
    """A file of a project.

    Attributes:
        file: path below template/.
        path: path in the project.
        content: its bytes.
    """

    file: str
    path: str
    content: bytes


class Renderer:
    """Renders files of a template one by one, each distinct rendering once."""

    def __init__(self, template: TracedTemplate, questionnaire: Questionnaire, origin: Mapping[str, str]) -> None:
        """Prepare the template.

        Args:
            template: traced template.
            questionnaire: the questions of the same template.
            origin: what copier writes into a project's answers file beside the answers.
        """
        self.template = template
        self.questionnaire = questionnaire
        self._origin = origin
        self._environment = SandboxedEnvironment(
            loader=jinja2.FileSystemLoader(template.root),
            extensions=[AnsibleCoreFiltersExtension],
            keep_trailing_newline=True,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
            cache_size=-1,
        )
        self._compiled = cache(self._environment.from_string)
        self._memo: dict[tuple[str, str], Rendering | None] = {}
        self._read = cache(self._names)

    def project(self, given: Answers) -> dict[str, bytes]:
        """Render a whole project.

        Args:
            given: answers; the questions that are left out get their defaults.

        Raises:
            ValueError: two files of the template give one path.
        """
        answers = self.questionnaire.complete(given)
        files: dict[str, bytes] = {}
        for file in self.template.files:
            rendering = self.rendering(file, answers)
            if rendering is not None:
                if rendering.path in files:
                    raise ValueError(f"{rendering.path} is written twice, the second time by {file}")
                files[rendering.path] = rendering.content
        return files

    def rendering(self, file: str, answers: Answers) -> Rendering | None:
        """Render one file with some answers to all questions; None if it is not part of the project.

        Raises:
            UntracedReadError: it reads what it was not traced to read.
        """
        view = self.view([file], answers)
        if (file, view) not in self._memo:
            self._memo[file, view] = self._render(file, self.seen(self.template.reads(file), answers))
        return self._memo[file, view]

    def _names(self, files: tuple[str, ...]) -> tuple[str, ...]:
        """Return what some files of the template read."""
        return tuple(sorted(frozenset().union(*(self.template.reads(file) for file in files))))

    def view(self, files: Iterable[str], answers: Answers) -> str:
        """Return all that some files of the template see of the answers to all questions."""
        return repr(list(self.seen(self._read(tuple(files)), answers).values()))

    def seen(self, names: Iterable[str], answers: Answers) -> dict[str, object]:
        """Return what a template that reads these names sees of the answers to all questions."""
        seen = answers.seen if isinstance(answers, Combination) else {}
        for name in names:
            if name not in seen:
                seen[name] = self._see(name, answers)
        return {name: seen[name] for name in names}

    def _see(self, name: str, answers: Answers) -> object:
        if name.startswith("use."):
            wanted = self.template.switch(name.removeprefix("use."))
            return all(choice in texts(self._answer(axis, answers)) for axis, choice in wanted)
        if name == OF_COPIER:
            return {**self._origin, **answers}
        if name in self.questionnaire.catalog:
            return answers.get(name, _UNANSWERED)
        return self._computed(name, answers)

    def _answer(self, axis: str, answers: Answers) -> Value:
        return answers[axis] if axis in self.questionnaire.catalog else self._computed(axis, answers)

    def _computed(self, name: str, answers: Answers) -> str:
        return str(self._compiled(self.template.computed[name]).render(answers, **self.template.constants)).strip()

    def _render(self, file: str, seen: Mapping[str, object]) -> Rendering | None:
        prefix = "use."
        switches = {name.removeprefix(prefix): on for name, on in seen.items() if name.startswith(prefix)}
        context: dict[str, Any] = {
            name: jinja2.Undefined(name=name) if value is _UNANSWERED else value
            for name, value in seen.items()
            if not name.startswith(prefix)
        }
        context["use"] = _Switches({name: "." if on else jinja2.Undefined(name=name) for name, on in switches.items()})
        context["overlays"] = [name for name in self.template.overlays if switches.get(name.partition("/")[2])]
        if not all(seen[name] for name in switched(choices_of(file))):
            return None
        try:
            path = self._compiled("/".join(plain_parts(file)).removesuffix(SUFFIX)).render(context)
            source = self.template.root / "template" / file
            if not file.endswith(SUFFIX):
                content = source.read_bytes()
            else:
                content = self._environment.get_template(f"template/{file}").render(context).encode()
        except (jinja2.UndefinedError, UntracedReadError) as error:
            raise UntracedReadError(f"template/{file}: {error}") from error
        return Rendering(file, path, content)

    def examples(self, files: Sequence[str], space: Space) -> Iterator[Answers]:
        """Yield valid combinations, one for each distinct view that some files together can have."""
        names = frozenset().union(*(self.template.reads(file) for file in files))
        views = set()
        for groups in space.pick(self.groups(names, space)):
            answers = self.questionnaire.complete(space.among(groups, {}) or {})
            view = self.view(files, answers)
            if view not in views:
                views.add(view)
                yield answers

    def groups(self, names: Iterable[str], space: Space) -> dict[str, list[list[Value]]]:
        """Group the values of each question that decides what is read under some names, by what is seen of them."""
        names = frozenset(names)
        axes = frozenset().union(*(self.template.axes(name) for name in names)) & space.domains.keys()
        whole = frozenset().union(*(self.template.axes(name) for name in names if not name.startswith("use.")))
        switches = [half for name in names if name.startswith("use.") for half in self.template.switch(name[4:])]
        computed = sorted({axis for axis, _ in switches if axis not in self.questionnaire.catalog})
        groups: dict[str, list[list[Value]]] = {}
        for axis in (axis for axis in space.domains if axis in axes):
            equivalent: dict[object, list[Value]] = {}
            for number, value in enumerate(space.domains[axis]):
                pattern: tuple[object, ...] = (
                    *(choice in texts(value) for other, choice in switches if other == axis),
                    *(self._effect(name, axis, value, space) for name in computed if axis in self.template.axes(name)),
                )
                equivalent.setdefault(number if axis in whole else pattern, []).append(value)
            groups[axis] = list(equivalent.values())
        return groups

    def example(self, wanted: Iterable[tuple[str, str]], space: Space) -> Answers | None:
        """Find a combination with all of these choices, of questions and of computed answers; None if there is none."""
        chosen = list(wanted)
        deciding = frozenset().union(*(self.template.axes(axis) for axis, _ in chosen))
        for answers in space.combinations(sorted(deciding)):
            if all(choice in texts(self._answer(axis, answers)) for axis, choice in chosen):
                return space.among({axis: [value] for axis, value in answers.items()}, {})
        return None

    def _effect(self, name: str, axis: str, value: Value, space: Space) -> tuple[str, ...]:
        """Return a computed answer with this value, for all values of the other questions that decide it."""
        others = sorted(self.template.axes(name) - {axis})
        return tuple(
            self._computed(name, {axis: value, **dict(zip(others, rest, strict=True))})
            for rest in product(*(space.domains[other] for other in others))
        )


class _Switches(dict[str, object]):
    """`use`, as far as a file was traced to read it."""

    def __missing__(self, name: str) -> object:
        raise UntracedReadError(f"use.{name} is read, which was not traced")


_UNANSWERED = object()
"""Stands for the answer to a question that does not apply."""


def texts(value: Value) -> list[str]:
    """Return an answer, or several, as the names of switches have them."""
    return [str(item).lower() for item in (value if isinstance(value, list) else [value])]
