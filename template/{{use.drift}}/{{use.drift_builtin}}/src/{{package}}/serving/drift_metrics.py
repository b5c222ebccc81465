"""What Prometheus is told of drift, by a server and by a scoring run alike."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from ..drift import Drift


def drift_metrics(drift: Drift, threshold: float) -> Iterator[GaugeMetricFamily]:
    """The metrics; those of the features and of the predictions only when there were enough rows to tell."""
    yield GaugeMetricFamily("model_drift_window_rows", "Rows among which drift is measured.", value=drift.rows)
    yield GaugeMetricFamily("model_drift_threshold", "What counts as drift.", value=threshold)
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
