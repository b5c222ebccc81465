"""Fit the model."""

import logging
import pickle

from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from ..artifacts import Workspace, sha256
from ..estimator import estimator
from ..schema import Schema
from ..settings import Settings

log = logging.getLogger(__name__)


def train(work: Workspace) -> None:
    """Write `model.joblib`: the fitted preprocessing and estimator as one scikit-learn pipeline."""
    settings = work.settings
    table = work.read_table("preprocess/train.parquet")
    schema = Schema.model_validate_json(work.read("preprocess/schema.json"))
    model = build(schema, settings)
    model.fit(table[schema.names], table[settings.target])
    # Not joblib.dump: it takes over how libraries such as dill, which Airflow loads, change Python's slower pickler.
    content = pickle.dumps(model, protocol=5)
    work.write("model.joblib", content)
    log.info("model trained", extra={"rows": len(table), "model_sha256": sha256(content)})


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
