"""Tables as they come for retraining: grown, shuffled, with changed rows, spoiled, repaired.

A real table is split once into three: what the first champion learns from, what comes later, and what no model ever
trains on. On the third part any two models can be compared fairly, which says whether a gate, which does not have it,
was right. All is a function of a table and a seed.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from catalogue import Problem

RETRAINED = (
    "titanic",
    "credit",
    "breast_cancer",
    "hpc",
    "email",
    "housing",
    "sacramento",
    "ames",
    "cars_2021",
    "hotel_rates",
)
"""Tables of the catalogue that have enough rows, and something to learn."""

Expected = Literal["better", "worse", "either"]
Verdict = Literal["better", "worse", "unclear"]
Said = pd.Series | np.ndarray


@dataclass(frozen=True)
class Parts:
    """A table in three.

    Attributes:
        initial: what there is at first.
        growth: a tenth of it, which comes later.
        held: a third of all, which no model is trained on.
    """

    initial: pd.DataFrame
    growth: pd.DataFrame
    held: pd.DataFrame

    @property
    def grown(self) -> pd.DataFrame:
        """The table after it grew."""
        return pd.concat([self.initial, self.growth], ignore_index=True)


@dataclass(frozen=True)
class Retraining:
    """Two trainings, one after the other.

    Attributes:
        name: what happened to the table.
        first: what the champion learns from.
        next: the table that comes then.
        expected: what the second model should be; whether it is, the third part says.
    """

    name: str
    first: pd.DataFrame
    next: pd.DataFrame
    expected: Expected


def split(table: pd.DataFrame, target: str, seed: int, group: str | None = None) -> Parts:
    """Split a table in three; rows that are alike, and those of a group, stay together.

    Args:
        table: rows without a target are left out.
        target: its column.
        seed: the same one gives the same parts.
        group: a column that says which rows belong together.
    """
    table = table[table[target].notna()].reset_index(drop=True)
    alike = table[group] if group else pd.util.hash_pandas_object(table.astype("str"), index=False)
    together = pd.Series(alike.factorize()[0], index=table.index)
    order = np.random.default_rng(seed).permutation(together.max() + 1)
    place = (order[together] + 0.5) / len(order)
    initial = 2 / 3 / 1.1
    parts = place < initial, (place >= initial) & (place < 2 / 3), place >= 2 / 3
    return Parts(*(table[part].reset_index(drop=True) for part in parts))


def shuffled(table: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same rows in another order."""
    return table.sample(frac=1, random_state=seed).reset_index(drop=True)


def changed(table: pd.DataFrame, target: str, seed: int, share: float = 0.05) -> pd.DataFrame:
    """Some rows have in one feature what another row has, as if it had been corrected."""
    random = np.random.default_rng(seed)
    features = [name for name in table if name != target and table[name].nunique() > 1]
    spoiled = table.copy()
    for row in _some(table, random, share):
        name = features[int(random.integers(len(features)))]
        values = table[name].array
        other = values[row]
        while pd.isna(other) or other == values[row]:
            other = values[int(random.integers(len(values)))]
        spoiled.loc[row, name] = other
    return spoiled


def noisy(
    table: pd.DataFrame, target: str, problem: Problem, share: float, seed: int, rows: Sequence[int] | None = None
) -> pd.DataFrame:
    """Some answers are wrong: another class, or the number of another row.

    Args:
        table: what to spoil a copy of.
        target: the column of answers.
        problem: of which kind.
        share: of the rows that may be spoiled.
        seed: the same one spoils the same answers.
        rows: positions of those that may be, such as the training rows; all when none are given.
    """
    random = np.random.default_rng(seed)
    table = table.copy()
    chosen = _some(table, random, share, rows)
    if problem == "regression":
        table.loc[chosen, target] = table[target].loc[random.permutation(chosen)].to_numpy()
        return table
    classes = table[target].unique()
    for row in chosen:
        others = [one for one in classes if one != table[target].loc[row]]
        table.loc[row, target] = others[int(random.integers(len(others)))]
    return table


def mixed_up(table: pd.DataFrame, names: Sequence[str], share: float, seed: int) -> pd.DataFrame:
    """In some rows the values of some columns are those of other rows: nothing is missing, and nothing is right."""
    random = np.random.default_rng(seed)
    table = table.copy()
    for name in names:
        chosen = _some(table, random, share)
        table.loc[chosen, name] = table[name].loc[random.permutation(chosen)].to_numpy()
    return table


def lost(table: pd.DataFrame, share: float, seed: int) -> pd.DataFrame:
    """Some rows are gone; the others are in the same order."""
    gone = _some(table, np.random.default_rng(seed), share)
    return table.drop(table.index[gone]).reset_index(drop=True)


def informative(table: pd.DataFrame, target: str, problem: Problem, ignored: Collection[str] = ()) -> list[str]:
    """The features, first those that say most about the target by themselves.

    It is measured by the share of the target's variance that lies between categories, or tenths of a number.
    """
    said = pd.get_dummies(table[target]) if problem == "classification" else table[[target]]
    said = said.astype("float64")

    def told(name: str) -> float:
        column = table[name]
        if pd.api.types.is_numeric_dtype(column) and column.nunique() > 10:
            column = pd.qcut(column, 10, duplicates="drop")
        elif column.nunique() > len(column) / 10:
            return 0.0  # so many categories tell any target
        means = said.groupby(column.astype("str").fillna("missing")).transform("mean")
        return float(means.var().sum() / said.var().sum())

    names = [name for name in map(str, table) if name != target and name not in ignored]
    return sorted(names, key=told, reverse=True)


def retrainings(
    parts: Parts, target: str, problem: Problem, seed: int, ignored: Collection[str] = ()
) -> Iterator[Retraining]:
    """What may happen to a table between two trainings.

    Args:
        parts: of the table.
        target: its column.
        problem: of which kind.
        seed: of all that is drawn.
        ignored: columns that no model looks at, so that spoiling them would spoil nothing.
    """
    first, grown = parts.initial, parts.grown
    features = informative(first, target, problem, ignored)
    best = features[: max(3, len(features) // 2)]
    yield Retraining("grown", first, grown, "either")
    yield Retraining("grown and shuffled", first, shuffled(grown, seed), "either")
    yield Retraining("grown and changed", first, changed(grown, target, seed), "either")
    for share in (0.15, 0.25, 0.4):
        yield Retraining(f"{share:.0%} wrong answers", first, noisy(grown, target, problem, share, seed), "worse")
    yield Retraining("values mixed up", first, mixed_up(grown, best, 0.9, seed), "worse")
    yield Retraining("half lost", first, lost(grown, 0.5, seed), "worse")
    yield Retraining("nine tenths lost", first, lost(grown, 0.9, seed), "worse")
    yield Retraining("answers repaired", noisy(first, target, problem, 0.4, seed), grown, "better")
    yield Retraining("values repaired", mixed_up(first, best, 0.9, seed), grown, "better")
    yield Retraining("ten times as large", lost(first, 0.9, seed), grown, "better")


def compare(
    truth: Said,
    first: Said,
    second: Said,
    problem: Problem,
    seed: int,
    draws: int = 1000,
) -> Verdict:
    """Whether the second model is clearly better than the first, or worse, on rows that neither was trained on.

    Clearly is: in 97.5 % of the samples that are drawn from these rows, for both models the same.

    Args:
        truth: the answers.
        first: what the champion says.
        second: what the other one says.
        problem: classes are compared as text, by f1_macro; numbers by R².
        seed: of the samples.
        draws: how many.
    """
    said = [np.asarray(values) for values in (truth, first, second)]
    if problem == "classification":
        _, codes = np.unique(np.concatenate(said).astype("str"), return_inverse=True)
        said = np.split(codes, 3)
    answers, before, after = said
    random = np.random.default_rng(seed)
    gains = []
    for _ in range(draws):
        rows = random.integers(len(answers), size=len(answers))
        gains.append(score(answers[rows], after[rows], problem) - score(answers[rows], before[rows], problem))
    low, high = np.quantile(gains, [0.025, 0.975])
    return "better" if low > 0 else "worse" if high < 0 else "unclear"


def score(truth: np.ndarray, said: np.ndarray, problem: Problem) -> float:
    """R², or f1_macro of classes that are numbers from 0, as scikit-learn has them; called too often for that one."""
    if problem == "regression":
        return float(1 - ((truth - said) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
    hits, were, seen = (np.bincount(classes, minlength=1000) for classes in (truth[truth == said], truth, said))
    there = were + seen > 0
    return float((2 * hits[there] / (were + seen)[there]).mean())


def _some(
    table: pd.DataFrame, random: np.random.Generator, share: float, rows: Sequence[int] | None = None
) -> np.ndarray:
    """Positions of a share of the rows, in their order."""
    from_these = np.arange(len(table)) if rows is None else np.asarray(rows)
    return np.sort(random.choice(from_these, size=round(len(from_these) * share), replace=False))
