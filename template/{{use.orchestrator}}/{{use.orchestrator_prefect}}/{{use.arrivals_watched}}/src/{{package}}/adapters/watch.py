"""New data starts a run: a small flow beside the training, which Prefect starts repeatedly.

API: https://docs.prefect.io/v3/api-ref/python/
"""

import asyncio
from datetime import timedelta

from prefect import flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments import arun_deployment
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from ..arrivals import newest
from ..settings import Settings
from .orchestration import DEPLOYMENT, FLOW_NAME

LOOKS = f"{DEPLOYMENT}-new-data"


@flow(name=LOOKS)
def look() -> str:
    """Start a run of the training for the current data; Prefect starts no second run for the same data.

    Returns:
        What was found, in words.
    """
    settings = Settings()
    arrival = newest(settings)
    if arrival is None:
        return f"there is no data at {settings.data_uri!r} yet"
    started = asyncio.run(
        arun_deployment(
            f"{FLOW_NAME}/{DEPLOYMENT}",
            parameters={"run_uri": arrival.run_uri(settings), "parameters": arrival.parameters},
            flow_run_name=arrival.run_id,
            # If Prefect knows the key already, it returns the run that it belongs to.
            idempotency_key=arrival.run_id,
            timeout=0,
            as_subflow=False,
        )
    )
    return f"the data of {arrival.uri} belongs to the flow run {started.name}"


def watching() -> RunnerDeployment:
    """Return the deployment that polls repeatedly; a poll that is due during another one is skipped."""
    return RunnerDeployment.from_flow(
        look,
        name=LOOKS,
        description="Starts a run when the data at data_uri is new.",
        interval=timedelta(minutes=Settings().watch_minutes),
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
