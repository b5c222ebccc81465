"""Tables in parts, and a function that is applied to each part: what heavy steps consist of.

The parts of a Parquet table are its row groups. The worker that processes a part reads it, on whatever machine it runs,
so that the table does not pass through the process that distributes the work.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

import fsspec
import pandas as pd
from pyarrow.parquet import ParquetFile

from . import tables
from .settings import Settings

Item = TypeVar("Item")
Result = TypeVar("Result")


class Compute(Protocol):
    """What works on the parts of a table: this process, or others on one or many machines."""

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item; the results in the order of the items.

        Function and items are sent to where the work is done, so they have to be picklable. What the function raises is
        raised here as it is.
        """

    def close(self) -> None:
        """Give back what was taken for the work."""


@dataclass(frozen=True)
class Partition:
    """One row group of a Parquet table."""

    uri: str
    group: int

    def read(self) -> pd.DataFrame:
        """Return these rows, as `tables.read` does.

        Raises:
            DataError: as `tables.read`.
        """
        with tables.readable(self.uri), fsspec.open(self.uri, "rb") as file:
            return tables.to_pandas(ParquetFile(file).read_row_group(self.group), self.uri)


class InProcess:
    """Processes one part after another, in this process."""

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
        """Call `function` with each item, and return the results in the order of the items."""
        return [function(item) for item in items]

    def close(self) -> None:
        """Do nothing, since there is nothing to close."""


def partitions(uri: str) -> list[Partition]:
    """Return the parts of a Parquet table, or an empty list if it has no rows."""
    file_system, path = fsspec.core.url_to_fs(uri)
    with file_system.open(path, "rb") as file:
        groups = ParquetFile(file).metadata.num_row_groups
    # A worker may have a different working directory, so a relative path is made absolute.
    whole = file_system.unstrip_protocol(path)
    return [Partition(whole, group) for group in range(groups)]


@contextmanager
def compute_for(items: Sequence[object], settings: Settings) -> Iterator[Compute]:
    """Yield a `Compute` for these items and close it afterwards; one item is processed here, without an engine."""
    if len(items) < 2:
        yield InProcess()
        return
    from .adapters.compute import make_compute  # some engines take seconds to import

    with closing(make_compute(settings)) as compute:
        yield compute
