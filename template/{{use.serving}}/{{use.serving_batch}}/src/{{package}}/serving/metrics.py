"""What a batch run tells Prometheus, as a file for the node exporter's textfile collector."""

import time

import pandas as pd
from prometheus_client import CollectorRegistry, Gauge

from ..predictor import Predictor


class ServingMetrics:
    """All metrics of one run; each run has its own registry, so that tests do not share counts."""

    def __init__(self) -> None:
        """Declare the metrics; the run begins now."""
        self.registry = CollectorRegistry()
        self._began = time.monotonic()
        self._rows = Gauge("model_batch_rows", "Rows predicted by the last run.", registry=self.registry)
        self.rejected = Gauge("model_batch_rejected_rows", "Rows rejected by the last run.", registry=self.registry)
        self._seconds = Gauge("model_batch_duration_seconds", "Duration of the last run.", registry=self.registry)
        self._success = Gauge(
            "model_batch_last_success_timestamp_seconds", "End of the last run, in Unix time.", registry=self.registry
        )
        self._info = Gauge("model_info", "The model that scored.", ["version", "sha256"], registry=self.registry)

    def model_loaded(self, predictor: Predictor) -> None:
        """Name the model that scores."""
        self._info.labels(str(predictor.version), predictor.sha256).set(1)

    def rows_predicted(self, rows: pd.DataFrame, predicted: pd.DataFrame) -> None:
        """Count rows."""
        self._rows.inc(len(rows))

    def table_scored(self, output: str) -> None:
        """Say when the run ended and how long it took."""
        self._seconds.set(time.monotonic() - self._began)
        self._success.set_to_current_time()
