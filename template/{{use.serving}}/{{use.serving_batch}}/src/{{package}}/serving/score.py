"""Score a table: every row is either predicted or rejected with its reason."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import pandas as pd

from .. import tables
from ..contract import FileFormat
from ..partitions import Compute, Partition, partitions
from ..ports import Observer
from ..predictor import Predictor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scores:
    """The input with predictions, and the rows that could not be predicted with the reason for each."""

    predicted: pd.DataFrame
    rejected: pd.DataFrame


@dataclass(frozen=True)
class PartScores(Scores):
    """Those of one part.

    Attributes:
        features: the columns that the model reads.
        typed: those of them that the model got in other types than `predicted` has. All others are not repeated, since
            parts are sent between machines.
    """

    features: list[str]
    typed: pd.DataFrame

    def rows(self) -> pd.DataFrame:
        """Return the predicted rows as the model got them."""
        columns = {name: (self.typed if name in self.typed else self.predicted)[name] for name in self.features}
        return pd.DataFrame(columns, index=self.predicted.index)


class TableObserver(Observer, Protocol):
    """An observer of a table, which has an end."""

    def table_scored(self, output: str) -> None:
        """All rows were predicted or rejected, and the folder or URL `output` has the results."""


def score(predictor: Predictor, table: pd.DataFrame) -> PartScores:
    """Predict what can be predicted.

    Args:
        predictor: the model.
        table: one row a case; columns that are no features are carried along, such as identifiers.

    Raises:
        DataError: a feature is no column of the table at all.
    """
    checked = predictor.schema.check(table, predictor.schema.file.decimal)
    fine = checked.reasons == ""
    good, rows = table[fine].copy(deep=False), checked.rows[fine]
    for name in rows:
        # A text file holds nothing but texts; its numbers and dates leave in their types.
        if name in good and is_text(good[name]):
            good[name] = rows[name]
    rejected = table[~fine].assign(reason=checked.reasons[~fine])
    predicted = (
        pd.concat([good, predictor.predict_checked(rows)], axis=1) if len(good) else good.assign(prediction=None)
    )
    predicted = predicted.assign(model_version=predictor.version)
    same = [name for name in rows if name in predicted and rows[name].equals(predicted[name])]
    return PartScores(predicted, rejected, list(rows), rows.drop(columns=same))


def is_text(column: pd.Series) -> bool:
    """Whether a column holds texts only, as all columns of a text file do."""
    return isinstance(column.dtype, pd.StringDtype)


def score_parts(
    predictor: Predictor,
    parts: Sequence[pd.DataFrame | Partition],
    compute: Compute,
    observers: Sequence[Observer] = (),
) -> Scores:
    """Predict what can be predicted of a table in parts; the order of the rows stays.

    Args:
        predictor: the model.
        parts: of the table.
        compute: what scores them.
        observers: they get the predicted rows part by part, in this process, wherever those were scored.

    Raises:
        DataError: as `score`.
    """
    predicted, rejected = [], []
    for part in compute.map(partial(score_part, predictor), parts):
        rows = part.rows()
        for observer in observers:
            observer.rows_predicted(rows, part.predicted)
        predicted.append(part.predicted)
        rejected.append(part.rejected)
    return Scores(_together(predicted), _together(rejected))


def score_part(predictor: Predictor, part: pd.DataFrame | Partition) -> PartScores:
    """Predict what can be predicted of one part."""
    return score(predictor, part.read() if isinstance(part, Partition) else part)


def parts_of(uri: str, form: FileFormat, rows: int) -> list[pd.DataFrame | Partition]:
    """Return the parts of a text file or Parquet table.

    Args:
        uri: a local path or a URL.
        form: how a text file is written.
        rows: how long the parts of a text file are. It can only be cut by reading it, so its rows are sent to where
            they are scored; those of a Parquet table, in the row groups it was written with, are read there.

    Raises:
        DataError: as `tables.read`.
    """
    if tables.is_parquet(uri):
        with tables.readable(uri):
            found = partitions(uri)
        if found:
            return [*found]
    table = tables.read(uri, form)
    return [table.iloc[start : start + rows] for start in range(0, max(len(table), 1), rows)]


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows; a part without any lacks the columns that only rows bring."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
