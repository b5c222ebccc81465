"""Make the registered model available to serving, after checking that it loads and predicts."""

import logging

import pandas as pd

from ..adapters.tracking import make_registry
from ..artifacts import Workspace
from ..ports import CANDIDATE, CHAMPION, ModelVersion
from ..predictor import Predictor

log = logging.getLogger(__name__)


def deploy(work: Workspace) -> None:
    """Write `deployment.json`: the alias, its version, and the version that it pointed at before.

    The alias is `champion`, or `candidate` if a person has to approve: always, or because the gate has a doubt.
    """
    registry = make_registry(work.settings)
    version = ModelVersion(**work.read_json("register/version.json"))
    predictor = Predictor.of_version(registry, version)
    predictor.predict(pd.DataFrame([predictor.schema.example()]))
    doubt = work.read_json("evaluate/verdict.json")["doubt"]
    alias = CANDIDATE if work.settings.approval or doubt else CHAMPION
    previous = registry.by_alias(alias)
    registry.set_alias(alias, version.version)
    work.write_json(
        "deployment.json",
        {"alias": alias, "version": version.version, "previous": previous.version if previous else None},
    )
    log.info("model deployed", extra={"alias": alias, "version": version.version})
