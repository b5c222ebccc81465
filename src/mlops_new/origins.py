"""Where each file of a project comes from, and which answers are behind it: `mlops-new plan --origins`."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from . import render
from .catalog import Catalog, Value
from .overlays import FILLINGS, SLOTS, TABLE, choices_of, plain_parts
from .template import Source

WIDTH = 80
INDENT = 4 * " "
UNBROKEN = "\N{NO-BREAK SPACE}"
"""Keeps what was chosen together on one line."""


@dataclass(frozen=True)
class Filling:
    """What an overlay put into a slot: the macro of that name in a file; `choices` are the overlay's, by axis."""

    slot: str
    template: str
    choices: Mapping[str, str]


@dataclass(frozen=True)
class Origin:
    """What a file of a project is made of.

    Attributes:
        template: the file of the template that renders to it.
        choices: those of its overlay, by axis; a file that every project has needs none.
        slots: what was put into its slots, and into slots in those, in the order in which they were first used.
        includes: what it shares with others, in the order of its first use.
    """

    template: str
    choices: Mapping[str, str]
    slots: tuple[Filling, ...]
    includes: tuple[str, ...]


@dataclass(frozen=True)
class Computed:
    """What an answer is that is computed from others, and the names of those."""

    value: str
    answers: tuple[str, ...]


def origins(answers: Mapping[str, Value], catalog: Catalog) -> dict[str, Origin]:
    """Return the origin of each file that a project has, by its path.

    Args:
        answers: all answers that apply, checked.
        catalog: the catalogue.

    Raises:
        RenderError: the template cannot be rendered with these answers.
    """
    return {path: _origin(sources, catalog) for path, sources in render.sources(answers).items()}


def computed(answers: Mapping[str, Value], catalog: Catalog) -> dict[str, Computed]:
    """Return the axes that have no question, with the answers that decide them."""
    found = {name: render.computed(name, answers) for name, choices in catalog.computed.items() if choices}
    return {
        name: Computed(str(value), tuple(answer for answer in answers if answer in read))
        for name, (value, read) in found.items()
    }


def _origin(sources: Sequence[Source], catalog: Catalog) -> Origin:
    template, *used = sources
    return Origin(
        template.file,
        _choices(template.file, catalog),
        tuple(Filling(macro, file, _choices(file, catalog)) for file, macro in used if macro),
        tuple(file for file, _ in used if PurePosixPath(file).name != FILLINGS and file not in (SLOTS, TABLE)),
    )


def _choices(file: str, catalog: Catalog) -> dict[str, str]:
    return dict(catalog.switches[switch] for switch in choices_of(file))


def lines(origin: Origin, catalog: Catalog) -> Iterator[str]:
    """Yield an origin as lines of text; paths are those in an overlay, whose choices stand beside them."""
    yield from _wrapped(f"template {_below(origin.template)}: {_named(origin.choices, catalog)}")
    for slot in dict.fromkeys(filling.slot for filling in origin.slots):
        fillings = [_named(filling.choices, catalog) for filling in origin.slots if filling.slot == slot]
        yield from _wrapped(f"slot {slot}: {'; '.join(fillings)}")
    if origin.includes:
        yield from _wrapped(f"includes: {', '.join(map(_below, origin.includes))}")


def _named(choices: Mapping[str, str], catalog: Catalog) -> str:
    """Return choices as text: `cluster kubernetes (computed) + cloud aws`."""
    named = [f"{axis} {choice}{' (computed)' * (axis in catalog.computed)}" for axis, choice in choices.items()]
    fits = len(" + ".join(named)) <= WIDTH - len(INDENT)
    joined = f"{UNBROKEN}+{UNBROKEN if fits else ' '}".join(name.replace(" ", UNBROKEN) for name in named)
    return joined or "always"


def _below(file: str) -> str:
    """Return the path of a template file in its overlay."""
    return "/".join(plain_parts(file)[1:])


def _wrapped(text: str) -> Iterator[str]:
    wrapped = textwrap.wrap(
        text, WIDTH, initial_indent="  ", subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
    )
    return (line.replace(UNBROKEN, " ") for line in wrapped)
