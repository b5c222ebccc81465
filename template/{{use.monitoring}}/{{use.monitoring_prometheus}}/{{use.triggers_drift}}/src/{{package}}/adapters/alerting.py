"""Which alerts fire: asks Prometheus, at `prometheus_url`, for those with the label `retrain: "true"`.

API: https://prometheus.io/docs/prometheus/latest/querying/api/#alerts
"""

import urllib.error
import urllib.request
from urllib.parse import urlsplit

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from ..alert import Alert
from ..errors import ProjectError
from ..settings import Settings

SAFE_HOSTS = ("localhost", "127.0.0.1", "::1")


class _Alert(BaseModel):
    state: str
    labels: dict[str, str]
    active_at: AwareDatetime = Field(validation_alias="activeAt")


class _Alerts(BaseModel):
    alerts: list[_Alert]


class _Answer(BaseModel):
    data: _Alerts


def firing(settings: Settings) -> list[Alert]:
    """Return the firing alerts that request a retraining of this model.

    Raises:
        ProjectError: Prometheus cannot be reached, or the answer is not from Prometheus.
    """
    place = urlsplit(settings.prometheus_url)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise ProjectError(f"prometheus_url: {settings.prometheus_url!r} is not an address like http://localhost:9090")
    token = settings.prometheus_token.get_secret_value()
    if token and place.scheme != "https" and place.hostname not in SAFE_HOSTS:
        raise ProjectError(f"prometheus_url: {settings.prometheus_url!r} is not https; the token would be readable")
    url = f"{settings.prometheus_url.rstrip('/')}/api/v1/alerts"
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:  # noqa: S310
            alerts = _Answer.model_validate_json(answer.read()).data.alerts
    except (OSError, ValidationError) as error:
        raise ProjectError(f"Prometheus at {settings.prometheus_url} did not return its alerts: {error}") from error
    return [
        Alert(alert.labels, alert.active_at)
        for alert in alerts
        if alert.state == "firing"
        and alert.labels.get("retrain") == "true"
        and alert.labels.get("model") == settings.model_name
    ]
