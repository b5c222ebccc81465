"""Start a run when an alert requests one: `python -m <package>.alerts`.

It asks the monitoring for firing alerts of this model that request a retraining. The first poll that finds one starts a
run, and `retraining.json` beside the runs records for which alert: a process that was restarted starts no second run
for the same alert.
"""

import argparse
import logging
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from . import logs
from .adapters.alerting import firing
from .adapters.retraining import start
from .adapters.tracking import make_registry
from .alert import Alert
from .artifacts import exists, join, read_bytes, read_manifest, write_bytes
from .errors import ProjectError
from .settings import Settings

log = logging.getLogger(__name__)

MEMORY = "retraining.json"


class Retraining(BaseModel):
    """The last run that an alert started; `active_at` is when the alert's condition became true."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    labels: dict[str, str]
    active_at: AwareDatetime
    started_at: AwareDatetime


def due(
    alerts: Sequence[Alert],
    last: Retraining | None,
    newest_model: datetime | None,
    now: datetime,
    pause: timedelta,
) -> Alert | None:
    """Return the alert for which a run has to be started, if any.

    A run answers all alerts that were active when it started, and so does a model that was registered later, whatever
    started its training. If there are several alerts, the youngest stands for all of them.

    Args:
        alerts: the firing alerts.
        last: the last run that was started for an alert.
        newest_model: when the newest model was registered.
        now: the current time.
        pause: how long no further run is started.
    """
    if not alerts or (last and now < last.started_at + pause):
        return None
    youngest = max(alerts, key=lambda alert: alert.active_at)
    answered = [moment for moment in (last.active_at if last else None, newest_model) if moment]
    return None if any(youngest.active_at <= moment for moment in answered) else youngest


def newest_model(settings: Settings) -> datetime | None:
    """Return when the newest model was registered, or None if there is none, or if its run is stored elsewhere."""
    versions = make_registry(settings).versions()
    manifest = read_manifest(join(settings.runs_uri, versions[-1].run_id), "register") if versions else None
    return manifest.finished_at if manifest else None


def look(settings: Settings) -> str | None:
    """Start a run if an alert requests one, and return the engine's name for it.

    The record is written before the run is started, so that an interruption in between leads to no second run; it is
    removed again if the engine did not accept the run.

    Raises:
        ProjectError: the monitoring or the engine cannot be reached, or refuses.
    """
    memory = join(settings.runs_uri, MEMORY)
    before = read_bytes(memory) if exists(memory) else b""
    last = Retraining.model_validate_json(before) if before else None
    now = datetime.now(UTC)
    alert = due(firing(settings), last, newest_model(settings), now, timedelta(hours=settings.retrain_pause_hours))
    if alert is None:
        return None
    run_id = f"drift-{alert.active_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    chosen = Retraining(run_id=run_id, labels=dict(alert.labels), active_at=alert.active_at, started_at=now)
    write_bytes(memory, chosen.model_dump_json(indent=2).encode() + b"\n")
    log.info("an alert starts a run", extra={"run_id": run_id, "labels": chosen.labels})
    try:
        return start(run_id, {})
    except Exception:
        write_bytes(memory, before)
        raise


def main(arguments: Sequence[str] | None = None) -> int:
    """Poll again and again, or once, and return the exit code: 0 done, 1 refused, 2 wrong settings, 3 unexpected."""
    parser = argparse.ArgumentParser(description="Start a run when an alert requests one.")
    parser.add_argument("--once", action="store_true", help="poll once, for a scheduler of your own")
    parser.add_argument("--every", type=float, default=60, metavar="SECONDS", help="pause between two polls")
    options = parser.parse_args(arguments)
    try:
        settings = Settings()
    except ValidationError as error:
        print(f"error: the settings are wrong: {error}", file=sys.stderr)
        return 2
    logs.configure(settings.log_level)
    if options.once:
        try:
            print(look(settings) or "no alert requests a run")
        except ProjectError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        except Exception:
            log.exception("no run could be started")
            return 3
        return 0
    while True:
        try:
            started = look(settings)
            if started:
                print(started, flush=True)
        except Exception:  # what does not answer now may do so at the next poll
            log.exception("no run could be started")
        time.sleep(options.every)


if __name__ == "__main__":
    sys.exit(main())
