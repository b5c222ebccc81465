"""Copy the table into the run, so that everything after works on one immutable snapshot."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import fsspec
import pandas as pd

from ..artifacts import Workspace, table_sha256
from ..errors import DataError
from ..problem import example_table

log = logging.getLogger(__name__)


def ingest(work: Workspace) -> None:
    """Write `table.parquet` and `source.json`.

    Raises:
        DataError: the table cannot be read.
    """
    settings = work.settings
    uri = settings.source_uri
    table = read_table(uri) if uri else example_table(settings.target)
    table = table.drop(columns=[name for name in settings.ignore_columns if name in table])
    data_sha256 = table_sha256(table)
    work.write_table("table.parquet", table, settings.partition_rows)
    work.write_json(
        "source.json",
        {
            "uri": uri or "the example data of scikit-learn",
            "rows": len(table),
            "columns": [str(name) for name in table.columns],
            "sha256": data_sha256,
        },
    )
    log.info("table ingested", extra={"rows": len(table), "columns": table.shape[1], "data_sha256": data_sha256})


def read_table(uri: str) -> pd.DataFrame:
    """Read a CSV or Parquet table from a local path or a URL.

    Raises:
        DataError: it does not exist, is of another format, or cannot be parsed.
    """
    with readable(uri), fsspec.open(uri, "rb") as file:
        table: pd.DataFrame = pd.read_csv(file) if uri.lower().endswith(".csv") else pd.read_parquet(file)
    return table


@contextmanager
def readable(uri: str) -> Iterator[None]:
    """Say what is wrong with a table that the block reads.

    Raises:
        DataError: as `read_table`.
    """
    if not uri.lower().endswith((".csv", ".parquet")):
        raise DataError(f"{uri}: only .csv and .parquet tables are read")
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{uri}: no such file; set data_uri in config.toml to your table") from error
    except (ValueError, OSError) as error:
        raise DataError(f"{uri}: cannot be read as a table: {error}") from error
