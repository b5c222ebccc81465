"""The problem: predict one of a few classes. Only this module chooses example data and the gate's metric.

Every command imports this module, so scikit-learn, which takes a second to import, is imported in the functions that
need it.
"""

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator
    from sklearn.pipeline import Pipeline

METRIC = "f1_macro"
"""The gate's metric: between 0 and 1, greater is better."""

TARGET_TYPE: Literal["category", "number"] = "category"

FEWEST = 5
"""Number of rows of a class that are needed to train and test it."""

MANY_CLASSES = 100


def example_table(target: str) -> pd.DataFrame:
    """Load the Wisconsin breast cancer data that scikit-learn ships: 569 tumours, 30 features, benign or malignant."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    table: pd.DataFrame = bunch.data.copy()
    table[target] = bunch.target.map(dict(enumerate(bunch.target_names)))
    return table


def target_suspects(column: pd.Series, labels: pd.Series) -> list[tuple[str, bool]]:
    """List what looks wrong in a target, as sentences, each with whether it stops training without a contract.

    Args:
        column: the target as the table stores it.
        labels: the classes.
    """
    counts = labels.value_counts()
    numbers = pd.to_numeric(pd.Series(counts.index, dtype=object), errors="coerce")
    if len(counts) > max(MANY_CLASSES, 0.5 * counts.sum()) or (len(counts) > 20 and (numbers % 1 > 0).any()):
        kind = "numbers: this looks like regression" if numbers.notna().all() else "classes"
        return [(f"has {len(counts)} different {kind}; choose another target, or another problem", True)]
    words = [word for word in ("None", "NA", "N/A", "null", "nan", "?") if word in counts.index]
    meant = "it counts as a class; if it means a missing value, add it to missing in the target's line of the contract"
    found = [(f"has the class {word!r}; {meant}", False) for word in words]
    rare = sorted(str(name) for name in counts[counts < FEWEST].index)
    return [*found, (f"has fewer than {FEWEST} rows of {', '.join(rare)}", False)] if rare else found


def target_problems(target: pd.Series) -> list[str]:
    """List what makes a target column unusable, as sentences."""
    counts = target.value_counts()
    if len(counts) < 2:
        return ["the target has fewer than two classes"]
    if (counts >= FEWEST).sum() < 2:
        return [f"the target has fewer than two classes with at least {FEWEST} rows"]
    return []


def labels(target: pd.Series) -> list[str]:
    """Return the classes, sorted."""
    return sorted(target.unique())


def predict(model: "Pipeline", features: pd.DataFrame) -> pd.DataFrame:
    """Predict labels and the probability of each label."""
    probabilities = pd.DataFrame(
        model.predict_proba(features),
        columns=[f"probability_{label}" for label in model.classes_],
        index=features.index,
    )
    predicted = pd.Series(model.classes_[probabilities.to_numpy().argmax(axis=1)], index=features.index)
    return pd.concat([predicted.rename("prediction"), probabilities], axis=1)


def naive(target: pd.Series, rows: int, seed: int) -> dict[str, NDArray[np.object_]]:
    """Return predictions that do not use the features.

    Args:
        target: the classes of the training rows.
        rows: number of predictions.
        seed: seed of the guesses.
    """
    guesses = np.random.default_rng(seed).choice(target.to_numpy(dtype=object), rows)
    return {
        "always the most frequent class": np.full(rows, target.mode().iloc[0], dtype=object),
        "guessing a class as often as it occurs": guesses,
    }


def simplest(seed: int) -> "BaseEstimator":
    """Return the simplest estimator that uses the features: a decision on one feature."""
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=1, random_state=seed)


def score(
    target: pd.Series, predicted: pd.Series, samples: NDArray[np.float64], weights: pd.Series | None
) -> NDArray[np.float64]:
    """Compute the gate's metric on samples of rows.

    Args:
        target: the classes of n rows.
        predicted: the predicted classes of the same rows.
        samples: how often each row occurs, shape (samples, n).
        weights: weight of each row; None if all count the same.

    Returns:
        One value for each sample.
    """
    if weights is not None:
        samples = samples * weights.to_numpy(dtype="float64")
    codes, names = pd.factorize(np.concatenate([target.to_numpy(dtype=object), predicted.to_numpy(dtype=object)]))
    cells = codes[: len(target)] * len(names) + codes[len(target) :]
    scores = np.empty(len(samples))
    for place, sample in enumerate(samples):
        confusion = np.bincount(cells, sample, len(names) ** 2).reshape(len(names), -1)
        occurring = confusion.sum(axis=0) + confusion.sum(axis=1)
        with np.errstate(invalid="ignore"):
            scores[place] = np.nanmean(2 * confusion.diagonal() / occurring)
    return scores
