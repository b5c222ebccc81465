"""Fit the model."""

import logging
import pickle

from ..artifacts import Workspace, sha256
from ..schema import Schema

log = logging.getLogger(__name__)


def train(work: Workspace) -> None:
    """Write `model.joblib`: the fitted preprocessing and estimator as one scikit-learn pipeline."""
    from ..model import build  # whoever reads the step graph imports this module, and scikit-learn takes a second

    settings = work.settings
    table = work.read_table("preprocess/train.parquet")
    schema = Schema.model_validate_json(work.read("preprocess/schema.json"))
    model = build(schema, settings)
    model.fit(table[schema.names], table[settings.target])
    # Not joblib.dump: it takes over how libraries such as dill, which Airflow loads, change Python's slower pickler.
    content = pickle.dumps(model, protocol=5)
    work.write("model.joblib", content)
    log.info("model trained", extra={"rows": len(table), "model_sha256": sha256(content)})
