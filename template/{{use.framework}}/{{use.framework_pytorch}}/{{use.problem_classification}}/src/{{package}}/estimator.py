"""The estimator; only this module chooses it."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelEncoder

from .class_weights import row_weights
from .hyperparameters import ModelSettings
from .matrices import Matrix
from .network import Network


class NetworkClassifier(ClassifierMixin, Network):  # type: ignore[misc] # scikit-learn has no types
    """A network with one output per label."""

    def fit(self, features: Matrix, target: pd.Series, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Train on a table of features with one label per row."""
        encoder = LabelEncoder().fit(target)
        self.classes_ = encoder.classes_
        numbers = np.asarray(encoder.transform(target), dtype=np.int64)
        weights = row_weights(numbers, sample_weight, balanced=self.settings.class_weights == "balanced")
        self.learn(features, numbers, len(self.classes_), weights)
        return self

    def predict_proba(self, features: Matrix) -> NDArray[np.float64]:
        """Predict the probability of each label in `classes_`, one row per row of features."""
        outputs = self.outputs(features)
        exponents = np.exp(outputs - outputs.max(axis=1, keepdims=True))  # subtracting the maximum avoids an overflow
        probabilities: NDArray[np.float64] = exponents / exponents.sum(axis=1, keepdims=True)
        return probabilities

    def predict(self, features: Matrix) -> NDArray[np.object_]:
        """Predict the most probable label of each row."""
        labels: NDArray[np.object_] = self.classes_[self.outputs(features).argmax(axis=1)]
        return labels


def estimator(settings: ModelSettings, seed: int) -> NetworkClassifier:
    """Create the untrained estimator."""
    return NetworkClassifier(settings, seed)
