"""Compute: Ray, on the cluster of `ray_address` or on this machine's processors."""

import os
import secrets
from collections.abc import Callable, Sequence

# Ray reads these when it is imported: otherwise, it would start each worker with `uv run` in a copy of this folder,
# report its usage, and show the errors of all parts beside the one that is raised.
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")

import ray
from ray.exceptions import RayTaskError

from ..partitions import Compute, Item, Result
from ..settings import Settings


class RayCompute:
    """Runs one task per item."""

    def __init__(self, address: str) -> None:
        """Connect to a cluster, or start one here.

        Args:
            address: address of a cluster, `ray://host:10001`, or `auto` on one of its machines; empty: this machine.
        """
        if not address:
            # Ray's processes on this machine authenticate with a token, which Ray would store in the home folder,
            # but the image has none.
            os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
        ray.init(address or "local", log_to_driver=False)

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item, and return the results in the order of the items."""

        def call(function: Callable[[Item], Result], item: Item) -> Result:
            return function(item)

        task = ray.remote(call)
        # The function may contain a model. In the object store, it is sent to each machine once, not with each item.
        shared = ray.put(function)
        try:
            return ray.get([task.remote(shared, item) for item in items])
        except RayTaskError as error:
            raise error.cause from error

    def close(self) -> None:
        """Disconnect from the cluster; one that was started here ends."""
        ray.shutdown()


def make_compute(settings: Settings) -> Compute:
    """Return the `Compute` that processes the parts of a table, as configured."""
    return RayCompute(settings.ray_address)
