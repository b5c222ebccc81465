"""No orchestrator: the declared graph runs in this process, one step after another."""

from collections.abc import Mapping

from ..notify import notify
from ..pipeline import run_all, run_parameters
from ..settings import Settings


def run(run_uri: str, parameters: Mapping[str, object]) -> None:
    """Run the whole pipeline into `run_uri`; `parameters` are settings of this run only.

    Raises:
        ProjectError: a step refused its input.
    """
    settings = Settings.of_run(run_parameters(parameters))
    try:
        run_all(run_uri, settings)
    except Exception as error:
        notify(f"The run {run_uri} failed: {error}", settings)
        raise
