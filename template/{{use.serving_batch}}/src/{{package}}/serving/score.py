"""Score a table: every row is either predicted or rejected with its reason."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd

from ..partitions import Partition, partitions
from ..ports import Compute
from ..predictor import Predictor
from ..steps.ingest import read_table, readable

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
    reasons = predictor.schema.problems(table)
    good = table[reasons == ""]
    rejected = table[reasons != ""].assign(reason=reasons[reasons != ""])
    predicted = pd.concat([good, predictor.predict(good)], axis=1) if len(good) else good.assign(prediction=None)
    return Scores(predicted=predicted.assign(model_version=predictor.version), rejected=rejected)


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
    if isinstance(part, Partition):
        with readable(part.uri):
            part = part.read()
    return score(predictor, part)


def parts_of(uri: str, rows: int) -> list[pd.DataFrame | Partition]:
    """The parts of a CSV or Parquet table.

    Args:
        uri: a local path or a URL.
        rows: how long the parts of a CSV table are. It can only be cut by reading it, so its rows are sent to where
            they are scored; those of a Parquet table, in the row groups it was written with, are read there.

    Raises:
        DataError: as `read_table`.
    """
    if uri.lower().endswith(".parquet"):
        with readable(uri):
            found = partitions(uri)
        if found:
            return [*found]
    table = read_table(uri)
    return [table.iloc[start : start + rows] for start in range(0, max(len(table), 1), rows)]


def _together(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All rows; a part without any lacks the columns that only rows bring."""
    return pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
