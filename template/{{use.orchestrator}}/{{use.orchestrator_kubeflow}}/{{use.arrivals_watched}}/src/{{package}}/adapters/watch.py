"""New data starts a run: the job of deploy/kubeflow/watch.yaml calls this every few minutes.

A run has the name of the data that it belongs to, and Kubeflow Pipelines is asked whether a run with that name exists.
Nothing else starts such runs, and one job polls at a time.
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
    """Kubeflow Pipelines, with a query for runs that were started."""

    def knows(self, name: str) -> bool:
        """Return whether a run with this name exists, whatever its state."""
        where = json.dumps({"predicates": [{"operation": "EQUALS", "key": "display_name", "stringValue": name}]})
        found = self._client.list_runs(experiment_id=self._experiment_id(), page_size=1, filter=where).runs
        return bool(found)


def watch(settings: Settings) -> str:
    """Start the run for the data, unless it was started before, and describe what was found.

    Raises:
        ProjectError: no pipeline was deployed.
    """
    arrival = newest(settings)
    if arrival is None:
        return f"there is no data at {settings.data_uri!r} yet"
    server = Watched(settings)
    if server.knows(arrival.run_id):
        return f"no new data since the run {arrival.run_id}"
    started = server.submit(arrival.run_uri(settings), arrival.parameters, name=arrival.run_id)
    return f"the run {arrival.run_id}, {started}, starts with {arrival.uri}"


def main() -> int:
    """Poll once, and return the exit code: 0 done, 1 refused, 2 wrong settings, 3 to be retried at the next poll."""
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
        log.exception("could not check for new data")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
