"""Tables in parts, and the same function for each of them: what a heavy step is made of.

The parts of a Parquet table are its row groups. Whoever works on a part reads it, wherever that is, so that a table
need not pass through the process that hands out the work.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import fsspec
import pandas as pd
from pyarrow.parquet import ParquetFile

from . import tables
from .ports import Compute, Item, Result
from .settings import Settings


@dataclass(frozen=True)
class Partition:
    """One row group of a Parquet table."""

    uri: str
    group: int

    def read(self) -> pd.DataFrame:
        """These rows as `tables.read` gives them.

        Raises:
            DataError: as `tables.read`.
        """
        with tables.readable(self.uri), fsspec.open(self.uri, "rb") as file:
            return tables.to_pandas(ParquetFile(file).read_row_group(self.group), self.uri)


class InProcess:
    """Works on one part after the other, in this process."""

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item; the results in the order of the items."""
        return [function(item) for item in items]

    def close(self) -> None:
        """Nothing to close."""


def partitions(uri: str) -> list[Partition]:
    """The parts of a Parquet table; none when it has no rows."""
    file_system, path = fsspec.core.url_to_fs(uri)
    with file_system.open(path, "rb") as file:
        groups = ParquetFile(file).metadata.num_row_groups
    # A worker may have another working directory, so a relative path becomes a whole one.
    whole = file_system.unstrip_protocol(path)
    return [Partition(whole, group) for group in range(groups)]


@contextmanager
def compute_for(items: Sequence[object], settings: Settings) -> Iterator[Compute]:
    """What works on these items, closed afterwards. A single one is worked on here: no engine is worth its start."""
    if len(items) < 2:
        yield InProcess()
        return
    from .adapters.compute import make_compute  # some engines take seconds to import

    with closing(make_compute(settings)) as compute:
        yield compute
