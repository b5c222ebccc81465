"""The training schema: what a row must look like to be predicted, learned from the training table."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from .errors import DataError


class Feature(BaseModel):
    """One column of the training table."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Literal["number", "category"]
    optional: bool
    example: float | str


@dataclass(frozen=True)
class Summary:
    """What the schema needs to know of one column in one part of a table.

    `present` holds the numbers, or how often each category occurs. Numbers stay as they are: a median is exact only
    when it has seen all of them.
    """

    name: str
    optional: bool
    present: pd.Series | Counter[object]

    @classmethod
    def of(cls, column: pd.Series) -> "Summary":
        """Summarize one column."""
        present = column.dropna()
        number = pd.api.types.is_numeric_dtype(column)
        return cls(
            name=str(column.name),
            optional=len(present) < len(column),
            present=present.reset_index(drop=True) if number else Counter(present.tolist()),
        )


class Schema(BaseModel):
    """The features in training order, and the labels of a classifier (empty for a regression)."""

    model_config = ConfigDict(frozen=True)

    features: tuple[Feature, ...]
    labels: tuple[str, ...] = ()

    @classmethod
    def learn(cls, features: pd.DataFrame, labels: Sequence[str] = ()) -> "Schema":
        """Describe the columns of a table; a column is optional when it misses values in it."""
        return cls.merge([summarize(features)], labels)

    @classmethod
    def merge(cls, parts: Iterable[Sequence[Summary]], labels: Sequence[str] = ()) -> "Schema":
        """The schema of a table whose parts were summarized one by one; the same whatever the parts are."""
        columns = zip(*parts, strict=True)
        return cls(features=tuple(_describe(column) for column in columns), labels=tuple(labels))

    @property
    def names(self) -> list[str]:
        """Names of the features, in training order."""
        return [feature.name for feature in self.features]

    def example(self) -> dict[str, float | str]:
        """A row that passes `check`: medians and most frequent values, no row of the training table."""
        return {feature.name: feature.example for feature in self.features}

    def align(self, table: pd.DataFrame) -> pd.DataFrame:
        """The features of `table` in training order and training types.

        Values that do not fit become missing; `problems` says which.

        Raises:
            DataError: a feature that must be present is no column of `table`.
        """
        absent = [f.name for f in self.features if f.name not in table and not f.optional]
        if absent:
            raise DataError(f"missing feature(s): {', '.join(absent)}")
        columns = {f.name: _convert(table, f) for f in self.features}
        return pd.DataFrame(columns, index=table.index)

    def problems(self, table: pd.DataFrame) -> pd.Series:
        """Why each row cannot be predicted, as text; empty for the rows that can.

        Raises:
            DataError: as `align`.
        """
        aligned = self.align(table)
        reasons = pd.Series("", index=table.index, dtype=object)
        for feature in self.features:
            given = table[feature.name] if feature.name in table else aligned[feature.name]
            wrong = aligned[feature.name].isna() & given.notna()
            missing = given.isna() & (not feature.optional)
            reasons[wrong] += f"{feature.name} is not a {feature.kind}; "
            reasons[missing] += f"{feature.name} is missing; "
        return reasons.str.removesuffix("; ")


def summarize(features: pd.DataFrame) -> list[Summary]:
    """Summaries of all columns of a part of a table."""
    return [Summary.of(features[name]) for name in features]


def _describe(parts: Sequence[Summary]) -> Feature:
    numbers = [part.present for part in parts if isinstance(part.present, pd.Series)]
    counts = sum((part.present for part in parts if isinstance(part.present, Counter)), Counter[object]())
    most = max(counts.values(), default=0)
    frequent = pd.Series([value for value, count in counts.items() if count == most], dtype=object)
    return Feature(
        name=parts[0].name,
        kind="number" if numbers else "category",
        optional=any(part.optional for part in parts),
        # Of several most frequent values it is the first in their order, as for a table in one part.
        example=float(pd.concat(numbers).median()) if numbers else str(frequent.mode().iloc[0]),
    )


def _convert(table: pd.DataFrame, feature: Feature) -> pd.Series:
    if feature.name not in table:
        return pd.Series(float("nan") if feature.kind == "number" else None, index=table.index, dtype=_dtype(feature))
    column = table[feature.name]
    if feature.kind == "number":
        # Text and infinities are no numbers here, although pandas could parse some of them.
        numeric = column.map(lambda value: value if isinstance(value, int | float) else None)
        finite = pd.to_numeric(numeric, errors="coerce").astype("float64")
        return finite.where(np.isfinite(finite))
    return column.map(lambda value: None if pd.isna(value) else str(value)).astype(object)


def _dtype(feature: Feature) -> str:
    return "float64" if feature.kind == "number" else "object"
