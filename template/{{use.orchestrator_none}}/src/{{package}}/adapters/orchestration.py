"""No orchestrator: the declared graph runs in this process, one step after another."""

from ..pipeline import run_all
from ..settings import Settings


def run(run_uri: str) -> None:
    """Run the whole pipeline into `run_uri`.

    Raises:
        ProjectError: a step refused its input.
    """
    run_all(run_uri, Settings())
