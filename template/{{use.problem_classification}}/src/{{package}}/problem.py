"""The problem: predict one of a few classes. Data and metrics are chosen here and nowhere else.

Every command reads the gate's threshold here, so scikit-learn, which takes a second to import, is imported by the two
functions that need it.
"""

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

METRIC = "f1_macro"
"""The gate's metric: between 0 and 1, greater is better."""

GATE_THRESHOLD = 0.8


def example_table(target: str) -> pd.DataFrame:
    """The Wisconsin breast cancer data that scikit-learn ships: 569 tumours, 30 features, benign or malignant."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer(as_frame=True)
    table: pd.DataFrame = bunch.data.copy()
    table[target] = bunch.target.map(dict(enumerate(bunch.target_names)))
    return table


def as_target(column: pd.Series) -> pd.Series:
    """Class labels are text, whatever type the table stores them in."""
    return column.astype(str).astype(object)


def strata(target: pd.Series) -> pd.Series | None:
    """Both parts of the split get the same share of each class."""
    return target


def target_problems(target: pd.Series) -> list[str]:
    """What makes a target column unusable, as sentences."""
    counts = target.value_counts()
    if len(counts) < 2:
        return ["the target has fewer than two classes"]
    rare = sorted(str(label) for label in counts[counts < 5].index)
    return [f"fewer than five rows of class(es) {', '.join(rare)}"] if rare else []


def labels(target: pd.Series) -> list[str]:
    """The classes, sorted."""
    return sorted(target.unique())


def metrics(model: "Pipeline", features: pd.DataFrame, target: pd.Series) -> dict[str, float]:
    """Quality of a trained model on held-out rows."""
    from sklearn.metrics import accuracy_score, f1_score, log_loss

    predicted = model.predict(features)
    return {
        "accuracy": float(accuracy_score(target, predicted)),
        "f1_macro": float(f1_score(target, predicted, average="macro")),
        "log_loss": float(log_loss(target, model.predict_proba(features), labels=list(model.classes_))),
    }


def predict(model: "Pipeline", features: pd.DataFrame) -> pd.DataFrame:
    """Labels and the probability of each."""
    probabilities = pd.DataFrame(
        model.predict_proba(features),
        columns=[f"probability_{label}" for label in model.classes_],
        index=features.index,
    )
    predicted = pd.Series(model.classes_[probabilities.to_numpy().argmax(axis=1)], index=features.index)
    return pd.concat([predicted.rename("prediction"), probabilities], axis=1)
