"""Compute: Spark, on the cluster of `spark_master` or on this machine's processors."""

import logging
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pyspark.sql import SparkSession

from ..errors import ProjectError
from ..partitions import Compute, Item, Result
from ..settings import Settings


@dataclass(frozen=True)
class Failure:
    """An exception that a function raised: Spark would retry it, and then keep its text only, not its type."""

    error: Exception


class SparkCompute:
    """Runs one task per item."""

    def __init__(self, master: str) -> None:
        """Start a session.

        Args:
            master: address of a cluster, such as `spark://host:7077`; empty: one process per processor of this machine.

        Raises:
            ProjectError: Java is not installed.
        """
        if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
            raise ProjectError("Spark needs Java 17 or 21: install it, or let JAVA_HOME name its folder")
        # Workers use this Python, which has the project installed; in the image, it has the same path everywhere.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        logging.getLogger("py4j").setLevel(logging.WARNING)
        builder = SparkSession.builder.config("spark.ui.enabled", "false").config("spark.driver.maxResultSize", "0")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        if not master:
            # The host name of a laptop often cannot be resolved.
            builder = builder.config("spark.driver.host", "localhost").config("spark.driver.bindAddress", "127.0.0.1")
        # As on a cluster, a part whose worker died is tried up to four times.
        self._session = builder.master(master or "local[*, 4]").getOrCreate()

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item, and return the results in the order of the items."""
        tasks = self._session.sparkContext.parallelize(items, len(items))
        results: list[Result] = []
        for outcome in tasks.map(partial(_attempt, function)).collect():
            if isinstance(outcome, Failure):
                raise outcome.error
            results.append(outcome)
        return results

    def close(self) -> None:
        """End the session, and with it the cluster's work for it."""
        self._session.stop()


def make_compute(settings: Settings) -> Compute:
    """Return the `Compute` that processes the parts of a table, as configured."""
    return SparkCompute(settings.spark_master)


def _attempt(function: Callable[[Item], Result], item: Item) -> Result | Failure:
    try:
        return function(item)
    except Exception as error:
        return Failure(error)
