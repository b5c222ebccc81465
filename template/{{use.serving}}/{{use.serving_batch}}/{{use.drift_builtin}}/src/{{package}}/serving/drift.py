"""Drift of a table that was scored."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..adapters.tracking import make_registry
from ..drift import Counts, Drift
from ..predictor import Predictor
from ..reference import Reference
from ..settings import Settings
from .drift_metrics import drift_metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TableDrift(Collector):
    """How far the rows of a table are from those that its model was trained on."""

    drift: Drift
    threshold: float

    @classmethod
    def of_scored(cls, predictor: Predictor, predicted: pd.DataFrame, settings: Settings) -> "TableDrift":
        """Compare rows, with their column `prediction`, with the reference of the model that predicted them."""
        reference = Reference.of_model(make_registry(settings), predictor)
        if reference is None:
            log.warning("the model has no reference, so drift is not measured; train it again")
            return cls(Drift(rows=len(predicted), features={}, prediction=None), settings.drift_threshold)
        rows = predictor.schema.check(predicted, predictor.schema.file.decimal).rows
        counts = Counts.of_rows(reference, rows, predicted["prediction"])
        found = cls(Drift.measure(reference, counts, settings.drift_min_rows), settings.drift_threshold)
        log.info("drift measured", extra={"rows": counts.rows, "drifted": found.drift.drifted(found.threshold)})
        return found

    def report(self) -> bytes:
        """The content of `drift.json`."""
        drifted = {"threshold": self.threshold, "drifted": self.drift.drifted(self.threshold)}
        return (json.dumps(self.drift.model_dump() | drifted, indent=2) + "\n").encode()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics, as Prometheus' client asks for them."""
        yield from drift_metrics(self.drift, self.threshold)

    def metrics(self) -> bytes:
        """The metrics in Prometheus' text format."""
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)
