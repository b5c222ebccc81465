"""The estimator; only this module chooses it."""

from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from .boosting import Boosting
from .class_weights import row_weights
from .hyperparameters import ModelSettings
from .matrices import Matrix


class BoostingClassifier(ClassifierMixin, Boosting):  # type: ignore[misc] # scikit-learn has no types
    """Boosted trees for each label."""

    def __init__(self, booster: HistGradientBoostingClassifier, threads: int, *, balanced: bool) -> None:
        """Wrap an untrained classifier; `balanced` gives all classes the same total weight."""
        super().__init__(booster, threads)
        self.balanced = balanced

    def fit(self, features: Matrix, target: pd.Series, sample_weight: NDArray[np.float64] | None = None) -> Self:
        """Train on a table of features with one label per row."""
        labels = np.asarray(target)
        self.learn(features, labels, row_weights(labels, sample_weight, balanced=self.balanced), classes=True)
        self.classes_ = self.booster.classes_
        return self

    def predict_proba(self, features: Matrix) -> NDArray[np.float64]:
        """Predict the probability of each label in `classes_`, one row per row of features."""
        return self.ask(self.booster.predict_proba, features)

    def predict(self, features: Matrix) -> NDArray[np.object_]:
        """Predict the most probable label of each row."""
        labels: NDArray[np.object_] = self.classes_[self.predict_proba(features).argmax(axis=1)]
        return labels


def estimator(settings: ModelSettings, seed: int) -> BaseEstimator:
    """Create the untrained estimator of the kind in the settings."""
    balanced = settings.class_weights == "balanced"
    match settings.kind:
        case "linear":
            return LogisticRegression(
                C=settings.inverse_regularisation,
                max_iter=settings.max_iterations,
                class_weight="balanced" if balanced else None,
                random_state=seed,
            )
        case "boosting":
            booster = HistGradientBoostingClassifier(
                max_iter=settings.trees,
                max_leaf_nodes=settings.leaves,
                min_samples_leaf=settings.leaf_rows,
                learning_rate=settings.learning_rate,
                early_stopping=settings.patience > 0,
                n_iter_no_change=max(settings.patience, 1),
                random_state=seed,
            )
            return BoostingClassifier(booster, settings.threads, balanced=balanced)
        case "forest":
            return RandomForestClassifier(
                n_estimators=settings.trees,
                max_depth=settings.depth,
                min_samples_split=settings.split_rows,
                class_weight="balanced" if balanced else None,
                n_jobs=settings.threads,
                random_state=seed,
            )
