"""The estimator, chosen here and nowhere else."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from xgboost import XGBRegressor, XGBRFRegressor

from .booster import Booster, parameters
from .hyperparameters import ModelSettings
from .matrices import Matrix


class NumberRegressor(RegressorMixin, Booster):  # type: ignore[misc] # scikit-learn has no types
    """XGBoost for numbers."""

    def fit(self, features: Matrix, target: pd.Series, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Train on a table of features, and one number a row."""
        self.learn(features, np.asarray(target), sample_weight, classes=False)
        return self

    def predict(self, features: Matrix) -> NDArray[np.float64]:
        """The number of each row."""
        return self.ask(self.booster.predict, features)


def estimator(settings: ModelSettings, seed: int) -> NumberRegressor:
    """The untrained estimator of the kind that the settings name."""
    options = parameters(settings, seed)
    model = XGBRFRegressor(**options) if settings.kind == "forest" else XGBRegressor(**options)
    return NumberRegressor(model, seed)
