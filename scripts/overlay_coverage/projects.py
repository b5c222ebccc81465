"""Which projects are measured: few that together have each overlay with Python files, and all that those files ask for.

What a file asks for is read from the template, slots included: an engine's code in a file of another overlay is in some
project, too. So a new choice is measured because its folder is there.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from mlops_new.catalog import Value
from mlops_new.overlays import choices_of, plain_parts
from mlops_new.template import SUFFIX
from proof.renderings import Renderer, texts
from proof.space import Space
from proof.trace import TracedTemplate

CORE = "always"
"""Stands for the files that are in no overlay, as in `mlops-new plan --origins`."""
USE = "use."
SOURCES = ("src", "tools")
"""The folders of a project with what its tests execute; not every project has the second one."""

Switches = frozenset[str]
"""Switches that are on together: `{"orchestrator_argo", "framework_pytorch"}`."""
Groups = Mapping[str, Sequence[Value]]
"""Question → answers, each of which does."""


class ProjectsError(Exception):
    """There are no projects to measure; the message says why."""


@dataclass(frozen=True)
class Project:
    """A project to measure.

    Attributes:
        name: the answers that are not the recommended ones.
        answers: to all questions that apply.
        has: of the switches that have to be on together somewhere, those that are in this project.
    """

    name: str
    answers: Mapping[str, Value]
    has: frozenset[Switches]


def overlay(choices: Iterable[str]) -> str:
    """Return the name of the overlay with these switches: `orchestrator_argo/framework_pytorch`."""
    return "/".join(choices) or CORE


def is_within(name: str, chosen: str) -> bool:
    """Tell whether an overlay is the chosen one or lies in its folder; every overlay is within an empty name."""
    return f"{name}/".startswith(f"{chosen}/") if chosen else True


def asked(template: TracedTemplate) -> dict[str, set[Switches]]:
    """Return each overlay with Python files in `SOURCES` → its switches, alone and with each that its files ask for.

    Raises:
        UntraceableError: a file cannot be traced.
    """
    found: dict[str, set[Switches]] = {}
    for file in template.files:
        if plain_parts(file)[0] in SOURCES and file.removesuffix(SUFFIX).endswith(".py"):
            own = choices_of(file)
            read = (name.removeprefix(USE).split("/") for name in template.reads(file) if name.startswith(USE))
            found.setdefault(overlay(own), {frozenset(own)}).update(frozenset([*own, *more]) for more in read)
    return found


def ways(switches: Switches, renderer: Renderer, space: Space) -> list[Groups]:
    """Return the answers that turn some switches on, all of them; none if no valid combination does."""
    if not switches:
        return [{}]
    name = USE + "/".join(sorted(switches))
    return [
        picked
        for picked in space.pick(renderer.groups([name], space))
        if renderer.seen([name], renderer.questionnaire.complete(space.among(picked, {}) or {}))[name]
    ]


def cover(
    needed: Mapping[Switches, Sequence[Groups]], space: Space, wished: Mapping[str, Value]
) -> list[dict[str, Value]]:
    """Return few valid combinations that together turn all switches on, those that belong together at once.

    A combination starts with the first switches that are still missing, and takes all others that fit.

    Args:
        needed: switches → the answers that turn them on, at least one way for each.
        space: all answers.
        wished: question → its answer where nothing else is needed.

    Returns:
        The same for the same arguments, whatever their order.
    """
    missing = sorted(needed, key=lambda switches: (-len(switches), sorted(switches)))
    rows: list[dict[str, Value]] = []
    while missing:
        allowed: Groups = space.domains
        for switches in missing:
            narrowed = (_narrowed(allowed, way) for way in needed[switches])
            allowed = next((each for each in narrowed if space.among(each, {})), allowed)
        row = space.among(allowed, wished) or {}
        rows.append(row)
        missing = [switches for switches in missing if not turned_on(needed[switches], row)]
    return rows


def turned_on(ways: Iterable[Groups], row: Mapping[str, Value]) -> bool:
    """Tell whether a combination is one of the ways to turn switches on."""
    return any(all(row[axis] in values for axis, values in way.items()) for way in ways)


def _narrowed(allowed: Groups, way: Groups) -> Groups:
    return {**allowed, **{axis: [value for value in allowed[axis] if value in values] for axis, values in way.items()}}


def projects(renderer: Renderer, space: Space, overlays: Mapping[str, Set[Switches]]) -> list[Project]:
    """Choose projects that together have some overlays, with all that can be together with them.

    Args:
        renderer: renders the template.
        space: all answers.
        overlays: what `asked` returns.

    Raises:
        ProjectsError: no answers give a project with one of the overlays.
    """
    needed = {switches: ways(switches, renderer, space) for switches in frozenset().union(*overlays.values())}
    for name in overlays:
        if not needed[_switches(name)]:
            raise ProjectsError(f"no valid answers give a project with {name}")
    possible = {switches: found for switches, found in needed.items() if found}
    recommended = renderer.questionnaire.complete({})
    return [
        Project(
            _name(row, recommended),
            renderer.questionnaire.complete(row),
            frozenset(switches for switches, found in possible.items() if turned_on(found, row)),
        )
        for row in cover(possible, space, {name: recommended[name] for name in space.domains if name in recommended})
    ]


def _switches(name: str) -> Switches:
    return frozenset() if name == CORE else frozenset(name.split("/"))


def _name(row: Mapping[str, Value], recommended: Mapping[str, Value]) -> str:
    others = ("+".join(texts(value)) or "none" for axis, value in row.items() if value != recommended.get(axis, value))
    return "-".join(others) or "recommended"


def having(wanted: Iterable[Switches], chosen: Sequence[Project]) -> list[Project]:
    """Return few of some projects that together have all wanted switches that any of them has."""
    left = frozenset(wanted) & frozenset().union(*(project.has for project in chosen))
    taken = []
    while left:
        taken.append(max(chosen, key=lambda project: len(project.has & left)))
        left -= taken[-1].has
    return [project for project in chosen if project in taken]
