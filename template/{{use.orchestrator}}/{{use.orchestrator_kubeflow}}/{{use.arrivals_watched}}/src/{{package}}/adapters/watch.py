"""New data starts a run: what the job of deploy/kubeflow/watch.yaml does every few minutes.

A run has the name of the data that it belongs to, and Kubeflow Pipelines is asked whether there is one of that name.
Nobody else starts such runs, and one job looks at a time.
"""

import json
import logging
import sys

from pydantic import ValidationError

from .. import logs
from ..arrivals import newest
from ..errors import ProjectError
from ..settings import Settings
from .orchestration import Server

log = logging.getLogger(__name__)


class Watched(Server):
    """Kubeflow Pipelines, with the question whether a run was started."""

    def knows(self, name: str) -> bool:
        """Whether there is a run of this name, whatever became of it."""
        where = json.dumps({"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": name}]})
        found = self._client.list_runs(experiment_id=self._experiment_id(), page_size=1, filter=where).runs
        return bool(found)


def watch(settings: Settings) -> str:
    """Start the run that belongs to the data, unless it was started; returns what was found, in words.

    Raises:
        ProjectError: no pipeline was deployed.
    """
    arrival = newest(settings)
    if arrival is None:
        return f"there is no data at {settings.data_uri!r} yet"
    server = Watched(settings)
    if server.knows(arrival.run_id):
        return f"no other data than in the run {arrival.run_id}"
    started = server.submit(arrival.run_uri(settings), arrival.parameters, name=arrival.run_id)
    return f"the run {arrival.run_id}, {started}, starts with {arrival.uri}"


def main() -> int:
    """Look once; returns the exit code: 0 done, 1 refused, 2 wrong settings, 3 to be tried at the next look."""
    try:
        settings = Settings()
        logs.configure(settings.log_level)
        print(watch(settings))
    except ProjectError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except ValidationError as error:
        print(f"error: the settings are wrong: {error}", file=sys.stderr)
        return 2
    except Exception:
        log.exception("could not look for new data")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
