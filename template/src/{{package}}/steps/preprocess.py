"""Split the table into a part to train on and a part that the model never sees before its evaluation."""

import logging

from sklearn.model_selection import train_test_split

from ..artifacts import Workspace
from ..problem import as_target, labels, strata
from ..schema import Schema

log = logging.getLogger(__name__)


def preprocess(work: Workspace) -> None:
    """Write `train.parquet`, `test.parquet` and the training schema `schema.json`.

    Imputing, scaling and encoding are part of the model, so that serving applies exactly the same.
    """
    settings = work.settings
    work.read("validate/report.json")
    table = work.read_table("ingest/table.parquet")
    table = table[table[settings.target].notna()].reset_index(drop=True)
    table[settings.target] = as_target(table[settings.target])
    schema = Schema.learn(table.drop(columns=settings.target), labels(table[settings.target]))
    features = schema.align(table)
    features[settings.target] = table[settings.target]
    train, test = train_test_split(
        features,
        test_size=settings.test_fraction,
        random_state=settings.seed,
        stratify=strata(table[settings.target]),
    )
    work.write_table("train.parquet", train)
    work.write_table("test.parquet", test)
    work.write("schema.json", schema.model_dump_json(indent=2).encode() + b"\n")
    log.info("table split", extra={"train_rows": len(train), "test_rows": len(test)})
