"""The step graph, declared once. Every orchestrator adapter translates `STEPS` and adds nothing to it."""

import logging
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from .artifacts import Manifest, Workspace, join, read_manifest, sha256
from .environment import code_commit, environment_sha256
from .errors import ProjectError
from .settings import Settings
from .steps.deploy import deploy
from .steps.evaluate import evaluate
from .steps.ingest import ingest
from .steps.preprocess import preprocess
from .steps.register import register
from .steps.train import train
from .steps.validate import validate

log = logging.getLogger(__name__)

PAUSE = 10.0
"""Seconds before a step is tried again, twice as many before the next time."""


@dataclass(frozen=True)
class Resources:
    """What a step gets where an engine can give it: processors, memory in GiB, graphics processors."""

    cpu: float = 1.0
    memory: float = 2.0
    gpu: int = 0


@dataclass(frozen=True)
class Step:
    """One node of the graph.

    `gated` steps run only when `evaluate` let the model pass. `retries` counts further attempts after a failure that
    may pass, such as a lost connection; a `ProjectError` is never retried. `timeout` is in seconds.
    """

    name: str
    function: Callable[[Workspace], None]
    after: tuple[str, ...] = ()
    gated: bool = False
    retries: int = 2
    timeout: int = 600
    resources: Resources = Resources()


STEPS = (
    Step("ingest", ingest),
    Step("validate", validate, after=("ingest",)),
    Step("preprocess", preprocess, after=("validate",)),
    Step("train", train, after=("preprocess",), timeout=3600, resources=Resources(cpu=2.0, memory=4.0)),
    Step("evaluate", evaluate, after=("train",)),
    Step("register", register, after=("evaluate",), gated=True),
    Step("deploy", deploy, after=("register",), gated=True),
)


def step(name: str) -> Step:
    """The declared step of this name.

    Raises:
        ProjectError: there is none.
    """
    for candidate in STEPS:
        if candidate.name == name:
            return candidate
    raise ProjectError(f"there is no step {name!r}; the steps are: {', '.join(s.name for s in STEPS)}")


def new_run_uri(settings: Settings) -> str:
    """A URI below `settings.runs_uri` that no other run has; it sorts by time."""
    return join(settings.runs_uri, f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}")


def run_parameters(given: Mapping[str, object]) -> dict[str, object]:
    """Parameters of a run: those given, and a date, so that a run that goes on past midnight keeps it."""
    return {"run_date": Settings().run_date or f"{datetime.now(UTC):%Y-%m-%d}", **given}


def run_step(name: str, run_uri: str, settings: Settings) -> Manifest:
    """Run one step, or return its manifest when it is already done with the same parameters and inputs.

    Raises:
        ProjectError: the step is unknown, an earlier step is not done, or what the step itself refuses.
    """
    chosen = step(name)
    key = _key(chosen, run_uri, settings)
    done = read_manifest(run_uri, name)
    if done is not None and done.key == key:
        log.info("step already done", extra={"step": name, "run_uri": run_uri})
        return done
    work = Workspace(run_uri, name, settings)
    log.info("step starts", extra={"step": name, "run_uri": run_uri})
    chosen.function(work)
    return work.finish(key, code_commit(), environment_sha256())


def run_step_patiently(name: str, run_uri: str, settings: Settings) -> Manifest:
    """Run one step and try again what may pass, as often as the step declares, each time after a longer pause.

    For engines that cannot tell such a failure from one that a person has to mend.

    Raises:
        ProjectError: as `run_step`, at once.
    """
    for attempt in range(step(name).retries):
        try:
            return run_step(name, run_uri, settings)
        except ProjectError:
            raise
        except Exception:
            pause = PAUSE * 2**attempt
            log.exception("step failed and is tried again", extra={"step": name, "pause": pause})
            time.sleep(pause)
    return run_step(name, run_uri, settings)


def gate_passed(run_uri: str, settings: Settings) -> bool:
    """Whether `evaluate` let the model of this run pass."""
    return bool(Workspace(run_uri, "gate", settings).read_json("evaluate/verdict.json")["passed"])


def run_all(run_uri: str, settings: Settings) -> bool:
    """Run all steps in this process, in the declared order; returns whether the model passed the gate."""
    for item in STEPS:
        if item.gated and not gate_passed(run_uri, settings):
            log.warning("model did not pass the gate; nothing is registered", extra={"run_uri": run_uri})
            return False
        run_step(item.name, run_uri, settings)
    return True


def _key(chosen: Step, run_uri: str, settings: Settings) -> str:
    """Hash of what decides a step's result: its parameters and the outputs of the steps before it."""
    parts = [chosen.name, repr(sorted(settings.pipeline_parameters().items()))]
    for name in chosen.after:
        manifest = read_manifest(run_uri, name)
        if manifest is None:
            raise ProjectError(f"step {chosen.name!r} needs step {name!r}, which is not done in {run_uri}")
        parts += [manifest.key, repr(sorted(manifest.outputs.items()))]
    return sha256("\n".join(parts).encode())
