"""Split the table into training rows and rows that the model never sees before its evaluation.

Each part of the table is processed separately, wherever `Compute` runs it. Schema and split need all rows, but take
only what they need of each part, and the result does not depend on how the table is cut.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ..artifacts import Workspace
from ..contract import Contract
from ..errors import DataError
from ..partitions import Partition, compute_for
from ..problem import labels
from ..schema import Schema, Summary, summarize
from ..split import REPEATED, SplitRule, hashes, pack

log = logging.getLogger(__name__)

MIN_ROWS = 5
"""The least number of rows on each side of the split."""


@dataclass(frozen=True)
class Survey:
    """What is needed of each part: its rows with a target, and summaries of its features for the schema."""

    rows: pd.DataFrame
    features: Mapping[str, Summary]


def preprocess(work: Workspace) -> None:
    """Write `train.parquet`, `test.parquet`, the training schema `schema.json`, and rule and keys of the split.

    Deriving, imputing, scaling and encoding are part of the model, so that serving applies exactly the same steps.
    """
    settings = work.settings
    work.read("validate/report.json")
    contract = Contract.model_validate_json(work.read("ingest/contract.json"))
    parts = work.partitions("ingest/table.parquet")
    with compute_for(parts, settings) as compute:
        surveys = compute.map(partial(survey, contract=contract), parts)
    rows = pd.concat([part.rows for part in surveys], ignore_index=True)
    schema = Schema.merge(contract, [part.features for part in surveys], labels(rows[contract.target]))
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
        extra={"by": rule.by, "train_rows": int(train.sum()), "test_rows": int(test.sum()), "parts": len(parts)},
    )


def survey(part: Partition, contract: Contract) -> Survey:
    """Collect what is needed of one part of the typed table."""
    rows = part.read()
    rows = rows[rows[contract.target].notna()].reset_index(drop=True)
    return Survey(rows, summarize(rows, contract.names("feature")))


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
