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
from ..ports import Compute, Item, Result
from ..settings import Settings


@dataclass(frozen=True)
class Failure:
    """What a function raised. Spark would try it again, and then show its text only, not which error it was."""

    error: Exception


class SparkCompute:
    """One task for each item."""

    def __init__(self, master: str) -> None:
        """Start a session.

        Args:
            master: of a cluster, such as `spark://host:7077`; empty: a process for each processor here.

        Raises:
            ProjectError: there is no Java.
        """
        if "JAVA_HOME" not in os.environ and shutil.which("java") is None:
            raise ProjectError("Spark needs Java 17 or 21: install it, or let JAVA_HOME name its folder")
        # Workers run this Python, which has the project installed; in the image it is at the same place everywhere.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        logging.getLogger("py4j").setLevel(logging.WARNING)
        builder = SparkSession.builder.config("spark.ui.enabled", "false").config("spark.driver.maxResultSize", "0")
        builder = builder.config("spark.ui.showConsoleProgress", "false")
        if not master:
            # A laptop's own name often leads nowhere.
            builder = builder.config("spark.driver.host", "localhost").config("spark.driver.bindAddress", "127.0.0.1")
        # As on a cluster, a part whose worker died is tried again up to four times.
        self._session = builder.master(master or "local[*, 4]").getOrCreate()

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item; the results in the order of the items."""
        tasks = self._session.sparkContext.parallelize(items, len(items))
        results: list[Result] = []
        for outcome in tasks.map(partial(_attempt, function)).collect():
            if isinstance(outcome, Failure):
                raise outcome.error
            results.append(outcome)
        return results

    def close(self) -> None:
        """End the session, and the cluster's work for it."""
        self._session.stop()


def make_compute(settings: Settings) -> Compute:
    """What works on the parts of a table, as the settings say."""
    return SparkCompute(settings.spark_master)


def _attempt(function: Callable[[Item], Result], item: Item) -> Result | Failure:
    try:
        return function(item)
    except Exception as error:
        return Failure(error)
