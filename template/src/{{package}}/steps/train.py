"""Fit the model."""

import logging
import pickle

from ..artifacts import Workspace, sha256
from ..contract import Contract
from ..errors import DataError
from ..schema import Schema

log = logging.getLogger(__name__)


def train(work: Workspace) -> None:
    """Write `model.joblib`: derived features, preprocessing and estimator, fitted, as one scikit-learn pipeline.

    Raises:
        DataError: the training rows are all of one class.
    """
    from ..model import build  # whoever reads the step graph imports this module, and scikit-learn takes a second

    table = work.read_table("preprocess/train.parquet")
    schema = Schema.model_validate_json(work.read("preprocess/schema.json"))
    weight = Contract.model_validate_json(work.read("ingest/contract.json")).single("weight")
    target = table[schema.target].astype(object if schema.labels else "float64")
    if target.nunique() < 2:
        raise DataError(f"{schema.target}: the training rows all have the same value; bring more rows")
    model = build(schema, work.settings)
    weights = {"estimate__sample_weight": table[weight].to_numpy()} if weight else {}
    model.fit(table[schema.names], target, **weights)
    # Not joblib.dump: it takes over how libraries such as dill, which Airflow loads, change Python's slower pickler.
    content = pickle.dumps(model, protocol=5)
    work.write("model.joblib", content)
    log.info("model trained", extra={"rows": len(table), "model_sha256": sha256(content)})
