"""Cross-validation: each fold is scored by a model that was trained on the other folds."""

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
    """A trainable model, such as the pipeline of `model.build`, whose last step takes weights."""

    def fit(self, rows: pd.DataFrame, target: pd.Series, **options: NDArray[np.float64]) -> Self:
        """Train on a table, with one target per row."""

    def predict(self, rows: pd.DataFrame) -> NDArray[Any]:
        """Predict one target per row."""


Model = TypeVar("Model", bound=Estimator)


@dataclass(frozen=True)
class CrossValidation:
    """The metric of each fold."""

    scores: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Return the mean metric, an estimate for a model that is trained on all rows."""
        return fmean(self.scores)

    @property
    def deviation(self) -> float:
        """Return the standard deviation over the folds: differences well below it may be chance."""
        return pstdev(self.scores)


@dataclass(frozen=True)
class TrainingRows:
    """The training data of a run: features, target, weights if there are any, and the split key of each row."""

    schema: Schema
    rows: pd.DataFrame
    target: pd.Series
    weights: NDArray[np.float64] | None
    keys: NDArray[np.uint64]


def training_rows(work: Workspace) -> TrainingRows:
    """Read the training data that `preprocess` wrote, without the held-out rows."""
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
    """Return the gate's metric; greater is better."""
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
    """Train one model per fold, on the rows of all other folds, and measure it on the rows of the fold.

    Args:
        build: returns an untrained model.
        rows: the features; the model itself preprocesses them, so that nothing leaks from the held-out fold.
        target: one value per row.
        folds: the fold of each row, as `fold_numbers` returns it.
        metric: returns the metric of a trained model on rows with their target.
        weights: how much each row counts in training.
    """

    def score(fold: np.int64) -> float:
        held = folds == fold
        options = {} if weights is None else {"estimate__sample_weight": weights[~held]}
        return metric(build().fit(rows[~held], target[~held], **options), rows[held], target[held])

    return CrossValidation(tuple(score(fold) for fold in np.unique(folds)))


def cross_validate_run(work: Workspace, count: int) -> CrossValidation:
    """Cross-validate the kind of model in the settings on the training rows of a run.

    Args:
        work: workspace of a run that was preprocessed.
        count: number of folds.

    Raises:
        DataError: there are too few rows for so many folds.
    """
    from .model import build  # importing scikit-learn takes a second, and reading the step graph imports this module

    data = training_rows(work)
    folds = fold_numbers(data.keys, count, data.target if data.schema.labels else None)
    untrained = partial(build, data.schema, work.settings)
    return cross_validate(untrained, data.rows, data.target, folds, gate_metric, data.weights)


def fold_numbers(keys: NDArray[np.uint64], count: int, classes: pd.Series | None = None) -> NDArray[np.int64]:
    """Return the fold of each row, a number below `count`; it depends on keys and classes, not on the row order.

    Rows with the same key share a fold, so that no model is measured on copies of its training rows. Each fold gets
    the same share of the keys of each class.

    Args:
        keys: one per row, evenly spread, such as a hash.
        count: number of folds.
        classes: the class of each row, if there are any.

    Raises:
        DataError: there are too few keys, in total or of one class, for training and measuring.
    """
    groups, group_of = np.unique(keys, return_inverse=True)
    if len(groups) < count:
        raise DataError(f"{len(groups)} distinct training rows cannot be split into {count} folds; use fewer folds")
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
