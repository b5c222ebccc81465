"""The ingested table, written and read in parts.

Each part is processed separately, wherever `Compute` runs it. Schema and split need all rows, but take only what they
need of each part, and the result does not depend on how the table is cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from io import BytesIO

import pandas as pd

from .artifacts import Workspace, join
from .contract import Contract
from .partitions import Partition, compute_for, partitions
from .schema import Summary, summarize

TABLE = "table.parquet"


@dataclass(frozen=True)
class Survey:
    """What is needed of each part: its rows with a target, and summaries of its features for the schema."""

    rows: pd.DataFrame
    features: Mapping[str, Summary]


def write(work: Workspace, table: pd.DataFrame) -> None:
    """Write the table, as the step `ingest`."""
    buffer = BytesIO()
    table.to_parquet(buffer, index=False, row_group_size=work.settings.partition_rows)
    work.write(TABLE, buffer.getvalue())


def surveys(work: Workspace, contract: Contract) -> tuple[pd.DataFrame, list[Mapping[str, Summary]]]:
    """Return the rows with a target, and summaries of the features of each part."""
    artifact = join("ingest", TABLE)
    work.read(artifact)  # for the manifest; workers read the parts where they process them
    parts = partitions(join(work.run_uri, artifact))
    with compute_for(parts, work.settings) as compute:
        found = compute.map(partial(survey, contract=contract), parts)
    return pd.concat([part.rows for part in found], ignore_index=True), [part.features for part in found]


def survey(part: Partition, contract: Contract) -> Survey:
    """Collect what is needed of one part of the typed table."""
    rows = part.read()
    rows = rows[rows[contract.target].notna()].reset_index(drop=True)
    return Survey(rows, summarize(rows, contract.names("feature")))
