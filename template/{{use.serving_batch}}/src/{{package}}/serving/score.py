"""Score a table: every row is either predicted or rejected with its reason."""

import logging
from dataclasses import dataclass

import pandas as pd

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
    reasons = predictor.schema.problems(table)
    good = table[reasons == ""]
    rejected = table[reasons != ""].assign(reason=reasons[reasons != ""])
    predicted = pd.concat([good, predictor.predict(good)], axis=1) if len(good) else good.assign(prediction=None)
    return Scores(predicted=predicted.assign(model_version=predictor.version), rejected=rejected)
