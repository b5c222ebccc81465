"""The space of answers: what can be combined."""

from collections.abc import Iterator, Sequence
from itertools import product

from .catalog import Catalog, Value
from .rules import broken

CORE_AXES = ("cloud", "orchestrator", "tracker", "serving")


def combinations(catalog: Catalog, axes: Sequence[str]) -> Iterator[dict[str, Value]]:
    """All valid combinations of the offered choices of some axes, in the order of the catalogue."""
    for values in product(*([choice.value for choice in catalog.question(axis).offered] for axis in axes)):
        answers: dict[str, Value] = dict(zip(axes, values, strict=True))
        if not broken(catalog.rules, answers):
            yield answers


def core_combinations(catalog: Catalog) -> list[dict[str, Value]]:
    """All valid combinations of cloud, orchestrator, tracker and serving."""
    return list(combinations(catalog, CORE_AXES))
