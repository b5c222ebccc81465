"""Fit the model."""

import logging
import pickle

from ..artifacts import Workspace, sha256
from ..cross_validation import training_rows
from ..errors import DataError

log = logging.getLogger(__name__)


def train(work: Workspace) -> None:
    """Write `model.joblib`: derived features, preprocessing and estimator, fitted, as one scikit-learn pipeline.

    Raises:
        DataError: all training rows have the same class.
    """
    from ..model import build  # importing scikit-learn takes a second, and reading the step graph imports this module

    data = training_rows(work)
    if data.target.nunique() < 2:
        raise DataError(f"{data.schema.target}: the training rows all have the same value; bring more rows")
    model = build(data.schema, work.settings)
    weights = {} if data.weights is None else {"estimate__sample_weight": data.weights}
    model.fit(data.rows, data.target, **weights)
    # Not joblib.dump: it uses the slower Python pickler, which libraries such as dill, loaded by Airflow, change.
    content = pickle.dumps(model, protocol=5)
    work.write("model.joblib", content)
    log.info("model trained", extra={"rows": len(data.rows), "model_sha256": sha256(content)})
