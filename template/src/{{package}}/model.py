"""The untrained model: what prepares the features, and the estimator."""

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from .estimator import estimator
from .schema import Schema
from .settings import Settings


def build(schema: Schema, settings: Settings) -> Pipeline:
    """The untrained pipeline: numbers are imputed and scaled, categories are one-hot encoded."""
    numbers = [feature.name for feature in schema.features if feature.kind == "number"]
    categories = [feature.name for feature in schema.features if feature.kind == "category"]
    return Pipeline(
        [
            (
                "prepare",
                ColumnTransformer(
                    [
                        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
                        (
                            "categories",
                            make_pipeline(
                                SimpleImputer(strategy="most_frequent", missing_values=None),
                                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                            ),
                            categories,
                        ),
                    ]
                ),
            ),
            ("estimate", estimator(settings.model, settings.seed)),
        ]
    )
