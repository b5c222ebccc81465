"""Gradient boosting of scikit-learn that also takes sparse features, with early stopping on held-out rows."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped] # it has no types

from .holdout import held_out
from .matrices import Matrix, answer, dense

Booster: TypeAlias = HistGradientBoostingClassifier | HistGradientBoostingRegressor


class Boosting(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Common base class of classifier and regressor."""

    def __init__(self, booster: Booster, threads: int) -> None:
        """Wrap an untrained model, which is trained here."""
        self.booster = booster
        self.threads = threads

    def learn(
        self, features: Matrix, target: NDArray[Any], weights: NDArray[np.float64] | None, *, classes: bool
    ) -> None:
        """Train with one value of `target` per row of features; `classes` says whether these are labels."""
        with self.limited():  # scikit-learn stores the number of threads in the model, though nothing depends on it
            if self.booster.early_stopping:
                # scikit-learn could hold out rows by itself, but fails if a class has only one.
                held = held_out(target, self.booster.random_state, classes=classes)
                self.booster.fit(
                    dense(features[~held], np.float64),
                    target[~held],
                    None if weights is None else weights[~held],
                    X_val=dense(features[held], np.float64),
                    y_val=target[held],
                    sample_weight_val=None if weights is None else weights[held],
                )
            else:
                self.booster.fit(dense(features, np.float64), target, weights)
        self.trees_ = int(self.booster.n_iter_)

    def ask(self, function: Callable[[Matrix], NDArray[np.float64]], features: Matrix) -> NDArray[np.float64]:
        """Apply a method of the trained model to features."""
        with self.limited():  # with more threads than processors, they wait for each other for tens of milliseconds
            return answer(function, features, np.float64)

    def limited(self) -> AbstractContextManager[object]:
        """Limit scikit-learn to the configured number of threads while a block runs."""
        limited: AbstractContextManager[object] = _libraries().limit(limits=self.threads, user_api="openmp")
        return limited


@cache
def _libraries() -> ThreadpoolController:
    """Return the libraries of this process that use threads; cached, since finding them is slower than a prediction."""
    return ThreadpoolController()
