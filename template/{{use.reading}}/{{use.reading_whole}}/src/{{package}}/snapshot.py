"""The ingested table, written and read as a whole."""

from collections.abc import Mapping

import pandas as pd

from .artifacts import Workspace
from .contract import Contract
from .schema import Summary, summarize


def write(work: Workspace, table: pd.DataFrame) -> None:
    """Write the table, as the step `ingest`."""
    work.write_table("table.parquet", table)


def surveys(work: Workspace, contract: Contract) -> tuple[pd.DataFrame, list[Mapping[str, Summary]]]:
    """Return the rows with a target, and summaries of their features."""
    table = work.read_table("ingest/table.parquet")
    rows = table[table[contract.target].notna()].reset_index(drop=True)
    return rows, [summarize(rows, contract.names("feature"))]
