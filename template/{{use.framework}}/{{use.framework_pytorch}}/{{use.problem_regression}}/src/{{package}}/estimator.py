"""The estimator; only this module chooses it."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from .hyperparameters import ModelSettings
from .matrices import Matrix
from .network import Network


class NetworkRegressor(RegressorMixin, Network):  # type: ignore[misc] # scikit-learn has no types
    """A network with one output, trained on the target scaled to mean 0 and standard deviation 1."""

    def fit(self, features: Matrix, target: pd.Series, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Train on a table of features with one number per row."""
        numbers = target.to_numpy(dtype=np.float64)
        self.mean_, self.deviation_ = float(numbers.mean()), float(numbers.std()) or 1.0
        scaled = ((numbers - self.mean_) / self.deviation_).astype(np.float32)
        self.learn(features, scaled, 1, sample_weight)
        return self

    def predict(self, features: Matrix) -> NDArray[np.float64]:
        """Predict the number of each row."""
        return self.outputs(features)[:, 0] * self.deviation_ + self.mean_


def estimator(settings: ModelSettings, seed: int) -> NetworkRegressor:
    """Create the untrained estimator."""
    return NetworkRegressor(settings, seed)
