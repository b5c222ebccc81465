"""New data starts a run: the job of deploy/argo/watch.yaml calls this every few minutes.

A workflow has the name of the data that it belongs to, and Kubernetes creates no second one with the same name. Argo
deletes finished workflows after some days; by then the folder of the run shows that there was one.

API: https://kubernetes.io/docs/reference/using-api/api-concepts/
"""

import json
import logging
import ssl
import sys
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

from pydantic import ValidationError

from .. import logs
from ..arrivals import Arrival, newest
from ..artifacts import read_manifest
from ..pipeline import STEPS
from ..settings import Settings
from .orchestration import API_VERSION, NAME, Json, submission

log = logging.getLogger(__name__)

KUBERNETES = "https://kubernetes.default.svc"
IDENTITY = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where Kubernetes puts the token of a pod, and the certificate with which the API's is checked."""


def workflow(arrival: Arrival) -> Json:
    """Return the run of the deployed pipeline for this data; its folder has the name of the workflow."""
    return {**submission("", arrival.parameters), "metadata": {"name": arrival.run_id, "namespace": NAME}}


def create(made: Json) -> bool:
    """Create a workflow, and return whether it is a new one.

    Raises:
        OSError: the cluster cannot be reached, or refuses the workflow.
    """
    request = urllib.request.Request(  # noqa: S310 - https
        f"{KUBERNETES}/apis/{API_VERSION}/namespaces/{NAME}/workflows",
        data=json.dumps(made).encode(),
        headers={
            "Authorization": f"Bearer {(IDENTITY / 'token').read_text(encoding='utf-8')}",
            "Content-Type": "application/json",
        },
    )
    trusted = ssl.create_default_context(cafile=str(IDENTITY / "ca.crt"))
    try:
        urllib.request.urlopen(request, timeout=60, context=trusted).close()  # noqa: S310 - https
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.CONFLICT:
            return False
        raise
    return True


def watch(settings: Settings) -> str:
    """Start the run for the data, unless it was started before, and describe what was found.

    Raises:
        OSError: the data's store or the cluster cannot be reached.
    """
    arrival = newest(settings)
    if arrival is None:
        return f"there is no data at {settings.data_uri!r} yet"
    if read_manifest(arrival.run_uri(settings), STEPS[0].name) or not create(workflow(arrival)):
        return f"no new data since the run {arrival.run_id}"
    return f"the run {arrival.run_id} starts with {arrival.uri}"


def main() -> int:
    """Poll once, and return the exit code: 0 done, 2 wrong settings, 3 to be retried at the next poll."""
    try:
        settings = Settings()
        logs.configure(settings.log_level)
        print(watch(settings))
    except ValidationError as error:
        print(f"error: the settings are wrong: {error}", file=sys.stderr)
        return 2
    except Exception:
        log.exception("could not check for new data")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
