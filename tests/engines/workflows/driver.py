"""Runs a workflow of Google Cloud in the emulator's interpreter, offline: in the environment of requirements.txt.

Reads from standard input a JSON object: "file", the workflow; "environment", its variables; "scenarios". Each of these
has "event", the argument; "kept", what is in the bucket; and "codes", the answers to its calls of Vertex AI in turn.
Writes to standard output, for each scenario, the calls, the pauses between them, and what the workflow returned, or how
it failed.
"""

import json
import os
import sys
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

import requests
from workflows_emulator import main as emulator
from workflows_emulator.lib import http_utils
from workflows_emulator.utils import ContextDict

Json = Any


class Cloud:
    """Stands in for Cloud Storage and Vertex AI."""

    def __init__(self, kept: Json, codes: list[int]) -> None:
        """Prepare the answers."""
        self.read: list[str] = []
        self.posted: list[Json] = []
        self._kept = kept
        self._codes = list(codes)

    def answer(self, method: str, url: str, **given: Json) -> requests.Response:
        """Answer one call."""
        response = requests.Response()
        response.url = url
        response.status_code = 200
        if method == "GET":
            self.read.append(url)
            response.headers["Content-Type"] = "application/octet-stream"
            response._content = json.dumps(self._kept).encode()
            response.status_code = 200 if self._kept else 404
        else:
            query, body = dict(given["params"]), json.loads(json.dumps(given["json"]))
            self.posted.append({"url": url, "query": query, "body": body})
            response.headers["Content-Type"] = "application/json"
            response._content = b"{}"
            response.status_code = self._codes.pop(0)
        return response


def ran(file: str, scenario: Mapping[str, Json]) -> Json:
    """What happens in one scenario."""
    cloud, pauses = Cloud(scenario["kept"], scenario["codes"]), list[float]()
    returned, failed = None, None
    with (
        patch.object(http_utils.AuthorizedSession, "request", cloud.answer),
        patch.object(http_utils, "default", lambda scopes: (http_utils.AnonymousCredentials(), "")),
        patch.object(emulator, "sleep", pauses.append),
        # The emulator writes a map as Python does and reads that as YAML, where a backslash means another thing.
        patch.object(ContextDict, "__str__", json.dumps),
    ):
        try:
            # The schema refuses a step that Google does not know.
            returned = emulator.execute_workflow(emulator.load_workflow(file), {"event": scenario["event"]})
        except Exception as error:  # whatever the interpreter has for it
            failed = repr(error)
    return {"read": cloud.read, "posted": cloud.posted, "pauses": pauses, "returned": returned, "failed": failed}


def main() -> None:
    """Run all scenarios."""
    asked = json.load(sys.stdin)
    os.environ.update(asked["environment"])
    json.dump([ran(asked["file"], scenario) for scenario in asked["scenarios"]], sys.stdout)


if __name__ == "__main__":
    main()
