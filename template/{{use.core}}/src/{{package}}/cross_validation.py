"""How good a kind of model is: each part of the rows is scored by a model that was trained on the other parts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import fmean, pstdev
from typing import Any, Protocol, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .artifacts import Workspace
from .contract import Contract
from .errors import DataError
from .resampling import gate_value
from .schema import Schema
from .split import SplitRule


class Estimator(Protocol):
    """A model that can be trained, such as the pipeline of `model.build`, whose last step takes weights."""

    def fit(self, rows: pd.DataFrame, target: pd.Series, **options: NDArray[np.float64]) -> Self:
        """Train on a table, and one target a row."""

    def predict(self, rows: pd.DataFrame) -> NDArray[Any]:
        """Predict one target a row."""


Model = TypeVar("Model", bound=Estimator)


@dataclass(frozen=True)
class CrossValidation:
    """The metric of each fold."""

    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """What to expect of a model that is trained on all rows."""
        return fmean(self.scores)

    @property
    def deviation(self) -> float:
        """How far the folds are apart: means that differ by much less may do so by chance."""
        return pstdev(self.scores)


@dataclass(frozen=True)
class TrainingRows:
    """What a run trains on: features, target, weights if there are any, and the key of each row in the split."""

    schema: Schema
    rows: pd.DataFrame
    target: pd.Series
    weights: NDArray[np.float64] | None
    keys: NDArray[np.uint64]


def training_rows(work: Workspace) -> TrainingRows:
    """Read what `preprocess` wrote for the training; the held-out rows are left alone."""
    rows = work.read_table("preprocess/train.parquet")
    schema = Schema.model_validate_json(work.read("preprocess/schema.json"))
    weight = Contract.model_validate_json(work.read("ingest/contract.json")).single("weight")
    return TrainingRows(
        schema=schema,
        rows=rows[schema.names],
        target=rows[schema.target].astype(object if schema.labels else "float64"),
        weights=rows[weight].to_numpy(dtype="float64") if weight else None,
        keys=SplitRule.model_validate_json(work.read("preprocess/split.json")).keys(rows),
    )


def gate_metric(model: Estimator, rows: pd.DataFrame, target: pd.Series) -> float:
    """The gate's metric: greater is better."""
    predicted = pd.Series(model.predict(rows), index=target.index)
    return gate_value(target, predicted)


def cross_validate(
    build: Callable[[], Model],
    rows: pd.DataFrame,
    target: pd.Series,
    folds: NDArray[np.int64],
    metric: Callable[[Model, pd.DataFrame, pd.Series], float],
    weights: NDArray[np.float64] | None = None,
) -> CrossValidation:
    """Train one model for each fold, on the rows of all others, and measure it on those of the fold.

    Args:
        build: gives an untrained model.
        rows: the features, preprocessed by the model itself, so that a fold tells it nothing beforehand.
        target: one value a row.
        folds: the fold of each row, as `fold_numbers` gives it.
        metric: of a trained model on some rows.
        weights: how much each row counts in training.
    """

    def score(fold: np.int64) -> float:
        held = folds == fold
        options = {} if weights is None else {"estimate__sample_weight": weights[~held]}
        return metric(build().fit(rows[~held], target[~held], **options), rows[held], target[held])

    return CrossValidation(tuple(score(fold) for fold in np.unique(folds)))


def cross_validate_run(work: Workspace, count: int) -> CrossValidation:
    """Cross-validate the kind of model that the settings ask for, on the training rows of a run.

    Args:
        work: of a run that is preprocessed.
        count: how many folds.

    Raises:
        DataError: the rows are too few for so many folds.
    """
    from .model import build  # reading the step graph imports this module, and scikit-learn takes a second

    data = training_rows(work)
    folds = fold_numbers(data.keys, count, data.target if data.schema.labels else None)
    untrained = partial(build, data.schema, work.settings)
    return cross_validate(untrained, data.rows, data.target, folds, gate_metric, data.weights)


def fold_numbers(keys: NDArray[np.uint64], count: int, classes: pd.Series | None = None) -> NDArray[np.int64]:
    """The fold of each row, a number below `count`; it depends on keys and classes, not on the order of the rows.

    Rows with the same key stay together, so that no model is measured on a copy of what it learned. Each fold gets
    the same share of the keys of each class.

    Args:
        keys: one a row, evenly spread, such as a hash.
        count: how many folds.
        classes: the class of each row, if there are any.

    Raises:
        DataError: there are too few keys, of all rows or of one class, to learn from some and measure on others.
    """
    groups, group_of = np.unique(keys, return_inverse=True)
    if len(groups) < count:
        raise DataError(f"{len(groups)} distinct training rows cannot be parted into {count} folds; take fewer folds")
    codes = pd.Series(0 if classes is None else pd.factorize(classes, sort=True)[0], index=range(len(keys)))
    numbers = np.empty(len(groups), dtype=np.int64)
    numbers[np.lexsort((groups, codes.groupby(group_of).min()))] = np.arange(len(groups)) % count
    folds: NDArray[np.int64] = numbers[group_of]
    if classes is not None:
        spread = pd.Series(folds, index=classes.index).groupby(classes).nunique()
        alone = spread.index[spread < 2]
        if len(alone):
            raise DataError(f"class {alone[0]!r} has only one distinct training row; two are needed for several folds")
    return folds
