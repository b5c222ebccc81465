"""Split the table into training rows and rows that the model never sees before its evaluation."""

import logging

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import Workspace
from ..contract import Contract
from ..errors import DataError
from ..problem import labels
from ..schema import Schema
from ..snapshot import surveys
from ..split import REPEATED, SplitRule, hashes, pack

log = logging.getLogger(__name__)

MIN_ROWS = 5
"""The least number of rows on each side of the split."""


def preprocess(work: Workspace) -> None:
    """Write `train.parquet`, `test.parquet`, the training schema `schema.json`, and rule and keys of the split.

    Deriving, imputing, scaling and encoding are part of the model, so that serving applies exactly the same steps.
    """
    settings = work.settings
    work.read("validate/report.json")
    contract = Contract.model_validate_json(work.read("ingest/contract.json"))
    rows, summaries = surveys(work, contract)
    schema = Schema.merge(contract, summaries, labels(rows[contract.target]))
    rule = SplitRule.of(contract)
    keys = rule.keys(rows)
    train, test = sides(rows, contract, rule, keys, settings.test_fraction)
    work.write_table("train.parquet", rows[train])
    work.write_table("test.parquet", rows[test])
    work.write("schema.json", schema.model_dump_json(indent=2).encode() + b"\n")
    work.write("split.json", rule.model_dump_json(indent=2).encode() + b"\n")
    work.write("trained-rows.npy", pack(keys[train]))
    log.info(
        "table split",
        extra={"by": rule.by, "train_rows": int(train.sum()), "test_rows": int(test.sum()), "parts": len(summaries)},
    )


def sides(
    rows: pd.DataFrame, contract: Contract, rule: SplitRule, keys: NDArray[np.uint64], fraction: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which rows are trained on, and which are held out.

    A held-out row that equals a training row, target included, is on neither side.

    Raises:
        DataError: too few rows are on one side.
    """
    test = rule.held_out(rows, keys, fraction)
    train = ~test
    if rule.by != "content":
        content = hashes({name: rows[name] for name in [*contract.names("feature"), contract.target]})
        if len(np.unique(content)) > REPEATED * len(content):
            test = test & ~np.isin(content, content[train])
    for name, side in (("train", train), ("test", test)):
        if side.sum() < MIN_ROWS:
            raise DataError(
                f"the split by {rule.by} leaves {side.sum()} rows to {name} the model; bring more rows, "
                f"set test_fraction, which is {fraction}, {'lower' if name == 'train' else 'higher'}, "
                "or give another column the role id, group or time in the data contract"
            )
    return train, test
