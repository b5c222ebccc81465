"""What serving observes of drift: how far the rows that it predicts are from those of the training."""

import json
import logging
import threading
from collections import deque
from collections.abc import Iterator

import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..adapters.tracking import make_registry
from ..artifacts import join, write_bytes
from ..drift import Counts, Drift
from ..predictor import Predictor
from ..reference import Bins, Reference
from ..settings import Settings

log = logging.getLogger(__name__)


class DriftObserver(Collector):
    """The bins of predicted rows, and how far they are from those of the training rows, as metrics.

    Only the bins of a row are kept, and no value can be restored from them; the index is computed when the metrics are
    read.
    """

    def __init__(self, settings: Settings, registry: CollectorRegistry, window: int | None = None) -> None:
        """Offer the metrics.

        Args:
            settings: the project's.
            registry: where the metrics are read.
            window: how many rows are looked at, the last ones; all when it is not given.
        """
        self._settings = settings
        # A window that is smaller than what it takes to tell would never tell anything.
        self._window = max(window, settings.drift_min_rows) if window else None
        self._lock = threading.Lock()
        self._reference: Reference | None = None
        self._bins: deque[Bins] = deque()
        self._rows = 0
        registry.register(self)

    def model_loaded(self, predictor: Predictor) -> None:
        """Compare with the reference of this model from now on."""
        reference = Reference.of_model(make_registry(self._settings), predictor)
        if reference is None:
            log.warning("the model has no reference, so its drift is not measured; train it again")
        with self._lock:
            self._reference = reference
            self._bins.clear()
            self._rows = 0

    def rows_predicted(self, rows: pd.DataFrame, predicted: pd.DataFrame) -> None:
        """Look at these rows, too; the oldest leave the window."""
        reference = self._reference
        bins = reference.bins_of(rows, predicted["prediction"]) if reference else np.zeros((len(rows), 0), np.int64)
        with self._lock:
            if reference is not self._reference:  # another model was loaded meanwhile
                return
            self._bins.append(bins)
            self._rows += len(bins)
            while self._window and self._rows - len(self._bins[0]) >= self._window:
                self._rows -= len(self._bins.popleft())

    def table_scored(self, output: str) -> None:
        """Write `drift.json` beside the predictions of a table."""
        drift, threshold = self._measure(), self._settings.drift_threshold
        drifted = drift.drifted(threshold)
        report = drift.model_dump() | {"threshold": threshold, "drifted": drifted}
        write_bytes(join(output, "drift.json"), (json.dumps(report, indent=2) + "\n").encode())
        if self._reference:
            log.info("drift measured", extra={"rows": drift.rows, "drifted": drifted})

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metrics; those of features and predictions only when there were enough rows."""
        if self._window and self._reference is None:
            return
        drift = self._measure()
        yield GaugeMetricFamily("model_drift_window_rows", "Rows that drift is measured on.", value=drift.rows)
        threshold = self._settings.drift_threshold
        yield GaugeMetricFamily("model_drift_threshold", "Index above which a column drifted.", value=threshold)
        if drift.prediction is None:
            return
        features = GaugeMetricFamily(
            "model_feature_drift", "Population stability index against the training rows.", labels=["feature"]
        )
        for name, value in drift.features.items():
            features.add_metric([name], value)
        yield features
        yield GaugeMetricFamily(
            "model_prediction_drift", "Population stability index of the predictions.", value=drift.prediction
        )

    def _measure(self) -> Drift:
        with self._lock:
            reference, bins = self._reference, list(self._bins)
        if reference is None:
            return Drift(rows=sum(map(len, bins)), features={}, prediction=None)
        none = np.zeros((0, len(reference.distributions)), np.int64)
        last = slice(-self._window if self._window else None, None)
        counts = Counts.of_bins(reference, np.concatenate([none, *bins])[last])
        return Drift.measure(reference, counts, self._settings.drift_min_rows)
