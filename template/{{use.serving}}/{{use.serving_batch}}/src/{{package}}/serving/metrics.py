"""What a batch run tells Prometheus, as a file for the node exporter's textfile collector."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from ..predictor import Predictor
from .score import Scores


def batch_metrics(predictor: Predictor, scores: Scores, seconds: float) -> bytes:
    """The metrics of one finished batch run in Prometheus' text format.

    Args:
        predictor: the model that scored.
        scores: what it scored.
        seconds: how long it took.
    """
    registry = CollectorRegistry()
    Gauge("model_batch_rows", "Rows predicted by the last run.", registry=registry).set(len(scores.predicted))
    Gauge("model_batch_rejected_rows", "Rows rejected by the last run.", registry=registry).set(len(scores.rejected))
    Gauge("model_batch_duration_seconds", "Duration of the last run.", registry=registry).set(seconds)
    Gauge(
        "model_batch_last_success_timestamp_seconds", "End of the last run, in Unix time.", registry=registry
    ).set_to_current_time()
    Gauge("model_info", "The model that scored.", ["version", "sha256"], registry=registry).labels(
        str(predictor.version), predictor.sha256
    ).set(1)
    return generate_latest(registry)
