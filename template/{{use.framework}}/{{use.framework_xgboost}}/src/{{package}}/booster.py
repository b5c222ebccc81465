"""XGBoost for dense or sparse features, with early stopping on held-out rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse
from sklearn.base import BaseEstimator
from xgboost import XGBModel

from .holdout import held_out
from .hyperparameters import ModelSettings
from .matrices import Matrix, answer


class Booster(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Common base class of classifier and regressor.

    XGBoost treats a zero that is absent from a sparse matrix as a missing value, and a stored one as a number. So a
    model that was trained on sparse features gets them without stored zeros, any other gets all zeros, whether the
    features come sparse or dense.
    """

    def __init__(self, booster: XGBModel, seed: int) -> None:
        """Wrap an untrained model, which is trained here."""
        self.booster = booster
        self.seed = seed

    def learn(
        self, features: Matrix, target: NDArray[Any], weights: NDArray[np.float64] | None, *, classes: bool
    ) -> None:
        """Train with one value of `target` per row of features; `classes` says whether these are labels."""
        self.sparse_ = bool(issparse(features))
        table = without_zeros(features) if self.sparse_ else features
        if not self.booster.early_stopping_rounds:
            self.booster.fit(table, target, sample_weight=weights)
            return
        held = held_out(target, self.seed, classes=classes)
        self.booster.fit(
            table[~held],
            target[~held],
            sample_weight=None if weights is None else weights[~held],
            eval_set=[(table[held], target[held])],
            sample_weight_eval_set=None if weights is None else [weights[held]],
            verbose=False,
        )

    def ask(self, function: Callable[[Matrix], NDArray[np.float32]], features: Matrix) -> NDArray[np.float64]:
        """Apply a method of the trained model to features."""
        if self.sparse_:
            return np.asarray(function(without_zeros(features)), dtype=np.float64)
        return answer(lambda rows: np.asarray(function(rows), dtype=np.float64), features, np.float64)


def without_zeros(features: Matrix) -> csr_matrix:
    """Return the features as a sparse matrix without stored zeros."""
    table = csr_matrix(features)
    if np.count_nonzero(table.data) < table.nnz:
        table = table.copy()  # otherwise, this would change the caller's matrix
        table.eliminate_zeros()
    return table


def parameters(settings: ModelSettings, seed: int) -> dict[str, Any]:
    """Return XGBoost's parameters for the kind in the settings; XGBoost has separate classes for forests."""
    common = {"n_jobs": settings.threads, "random_state": seed}
    match settings.kind:
        case "boosting":
            return common | {
                "n_estimators": settings.trees,
                "max_depth": settings.depth,
                "learning_rate": settings.learning_rate,
                "subsample": settings.row_share,
                "colsample_bytree": settings.column_share,
                "early_stopping_rounds": settings.patience or None,
            }
        case "forest":
            # The best split anywhere in the tree comes next, until there are enough leaves, at any depth.
            return common | {
                "n_estimators": settings.trees,
                "max_depth": 0,
                "max_leaves": settings.leaves,
                "grow_policy": "lossguide",
            }
        case "linear":
            # The default updater changes weights concurrently and gives a different model each time.
            return common | {
                "booster": "gblinear",
                "updater": "coord_descent",
                "n_estimators": settings.rounds,
                "learning_rate": settings.learning_rate,
                "reg_lambda": settings.regularisation,
            }
