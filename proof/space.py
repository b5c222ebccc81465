"""The space of answers: how many combinations there are, which are valid, and what some of their answers can be.

A rule forbids; so it is read here as a set of nogoods, each a set of values for some questions that must not all be
answered together. Counting splits the questions that still depend on each other into parts, branches on the most
entangled question, and takes values that every nogood treats alike in one go: the number of combinations does not
matter, only how entangled the rules are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, combinations
from math import prod

from mlops_new.catalog import Catalog, Question, Rule, Side, Value
from mlops_new.questionnaire import Questionnaire

CORE_AXES = ("cloud", "orchestrator", "tracker", "serving")

Values = frozenset[int]
"""Positions in the domain of an axis."""
Nogood = frozenset[tuple[str, Values]]
"""Axis → values that must not all be answered together; the empty one refuses everything."""
Blocks = tuple[tuple[str, tuple[Values, ...]], ...]
"""Axis → groups of values; counting distinguishes groups, but not the values within one."""


@dataclass(frozen=True)
class Space:
    """All combinations of some values for some questions, of which rules refuse a part.

    Attributes:
        domains: question → values, in the order of the catalogue. A question with several answers has their subsets.
        rules: what is refused.
    """

    domains: Mapping[str, tuple[Value, ...]]
    rules: tuple[Rule, ...]

    @property
    def size(self) -> int:
        """Number of combinations, refused ones included."""
        return prod(len(values) for values in self.domains.values())

    @property
    def valid(self) -> int:
        """Number of combinations that break no rule."""
        return self.count({axis: [[value] for value in values] for axis, values in self.domains.items()})

    def refused_by(self, rule: Rule) -> int:
        """Count the combinations that break this rule, whatever others they break."""
        return self.size - Space(self.domains, (rule,)).valid

    def count(self, groups: Mapping[str, Sequence[Sequence[Value]]]) -> int:
        """Count the different ways to pick one group for each question so that some valid combination is in them.

        Args:
            groups: question → groups of its values; questions that are left out may take any value.
        """
        blocks = tuple(
            (axis, tuple(frozenset(self._place(axis, value) for value in group) for group in groups[axis]))
            for axis in self.domains
            if axis in groups
        )
        return _count(self._full, self._nogoods, blocks)

    def allows(self, answers: Mapping[str, Value]) -> bool:
        """Tell whether some valid combination has these answers."""
        fixed = {axis: frozenset([self._place(axis, value)]) for axis, value in answers.items()}
        return _count(_restricted(self._full, fixed), self._nogoods, ()) > 0

    def among(self, allowed: Mapping[str, Sequence[Value]], wished: Mapping[str, Value]) -> dict[str, Value] | None:
        """Find a valid combination whose answers are among the allowed ones, and the wished ones where possible.

        Returns:
            None when there is none.
        """
        sets = {axis: frozenset(self._place(axis, value) for value in values) for axis, values in allowed.items()}
        domains = _restricted(self._full, sets)
        if not _count(domains, self._nogoods, ()):
            return None
        for axis in self.domains:
            values = sorted(dict(domains)[axis])
            if axis in wished and self._place(axis, wished[axis]) in values:
                values.insert(0, self._place(axis, wished[axis]))
            narrowed = (_restricted(domains, {axis: frozenset([value])}) for value in values)
            domains = next(narrow for narrow in narrowed if _count(narrow, self._nogoods, ()))
        return {axis: self.domains[axis][next(iter(values))] for axis, values in domains}

    def pick(self, groups: Mapping[str, Sequence[Sequence[Value]]]) -> Iterator[dict[str, Sequence[Value]]]:
        """Yield all ways that `count` counts, in the order of the catalogue."""
        axes = [axis for axis in self.domains if axis in groups]

        def descend(number: int, domains: Domains) -> Iterator[tuple[Sequence[Value], ...]]:
            if number == len(axes):
                yield ()
                return
            axis = axes[number]
            for group in groups[axis]:
                narrowed = _restricted(domains, {axis: frozenset(self._place(axis, value) for value in group)})
                if _count(narrowed, self._nogoods, ()):
                    yield from ((group, *rest) for rest in descend(number + 1, narrowed))

        return (dict(zip(axes, picked, strict=True)) for picked in descend(0, self._full))

    def combinations(self, axes: Sequence[str]) -> Iterator[dict[str, Value]]:
        """Yield all combinations of some questions' answers that a valid combination has, in the catalogue's order."""
        for picked in self.pick({axis: [[value] for value in self.domains[axis]] for axis in axes}):
            yield {axis: group[0] for axis, group in picked.items()}

    def _place(self, axis: str, value: Value) -> int:
        return self._places[axis][_key(value)]

    @cached_property
    def _places(self) -> dict[str, dict[object, int]]:
        return {axis: {_key(value): i for i, value in enumerate(values)} for axis, values in self.domains.items()}

    @cached_property
    def _full(self) -> "Domains":
        return tuple((axis, frozenset(range(len(values)))) for axis, values in self.domains.items())

    @cached_property
    def _nogoods(self) -> frozenset[Nogood]:
        return frozenset(
            chain.from_iterable(_nogoods(rule, self.domains) for rule in self.rules if rule.axes <= set(self.domains))
        )


Domains = tuple[tuple[str, Values], ...]


def listed(catalog: Catalog) -> Space:
    """Return every choice that the catalogue lists, including planned and retired ones and what a question refuses."""
    return Space({question.name: _values(question, every=True) for question in _axes(catalog)}, catalog.rules)


def offered(questionnaire: Questionnaire) -> Space:
    """Return the answers that can be given, as far as each question alone decides."""
    domains = {
        question.name: tuple(
            value for value in _values(question, every=False) if questionnaire.refusal(question, value, {}) is None
        )
        for question in _axes(questionnaire.catalog)
    }
    return Space(domains, questionnaire.catalog.rules)


def core_combinations(questionnaire: Questionnaire) -> list[dict[str, Value]]:
    """Return all valid combinations of cloud, orchestrator, tracker and serving."""
    return list(offered(questionnaire).combinations(CORE_AXES))


def _axes(catalog: Catalog) -> list[Question]:
    return [question for question in catalog.questions if question.choices]


def _values(question: Question, *, every: bool) -> tuple[Value, ...]:
    choices = [choice.value for choice in (question.choices if every else question.offered)]
    if not question.multiselect:
        return tuple(choices)
    sizes = range(len(choices) + 1)
    return tuple([str(value) for value in some] for size in sizes for some in combinations(choices, size))


def _key(value: Value) -> object:
    return tuple(value) if isinstance(value, list) else (type(value), value)


def _nogoods(rule: Rule, domains: Mapping[str, tuple[Value, ...]]) -> Iterator[Nogood]:
    def meeting(side: Side) -> dict[str, Values]:
        return {
            axis: frozenset(
                i
                for i, value in enumerate(domains[axis])
                if any(item in wanted for item in (value if isinstance(value, list) else [value]))
            )
            for axis, wanted in side.items()
        }

    when = meeting(rule.when)
    missed = {axis: frozenset(range(len(domains[axis]))) - values for axis, values in meeting(rule.needs).items()}
    for axis, values in chain(missed.items(), meeting(rule.excludes).items()):
        yield frozenset({**when, axis: values & when.get(axis, values)}.items())


def _restricted(domains: Domains, to: Mapping[str, Values]) -> Domains:
    return tuple((axis, values & to[axis] if axis in to else values) for axis, values in domains)


@cache
def _count(domains: Domains, nogoods: frozenset[Nogood], blocks: Blocks) -> int:
    """Count the ways to pick one block for each axis that has blocks, such that some values avoid all nogoods."""
    possible = dict(domains)
    distinguished = {
        axis: tuple(block for group in groups if (block := group & possible[axis])) for axis, groups in blocks
    }
    if not all(possible.values()):
        return 0
    left = set()
    for nogood in nogoods:
        if all(values & possible[axis] for axis, values in nogood):
            left.add(frozenset((axis, values) for axis, values in nogood if not possible[axis] <= values))
    if frozenset() in left:
        return 0
    result = 1
    entangled = {axis for nogood in left for axis, _ in nogood}
    for axis, groups in distinguished.items():
        if axis not in entangled:
            result *= len(groups)
    for part in _parts(left):
        axes = {axis for nogood in part for axis, _ in nogood}
        result *= _branch(
            tuple((axis, values) for axis, values in domains if axis in axes),
            part,
            tuple((axis, groups) for axis, groups in distinguished.items() if axis in axes),
        )
        if not result:
            return 0
    return result


def _branch(domains: Domains, nogoods: frozenset[Nogood], blocks: Blocks) -> int:
    distinguished = dict(blocks)
    candidates = distinguished.keys() or dict(domains).keys()
    axis = max(candidates, key=lambda name: (sum(name == other for nogood in nogoods for other, _ in nogood), name))
    groups = distinguished.get(axis) or tuple(frozenset([value]) for value in dict(domains)[axis])
    classes: dict[object, list[Values]] = {}
    for group in groups:
        pattern = tuple("all" if group <= values else frozenset(group & values) for values in _sets_of(axis, nogoods))
        classes.setdefault(pattern if all(isinstance(p, str) or not p for p in pattern) else group, []).append(group)
    rest = tuple((name, others) for name, others in blocks if name != axis)
    if distinguished:
        return sum(
            len(same) * _count(_restricted(domains, {axis: same[0]}), nogoods, rest) for same in classes.values()
        )
    return int(any(_count(_restricted(domains, {axis: same[0]}), nogoods, ()) for same in classes.values()))


def _sets_of(axis: str, nogoods: frozenset[Nogood]) -> list[Values]:
    return [values for nogood in sorted(nogoods, key=repr) for name, values in nogood if name == axis]


def _parts(nogoods: set[Nogood]) -> list[frozenset[Nogood]]:
    """Split nogoods into parts that share no axis, directly or through others."""
    parts: list[tuple[set[str], set[Nogood]]] = []
    for nogood in nogoods:
        axes, members = {axis for axis, _ in nogood}, {nogood}
        apart = []
        for other in parts:
            if axes & other[0]:
                axes, members = axes | other[0], members | other[1]
            else:
                apart.append(other)
        parts = [*apart, (axes, members)]
    return [frozenset(members) for _, members in parts]
