"""Notifications of failures: one line of JSON to a webhook, as Slack, Teams and others accept it."""

import json
import logging
import urllib.error
import urllib.request

from .settings import Settings

log = logging.getLogger(__name__)


def notify(text: str, settings: Settings) -> None:
    """Post a text to `settings.notify_url`; only log it without a URL or if the webhook fails."""
    log.error("notification", extra={"text": text})
    url = settings.notify_url.get_secret_value()
    if not url:
        return
    if not url.startswith("https://"):
        log.error("notify_url is not https; nothing is sent")
        return
    body = json.dumps({"text": text}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - https
    try:
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - https
    except (OSError, urllib.error.URLError):
        log.exception("the webhook could not be reached")
