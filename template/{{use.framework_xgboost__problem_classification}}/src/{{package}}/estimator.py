"""The estimator, chosen here and nowhere else."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import LabelEncoder
from xgboost import XGBClassifier

from .hyperparameters import ModelSettings


class LabelClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """XGBoost with class labels of any kind: by itself it takes only the numbers from 0."""

    def __init__(self, booster: XGBClassifier) -> None:
        """Wrap an untrained classifier, which the wrapper trains."""
        self.booster = booster

    def fit(self, features: NDArray[np.float64], target: pd.Series) -> Self:
        """Train on a table of features, and one label a row."""
        encoder = LabelEncoder().fit(target)
        self.classes_ = encoder.classes_
        self.booster.fit(features, encoder.transform(target))
        return self

    def predict_proba(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probability of each label of `classes_`, one row a row of features."""
        found = np.asarray(self.booster.predict_proba(features), dtype=np.float64)
        normalised: NDArray[np.float64] = found / found.sum(axis=1, keepdims=True)  # XGBoost's 32 bits miss a sum of 1
        return normalised

    def predict(self, features: NDArray[np.float64]) -> NDArray[np.object_]:
        """The most probable label of each row."""
        labels: NDArray[np.object_] = self.classes_[self.predict_proba(features).argmax(axis=1)]
        return labels


def estimator(settings: ModelSettings, seed: int) -> LabelClassifier:
    """The untrained estimator."""
    return LabelClassifier(
        XGBClassifier(
            n_estimators=settings.trees,
            max_depth=settings.depth,
            learning_rate=settings.learning_rate,
            n_jobs=settings.threads,
            random_state=seed,
        )
    )
