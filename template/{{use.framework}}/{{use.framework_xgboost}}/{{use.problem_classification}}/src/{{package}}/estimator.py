"""The estimator; only this module chooses it."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelEncoder
from xgboost import XGBClassifier, XGBRFClassifier

from .booster import Booster, parameters
from .class_weights import row_weights
from .hyperparameters import ModelSettings
from .matrices import Matrix


class LabelClassifier(ClassifierMixin, Booster):  # type: ignore[misc] # scikit-learn has no types
    """XGBoost with class labels of any type; XGBoost itself takes only integers from 0."""

    def __init__(self, booster: XGBClassifier, seed: int, *, balanced: bool) -> None:
        """Wrap an untrained classifier, which is trained here; `balanced` gives all classes the same total weight."""
        super().__init__(booster, seed)
        self.balanced = balanced

    def fit(self, features: Matrix, target: pd.Series, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Train on a table of features with one label per row."""
        encoder = LabelEncoder().fit(target)
        self.classes_ = encoder.classes_
        numbers = encoder.transform(target)
        self.learn(features, numbers, row_weights(numbers, sample_weight, balanced=self.balanced), classes=True)
        return self

    def predict_proba(self, features: Matrix) -> NDArray[np.float64]:
        """Predict the probability of each label in `classes_`, one row per row of features."""
        found = self.ask(self.booster.predict_proba, features)
        normalised: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)  # XGBoost's 32-bit sums are not 1
        return normalised

    def predict(self, features: Matrix) -> NDArray[np.object_]:
        """Predict the most probable label of each row."""
        labels: NDArray[np.object_] = self.classes_[self.predict_proba(features).argmax(axis=1)]
        return labels


def estimator(settings: ModelSettings, seed: int) -> LabelClassifier:
    """Create the untrained estimator of the kind in the settings."""
    options = parameters(settings, seed)
    # A forest takes a single step from its base score; from a class's share, rare classes would end too high.
    model = XGBRFClassifier(**options, base_score=0.5) if settings.kind == "forest" else XGBClassifier(**options)
    return LabelClassifier(model, seed, balanced=settings.class_weights == "balanced")
