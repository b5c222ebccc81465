"""The estimator; only this module chooses it."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.linear_model import Ridge

from .boosting import Boosting
from .hyperparameters import ModelSettings
from .matrices import Matrix


class BoostingRegressor(RegressorMixin, Boosting):  # type: ignore[misc] # scikit-learn has no types
    """Boosted trees for a number."""

    def fit(self, features: Matrix, target: pd.Series, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Train on a table of features with one number per row."""
        self.learn(features, np.asarray(target), sample_weight, classes=False)
        return self

    def predict(self, features: Matrix) -> NDArray[np.float64]:
        """Predict the number of each row."""
        return self.ask(self.booster.predict, features)


def estimator(settings: ModelSettings, seed: int) -> BaseEstimator:
    """Create the untrained estimator of the kind in the settings."""
    match settings.kind:
        case "linear":
            # Only the solvers for sparse features use `tol`; by default they stop at the fourth digit.
            return Ridge(alpha=settings.regularisation, tol=1e-8, random_state=seed)
        case "boosting":
            booster = HistGradientBoostingRegressor(
                max_iter=settings.trees,
                max_leaf_nodes=settings.leaves,
                min_samples_leaf=settings.leaf_rows,
                learning_rate=settings.learning_rate,
                early_stopping=settings.patience > 0,
                n_iter_no_change=max(settings.patience, 1),
                random_state=seed,
            )
            return BoostingRegressor(booster, settings.threads)
        case "forest":
            return RandomForestRegressor(
                n_estimators=settings.trees,
                max_depth=settings.depth,
                min_samples_split=settings.split_rows,
                n_jobs=settings.threads,
                random_state=seed,
            )
