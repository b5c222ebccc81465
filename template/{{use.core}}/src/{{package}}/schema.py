"""The training schema: the data contract and what training saw of each column; requests are checked against it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from .cells import convert, empty, is_code
from .contract import Column, Contract, FileFormat
from .errors import DataError


class Feature(Column):
    """A column that callers send: its contract, and what training saw of it."""

    name: str
    optional: bool
    example: float | bool | str
    codes: bool = False


@dataclass(frozen=True)
class Summary:
    """What the schema needs to know of one column in one part of a table.

    `present` holds the numbers, or the count of each text. Numbers are kept, because an exact median needs all of them.
    """

    gaps: bool
    present: pd.Series | Counter[str]

    @classmethod
    def of(cls, column: pd.Series) -> "Summary":
        """Summarize one typed column."""
        present = column.dropna()
        texts = isinstance(column.dtype, pd.StringDtype)
        return cls(
            gaps=len(present) < len(column),
            present=Counter({str(text): count for text, count in present.value_counts().items()})
            if texts
            else present.reset_index(drop=True),
        )


@dataclass(frozen=True)
class Checked:
    """Rows in the form that the model takes, and for each why it cannot be predicted, empty if it can."""

    rows: pd.DataFrame
    reasons: NDArray[np.object_]


class Schema(BaseModel):
    """The features in training order, the target, and the labels of a classifier (empty for a regression)."""

    model_config = ConfigDict(frozen=True)

    features: tuple[Feature, ...]
    target: str
    labels: tuple[str, ...] = ()
    file: FileFormat = FileFormat()

    @classmethod
    def merge(cls, contract: Contract, parts: Iterable[Mapping[str, Summary]], labels: Sequence[str] = ()) -> "Schema":
        """Merge the summaries of a table's parts into a schema, which does not depend on how the table is cut."""
        kept, found = contract.kept, list(parts)
        features = [_describe(name, kept[name], [part[name] for part in found]) for name in contract.names("feature")]
        return cls(features=tuple(features), target=contract.target, labels=tuple(labels), file=contract.file)

    @property
    def names(self) -> list[str]:
        """Return the names of the features, in training order."""
        return [feature.name for feature in self.features]

    def example(self) -> dict[str, float | bool | str]:
        """Return a row that passes `check`: medians and most frequent values, not a row of the training table."""
        return {feature.name: feature.example for feature in self.features}

    def check(self, table: pd.DataFrame, decimal: str = ".") -> Checked:
        """Convert the features of a table to their types, and say what is wrong with each row.

        Args:
            table: one row per case; further columns are ignored. The column of an optional feature may be absent.
            decimal: the decimal mark in texts.

        Raises:
            DataError: `table` has no column for a required feature.
        """
        absent = [item.name for item in self.features if item.name not in table and not item.optional]
        if absent:
            raise DataError(f"missing feature(s): {', '.join(absent)}")
        columns: dict[str, pd.Series] = {}
        reasons = np.full(len(table), "", dtype=object)
        for item in self.features:
            if item.name not in table:
                columns[item.name] = empty(table.index, item)
                continue
            cells = convert(table[item.name], item, decimal, item.codes)
            columns[item.name] = cells.values
            for wrong, said in _faults(item, cells.values, cells.wrong):
                reasons[wrong] += f"{item.name} {said}; "
        return Checked(pd.DataFrame(columns, index=table.index), _without_end(reasons))


def summarize(rows: pd.DataFrame, names: Sequence[str]) -> dict[str, Summary]:
    """Summarize typed columns of a part of a table."""
    return {name: Summary.of(rows[name]) for name in names}


def _faults(item: Feature, values: pd.Series, wrong: NDArray[np.bool_]) -> Iterable[tuple[NDArray[np.bool_], str]]:
    """Yield which rows violate which rule of a column."""
    if wrong.any():
        yield wrong, f"is not a {item.type}" + (" but a code: write it as text" if item.codes else "")
    if not item.optional:
        missing = values.isna().to_numpy() & ~wrong
        if missing.any():
            yield missing, "is missing"
    if item.values:
        unknown = (values.notna() & ~values.isin(item.values)).to_numpy()
        if unknown.any():
            yield unknown, f"is none of {', '.join(item.values)}"
    if item.minimum is not None:
        yield (values < item.minimum).to_numpy(dtype=bool, na_value=False), f"is below {item.minimum:g}"
    if item.maximum is not None:
        yield (values > item.maximum).to_numpy(dtype=bool, na_value=False), f"is above {item.maximum:g}"


def _without_end(reasons: NDArray[np.object_]) -> NDArray[np.object_]:
    for place in np.flatnonzero(reasons != ""):
        reasons[place] = reasons[place].removesuffix("; ")
    return reasons


def _describe(name: str, spec: Column, parts: Sequence[Summary]) -> Feature:
    said = spec.model_dump(exclude={"optional"})
    optional = any(part.gaps for part in parts) if spec.optional is None else spec.optional
    counts = sum((part.present for part in parts if isinstance(part.present, Counter)), Counter[str]())
    numbers = [part.present for part in parts if isinstance(part.present, pd.Series)]
    codes = spec.type == "category" and any(map(is_code, counts))
    return Feature(name=name, optional=optional, codes=codes, example=_example(spec, counts, numbers), **said)


def _example(spec: Column, counts: Counter[str], numbers: Sequence[pd.Series]) -> float | bool | str:
    if counts:
        most = max(counts.values())
        # Of several most frequent values, take the first in sort order, so that it does not depend on the parts.
        return min(text for text, count in counts.items() if count == most)
    values = pd.concat(numbers, ignore_index=True) if numbers else pd.Series(dtype="float64")
    if not len(values):
        return "" if spec.type in {"category", "text", "datetime"} else False if spec.type == "boolean" else 0.0
    if spec.type == "boolean":
        return bool(values.mean() >= 0.5)
    if spec.type == "datetime":
        middle = pd.Timestamp(values.sort_values().iloc[(len(values) - 1) // 2])
        return str(middle.strftime(spec.format) if spec.format else middle.isoformat())
    return float(values.median())
