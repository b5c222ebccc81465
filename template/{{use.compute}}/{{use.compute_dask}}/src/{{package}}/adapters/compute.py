"""Compute: Dask, on the cluster of `dask_scheduler` or on this machine's processors."""

import logging
import os
from collections.abc import Callable, Sequence
from typing import Any

from distributed import Client, LocalCluster

from ..partitions import Compute, Item, Result
from ..settings import Settings

# Dask logs every worker that connects, and the end of some connections with a traceback.
logging.getLogger("distributed").setLevel(logging.WARNING)


class DaskCompute:
    """Runs one task per item."""

    def __init__(self, scheduler: str) -> None:
        """Connect to a cluster, or start one here.

        Args:
            scheduler: address of a cluster's scheduler, `tcp://host:8786`; empty: one process per processor here.
        """
        self._cluster: Any = None
        if not scheduler:
            self._cluster = LocalCluster(  # type: ignore[no-untyped-call] # Dask's functions have no types
                n_workers=os.cpu_count(), threads_per_worker=1, dashboard_address="127.0.0.1:0"
            )
        address = self._cluster or scheduler
        self._client: Any = Client(address, set_as_default=False)  # type: ignore[no-untyped-call] # it has no types

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item, and return the results in the order of the items."""
        # The function may contain a model. As the result of a task, it is sent to each worker once, not with each item.
        shared = self._client.submit(_same, function, pure=False)
        futures = [self._client.submit(_call, shared, item, pure=False) for item in items]
        results: list[Result] = self._client.gather(futures)
        return results

    def close(self) -> None:
        """Disconnect from the cluster; one that was started here ends."""
        self._client.close()
        if self._cluster is not None:
            self._cluster.close()


def make_compute(settings: Settings) -> Compute:
    """Return the `Compute` that processes the parts of a table, as configured."""
    return DaskCompute(settings.dask_scheduler)


def _same(value: Callable[[Item], Result]) -> Callable[[Item], Result]:
    return value


def _call(function: Callable[[Item], Result], item: Item) -> Result:
    return function(item)
