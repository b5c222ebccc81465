"""Score a table: every row is either predicted or rejected with its reason."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from .. import tables
from ..contract import FileFormat
from ..partitions import Partition, partitions
from ..ports import Compute
from ..predictor import Predictor

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scores:
    """The input with predictions, and the rows that could not be predicted with the reason for each."""

    predicted: pd.DataFrame
    rejected: pd.DataFrame


def score(predictor: Predictor, table: pd.DataFrame) -> Scores:
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
    return Scores(predicted=predicted.assign(model_version=predictor.version), rejected=rejected)


def is_text(column: pd.Series) -> bool:
    """Whether a column holds texts only, as all columns of a text file do."""
    return isinstance(column.dtype, pd.StringDtype)


def score_parts(predictor: Predictor, parts: Sequence[pd.DataFrame | Partition], compute: Compute) -> Scores:
    """Predict what can be predicted of a table in parts; the order of the rows stays.

    Raises:
        DataError: as `score`.
    """
    scores = compute.map(partial(score_part, predictor), parts)
    return Scores(
        predicted=_together([part.predicted for part in scores]),
        rejected=_together([part.rejected for part in scores]),
    )


def score_part(predictor: Predictor, part: pd.DataFrame | Partition) -> Scores:
    """Predict what can be predicted of one part."""
    return score(predictor, part.read() if isinstance(part, Partition) else part)


def parts_of(uri: str, form: FileFormat, rows: int) -> list[pd.DataFrame | Partition]:
    """The parts of a text file or Parquet table.

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
