"""The estimator; only this module chooses it."""

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
        """Train on a table of features with one number per row."""
        self.learn(features, np.asarray(target), sample_weight, classes=False)
        return self

    def predict(self, features: Matrix) -> NDArray[np.float64]:
        """Predict the number of each row."""
        return self.ask(self.booster.predict, features)


def estimator(settings: ModelSettings, seed: int) -> NumberRegressor:
    """Create the untrained estimator of the kind in the settings."""
    options = parameters(settings, seed)
    model = XGBRFRegressor(**options) if settings.kind == "forest" else XGBRegressor(**options)
    return NumberRegressor(model, seed)
