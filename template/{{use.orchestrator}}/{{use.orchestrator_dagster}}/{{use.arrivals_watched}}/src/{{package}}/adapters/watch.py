"""New data starts a run: a sensor that Dagster's daemon evaluates.

API: https://docs.dagster.io/guides/automate/sensors
"""

import dagster as dg

from ..arrivals import newest
from ..settings import Settings
from .orchestration import JOB, run_config


def watching() -> dg.Definitions:
    """Define a sensor that polls for new data.

    Its cursor stores what it found last. Dagster starts no second run with the same key, even if older data comes back.
    """

    @dg.sensor(
        job=JOB,
        name=f"{JOB.name}_new_data",
        description="Starts a run when the data at `data_uri` is new.",
        minimum_interval_seconds=max(1, round(Settings().watch_minutes * 60)),
        default_status=dg.DefaultSensorStatus.RUNNING,
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        settings = Settings()
        arrival = newest(settings)
        if arrival is None:
            return dg.SkipReason(f"there is no data at {settings.data_uri!r} yet")
        if arrival.run_id == context.cursor:
            return dg.SkipReason(f"no new data since the run {arrival.run_id}")
        config = run_config(arrival.run_uri(settings), arrival.parameters)
        request = dg.RunRequest(run_key=arrival.run_id, run_config=config)
        return dg.SensorResult(run_requests=[request], cursor=arrival.run_id)

    return dg.Definitions(sensors=[look])
