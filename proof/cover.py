"""Few combinations in which every valid choice meets every other: pairwise covers, three-wise ones, and so on.

The method is greedy, after Cohen, Dalal, Fredman and Patton, "The AETG System" (IEEE Transactions on Software
Engineering 23:7, 1997): a row starts from something that is still missing and takes, question by question, the answer
that adds most. Rules are asked at every answer, so no row has to be repaired.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from mlops_new.catalog import Value

from .space import Space

Tuples = dict[tuple[str, ...], set[tuple[str, ...]]]
"""Questions → the answers to them that still have to occur together, as text."""


def cover(space: Space, strength: int, start: Iterable[Mapping[str, Value]] = ()) -> list[dict[str, Value]]:
    """Return valid combinations in which any `strength` answers that go together occur together at least once.

    Args:
        space: what can be combined.
        strength: 2 for pairs.
        start: answers that the first rows have to have, one for each row.

    Returns:
        Complete answers to all questions of the space; the same for the same space.
    """
    axes = [axis for axis, values in space.domains.items() if len(values) > 1]
    missing: Tuples = {
        chosen: {_key(answers, chosen) for answers in space.combinations(chosen)}
        for chosen in combinations(axes, strength)
    }
    rows = []
    for seed in _seeds(space, missing, start):
        row = _extended(space, axes, dict(seed), missing, strength)
        for chosen, left in missing.items():
            left.discard(_key(row, chosen))
        rows.append(space.among({axis: [value] for axis, value in row.items()}, {}) or {})
    return rows


def _seeds(space: Space, missing: Tuples, start: Iterable[Mapping[str, Value]]) -> Iterator[Mapping[str, Value]]:
    yield from start
    for chosen in missing:
        values = [{str(value): value for value in space.domains[axis]} for axis in chosen]
        while missing[chosen]:
            first = min(missing[chosen])
            yield {axis: texts[text] for axis, texts, text in zip(chosen, values, first, strict=True)}


def _extended(
    space: Space, axes: Sequence[str], row: dict[str, Value], missing: Tuples, strength: int
) -> dict[str, Value]:
    for axis in axes:
        if axis in row:
            continue
        places = [
            tuple(sorted((*others, axis), key=axes.index))
            for others in combinations([other for other in axes if other in row], strength - 1)
        ]

        def gain(value: Value, axis: str = axis, places: Sequence[tuple[str, ...]] = tuple(places)) -> int:
            extended = {**row, axis: value}
            return sum(_key(extended, chosen) in missing[chosen] for chosen in places)

        ranked = sorted(space.domains[axis], key=gain, reverse=True)
        row[axis] = next(value for value in ranked if space.allows({**row, axis: value}))
    return row


def _key(answers: Mapping[str, Value], axes: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(answers[axis]) for axis in axes)
