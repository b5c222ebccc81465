"""Copy the table into the run, in the types of the data contract, so that all steps use one immutable snapshot."""

import logging

from ..artifacts import Workspace, table_sha256
from ..dataset import load
from ..snapshot import write

log = logging.getLogger(__name__)


def ingest(work: Workspace) -> None:
    """Write `table.parquet`, `contract.json`, `suspects.json` and `source.json`.

    Raises:
        DataError: the table cannot be read, or violates the contract.
    """
    settings = work.settings
    data = load(settings)
    data_sha256 = table_sha256(data.table)
    suspects = data.inferred.suspects if data.inferred else []
    write(work, data.table)
    work.write("contract.json", data.contract.model_dump_json(indent=2).encode() + b"\n")
    work.write_json(
        "suspects.json",
        {
            "severe": [str(suspect) for suspect in suspects if suspect.severe],
            "other": [str(suspect) for suspect in suspects if not suspect.severe],
        },
    )
    work.write_json(
        "source.json",
        {
            "uri": data.source,
            "rows": len(data.table),
            "columns": [str(name) for name in data.table.columns],
            "unknown_columns": list(data.unknown),
            "contract": "inferred" if data.inferred else settings.contract,
            "sha256": data_sha256,
        },
    )
    for suspect in suspects:
        log.warning("suspect: %s", suspect)
    if data.unknown:
        log.warning("columns that the data contract does not name are left out: %s", ", ".join(data.unknown))
    shape = {"rows": len(data.table), "columns": data.table.shape[1]}
    log.info("table ingested", extra={**shape, "data_sha256": data_sha256})
