"""The untrained model: derived features, preprocessing and the estimator."""

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler, TargetEncoder

from . import features
from .errors import DataError
from .estimator import estimator
from .schema import Schema
from .settings import Settings


class Derived(TransformerMixin, BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """A transformer that applies `features.py` to the columns of the data contract."""

    def __init__(self, own: bool = True) -> None:
        """Derive features with `learn` and `derive`, or without `own` only the parts of dates."""
        self.own = own

    def fit(self, rows: pd.DataFrame, target: object = None) -> Self:
        """Compute what the derived features need from the training rows."""
        with _readable("learn"):
            self.learned_ = features.learn(rows.copy(deep=False)) if self.own else {}
        return self

    def transform(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Add the derived features; infinite numbers, as from a division by 0, become missing."""
        with _readable("derive"):
            mine = rows.copy(deep=False)
            derived = features.derive(mine, self.learned_) if self.own else features.date_parts(mine)
        if len(derived) != len(rows):
            raise DataError(f"features.derive returned {len(derived)} rows for {len(rows)}, not one for each")
        numbers = derived.select_dtypes("number")
        infinite = np.isinf(numbers.to_numpy(dtype="float64", na_value=np.nan))
        if infinite.any():
            derived = derived.copy(deep=False)
            derived[numbers.columns] = numbers.mask(infinite)
        return derived


class Columns:
    """Selects columns of a table with derived features, for a `ColumnTransformer`."""

    def __init__(self, kind: Literal["number", "category"], texts: list[str]) -> None:
        """Select numbers, or categories: columns that are neither numbers nor dates nor listed in `texts`."""
        self.kind = kind
        self.texts = texts

    def __call__(self, rows: pd.DataFrame) -> list[str]:
        """Return the names of the selected columns."""
        numbers = list(rows.select_dtypes(["number", "bool"]).columns)
        if self.kind == "number":
            return numbers
        others = {*numbers, *self.texts, *rows.select_dtypes(["datetime", "datetimetz", "timedelta"]).columns}
        return [str(name) for name in rows if name not in others]


def build(schema: Schema, settings: Settings) -> Pipeline:
    """Build the untrained pipeline.

    Numbers are imputed and scaled. Categories are one-hot encoded, rare ones together, or replaced by the mean of the
    target; a missing value is a category of its own. Free texts are hashed word by word.
    """
    texts = [feature.name for feature in schema.features if feature.type == "text"]
    preparation = settings.preparation
    words = make_pipeline(
        FunctionTransformer(_without_gaps),
        HashingVectorizer(n_features=preparation.text_features),
    )
    numbers = make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler())
    return Pipeline(
        [
            ("derive", Derived(preparation.derive)),
            (
                "prepare",
                ColumnTransformer(
                    [
                        ("numbers", numbers, Columns("number", texts)),
                        ("categories", _categories(settings), Columns("category", texts)),
                        *((f"text {place}", words, name) for place, name in enumerate(texts)),
                    ]
                ),
            ),
            ("estimate", estimator(settings.model, settings.seed)),
        ]
    )


def _categories(settings: Settings) -> BaseEstimator:
    preparation = settings.preparation
    if preparation.categories == "target":
        return make_pipeline(TargetEncoder(random_state=settings.seed), StandardScaler())
    # A dense matrix of a column with many categories would hold rows times categories numbers.
    return OneHotEncoder(max_categories=preparation.max_categories, handle_unknown="infrequent_if_exist")


def _without_gaps(texts: pd.Series) -> pd.Series:
    return texts.fillna("")


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Turn an exception in `features.py` into an error that names its line and is not retried."""
    try:
        yield
    except Exception as error:
        stack = traceback.extract_tb(error.__traceback__)
        lines = [line for line in stack if line.filename != __file__] or [stack[-1]]
        # The last line in the file that was called, not in a library that it calls.
        line = [line for line in lines if line.filename == lines[0].filename][-1]
        raise DataError(
            f"features.{name} failed: {type(error).__name__}: {error} (line {line.lineno} of {line.filename})"
        ) from error
