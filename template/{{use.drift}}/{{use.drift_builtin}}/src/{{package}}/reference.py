"""What a model was trained on, as counts: how many values of each feature and of its predictions fell into which bin.

It is part of the model package, so that serving can tell how far today's rows are from those of the training.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import BaseModel, ConfigDict, model_validator

from .contract import Type
from .ports import ModelRegistry
from .predictor import Predictor

REFERENCE_FILE = "reference.json"

MOST_BINS = 10
"""Tenths are the custom for this measure; more bins see finer changes and need more rows."""

ROWS_A_BIN = 20
"""A bin with fewer rows differs from sample to sample without any drift, so small tables get fewer bins."""

KINDS: dict[Type, Literal["number", "category"]] = {
    "number": "number",
    "boolean": "number",
    "datetime": "number",
    "category": "category",
    "text": "category",
}
"""Which bins a column has; a date is the number of its moment, a free text is one of the frequent ones, or none."""

Bins = npt.NDArray[np.int64]


class Distribution(BaseModel):
    """Bins of one column and how many rows fell into each.

    A number belongs into the first bin whose edge it does not exceed, or into one above all edges. A category has a bin
    of its own, or shares one with all that are rare or unknown. The last bin is for missing values.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Literal["number", "category"]
    edges: tuple[float, ...] = ()
    categories: tuple[str, ...] = ()
    counts: tuple[int, ...]

    @model_validator(mode="after")
    def _a_count_for_each_bin(self) -> Self:
        if len(self.counts) != self.size:
            raise ValueError(f"{self.name}: {len(self.counts)} counts for {self.size} bins")
        return self

    @classmethod
    def learn(cls, name: str, kind: Literal["number", "category"], column: pd.Series) -> Self:
        """Choose bins for a column that hold about as many rows each, as far as its values allow, and count them."""
        bins = min(MOST_BINS, max(2, len(column) // ROWS_A_BIN))
        edges: tuple[float, ...] = ()
        categories: tuple[str, ...] = ()
        if kind == "number":
            edges = _edges(_numbers(column), bins)
        else:
            frequent = column.dropna().map(str).value_counts().reset_index().to_numpy().tolist()
            frequent.sort(key=lambda item: (-item[1], item[0]))
            categories = tuple(str(value) for value, _ in frequent[: bins - 1])
        nothing = cls(name=name, kind=kind, edges=edges, categories=categories, counts=(0,) * _size(edges, categories))
        return nothing.model_copy(update={"counts": nothing.count(nothing.bins_of(column))})

    @property
    def size(self) -> int:
        """How many bins there are."""
        return _size(self.edges, self.categories)

    def bins_of(self, column: pd.Series) -> Bins:
        """Return the bin of each value; for values that fit the training schema."""
        if self.kind == "number":
            numbers = _numbers(column)
            return np.where(np.isnan(numbers), self.size - 1, np.searchsorted(self.edges, numbers)).astype(np.int64)
        known = {category: index for index, category in enumerate(self.categories)}
        missing, others = self.size - 1, self.size - 2
        values = zip(column.isna(), column, strict=True)
        return np.array([missing if gap else known.get(str(value), others) for gap, value in values], dtype=np.int64)

    def count(self, bins: Bins) -> tuple[int, ...]:
        """How many rows fell into each bin."""
        return tuple(np.bincount(bins, minlength=self.size).tolist())


class Reference(BaseModel):
    """The distributions of a model's features in the training rows, and of its predictions for rows it never saw."""

    model_config = ConfigDict(frozen=True)

    model_sha256: str
    features: tuple[Distribution, ...]
    prediction: Distribution

    @classmethod
    def learn(cls, predictor: Predictor, train: pd.DataFrame, test: pd.DataFrame) -> Self:
        """Describe a trained model.

        Args:
            predictor: the model.
            train: the rows it was trained on.
            test: rows it never saw; its predictions for the others would look more certain than those to come.
        """
        return cls(
            model_sha256=predictor.sha256,
            features=tuple(
                Distribution.learn(feature.name, KINDS[feature.type], train[feature.name])
                for feature in predictor.schema.features
            ),
            prediction=Distribution.learn(
                "prediction",
                "category" if predictor.schema.labels else "number",
                predictor.predict(test)["prediction"],
            ),
        )

    @classmethod
    def of_model(cls, registry: ModelRegistry, predictor: Predictor) -> Self | None:
        """Read the reference of a registered model; None when its package has none, or another model's."""
        with tempfile.TemporaryDirectory() as folder:
            file = registry.download(predictor.version, Path(folder)) / REFERENCE_FILE
            found = cls.model_validate_json(file.read_bytes()) if file.is_file() else None
        return found if found and found.model_sha256 == predictor.sha256 else None

    @property
    def distributions(self) -> tuple[Distribution, ...]:
        """Those of the features, then that of the predictions."""
        return (*self.features, self.prediction)

    def bins_of(self, rows: pd.DataFrame, predictions: pd.Series) -> Bins:
        """Return the bins of each row: a column for each feature, the last one for the prediction.

        Args:
            rows: they fit the training schema; an optional feature may be no column at all.
            predictions: one for each row.
        """
        absent = pd.Series(np.nan, index=rows.index)
        columns: Sequence[Bins] = [item.bins_of(rows.get(item.name, absent)) for item in self.features]
        return np.column_stack([*columns, self.prediction.bins_of(predictions)])


def _size(edges: Sequence[float], categories: Sequence[str]) -> int:
    """One bin more than there are edges or frequent categories, and one for missing values."""
    return len(edges) + len(categories) + 2


def _numbers(column: pd.Series) -> npt.NDArray[np.float64]:
    if pd.api.types.is_datetime64_dtype(column):
        column = (column - pd.Timestamp(0)) / pd.Timedelta(seconds=1)
    return pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)


def _edges(numbers: npt.NDArray[np.float64], bins: int) -> tuple[float, ...]:
    """Quantiles that are values of the column; where many rows have the same value there are fewer."""
    present = numbers[~np.isnan(numbers)]
    if not len(present):
        return ()
    edges = np.unique(np.quantile(present, np.arange(1, bins) / bins, method="inverted_cdf"))
    if edges[0] == present.min():
        # Else a value that is less than all that training saw would share a bin with the least of them.
        edges = np.insert(edges, 0, np.nextafter(edges[0], -np.inf))
    return tuple(edges.tolist())
