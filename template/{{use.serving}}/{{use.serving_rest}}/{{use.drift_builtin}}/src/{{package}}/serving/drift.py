"""Drift of what a server is asked, measured among the last rows."""

import logging
import threading
from collections.abc import Iterator

import numpy as np
import pandas as pd
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ..adapters.tracking import make_registry
from ..drift import Counts, Drift
from ..predictor import Predictor
from ..reference import Bins, Reference
from ..settings import Settings
from .drift_metrics import drift_metrics

log = logging.getLogger(__name__)


class DriftWindow(Collector):
    """The bins of the last rows, and what Prometheus is told of them.

    A request only writes its bins, from which no value can be told; the index is computed when Prometheus asks.
    """

    def __init__(self, settings: Settings, registry: CollectorRegistry) -> None:
        """Offer the metrics; there are none before a model is loaded."""
        self._settings = settings
        self._lock = threading.Lock()
        self._reference: Reference | None = None
        self._bins: Bins = np.zeros((0, 0), dtype=np.int64)
        self._seen = 0
        registry.register(self)

    def model_loaded(self, predictor: Predictor) -> None:
        """Compare with the reference of this model from now on."""
        reference = Reference.of_model(make_registry(self._settings), predictor)
        if reference is None:
            log.warning("the model has no reference, so its drift is not measured; train it again")
            return
        # A window that is smaller than what it takes to tell would never tell anything.
        size = max(self._settings.drift_window_rows, self._settings.drift_min_rows)
        with self._lock:
            self._reference = reference
            self._bins = np.zeros((size, len(reference.distributions)), dtype=np.int64)
            self._seen = 0

    def observe(self, rows: pd.DataFrame, predictions: pd.Series) -> None:
        """Take rows that were predicted into the window; the oldest leave it."""
        if self._reference is None:
            return
        bins = self._reference.bins_of(rows, predictions)[-len(self._bins) :]
        with self._lock:
            self._bins[(self._seen + np.arange(len(bins))) % len(self._bins)] = bins
            self._seen += len(bins)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The metrics, as Prometheus' client asks for them."""
        if self._reference is None:
            return
        with self._lock:
            bins = self._bins[: self._seen].copy()
        drift = Drift.measure(self._reference, Counts.of_bins(self._reference, bins), self._settings.drift_min_rows)
        yield from drift_metrics(drift, self._settings.drift_threshold)
