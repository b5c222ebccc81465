"""Tables in parts, and the same function for each of them: what a heavy step is made of.

The parts of a Parquet table are its row groups. Whoever works on a part reads it, wherever that is, so that a table
need not pass through the process that hands out the work.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import fsspec
import numpy as np
import pandas as pd
from pyarrow.parquet import FileMetaData, ParquetFile

from .ports import Compute, Item, Result
from .settings import Settings


@dataclass(frozen=True)
class Partition:
    """One row group of a Parquet table; `gaps` are the columns that miss values anywhere in the table."""

    uri: str
    group: int
    gaps: frozenset[str] = frozenset()

    def read(self) -> pd.DataFrame:
        """These rows, in the types that they have in the whole table."""
        with fsspec.open(self.uri, "rb") as file:
            rows: pd.DataFrame = ParquetFile(file).read_row_group(self.group).to_pandas()
        # pandas keeps integers and truth values in another type as soon as one is missing, so a part without a gap
        # would differ from one with a gap: 1 and 1.0 are different labels.
        types = {name: _type_with_gaps(rows[name]) for name in rows if name in self.gaps}
        return rows.astype(types).reset_index(drop=True)


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
        footer = ParquetFile(file).metadata
    # A worker may have another working directory, so a relative path becomes a whole one.
    whole = file_system.unstrip_protocol(path)
    return [Partition(whole, group, _gaps(footer)) for group in range(footer.num_row_groups)]


@contextmanager
def compute_for(items: Sequence[object], settings: Settings) -> Iterator[Compute]:
    """What works on these items, closed afterwards. A single one is worked on here: no engine is worth its start."""
    if len(items) < 2:
        yield InProcess()
        return
    from .adapters.compute import make_compute  # some engines take seconds to import

    with closing(make_compute(settings)) as compute:
        yield compute


def _gaps(footer: FileMetaData) -> frozenset[str]:
    found = set()
    for group in range(footer.num_row_groups):
        for index in range(footer.num_columns):
            column = footer.row_group(group).column(index)
            if column.is_stats_set and column.statistics.has_null_count and column.statistics.null_count:
                found.add(column.path_in_schema)
    return frozenset(found)


def _type_with_gaps(column: pd.Series) -> np.dtype | pd.api.extensions.ExtensionDtype:
    kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else ""
    return np.dtype({"i": "float64", "u": "float64", "b": "object"}[kind]) if kind in set("iub") else column.dtype
