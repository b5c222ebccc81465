"""Split the table into a part to train on and a part that the model never sees before its evaluation.

The parts of the table are worked on apart, wherever `Compute` runs them. What needs all rows at once, the schema and
the split, takes only what it needs of each part, and the result does not depend on how the table is cut.
"""

import logging
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from ..artifacts import Workspace
from ..partitions import Partition, compute_for
from ..problem import as_target, labels, strata
from ..schema import Schema, Summary, summarize

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Survey:
    """What has to be known of each part before any row can be prepared."""

    target: pd.Series
    features: list[Summary]


def preprocess(work: Workspace) -> None:
    """Write `train.parquet`, `test.parquet` and the training schema `schema.json`.

    Imputing, scaling and encoding are part of the model, so that serving applies exactly the same.
    """
    from sklearn.model_selection import train_test_split  # not for all who read the step graph: it takes a second

    settings = work.settings
    work.read("validate/report.json")
    parts = work.partitions("ingest/table.parquet")
    with compute_for(parts, settings) as compute:
        surveys = compute.map(partial(survey, target=settings.target), parts)
        target = pd.concat([part.target for part in surveys], ignore_index=True)
        schema = Schema.merge([part.features for part in surveys], labels(target))
        prepared = compute.map(partial(prepare, target=settings.target, schema=schema), parts)
    rows = pd.concat(prepared, ignore_index=True)
    train, test = train_test_split(
        np.arange(len(rows)),
        test_size=settings.test_fraction,
        random_state=settings.seed,
        stratify=strata(target),
    )
    work.write_table("train.parquet", rows.iloc[train])
    work.write_table("test.parquet", rows.iloc[test])
    work.write("schema.json", schema.model_dump_json(indent=2).encode() + b"\n")
    log.info("table split", extra={"train_rows": len(train), "test_rows": len(test), "parts": len(parts)})


def survey(part: Partition, target: str) -> Survey:
    """Look at one part: its target column, and what the schema needs of its features."""
    rows = labelled(part, target)
    return Survey(target=rows[target], features=summarize(rows.drop(columns=target)))


def prepare(part: Partition, target: str, schema: Schema) -> pd.DataFrame:
    """The features of one part as the model gets them, and the target. Features that you derive belong here."""
    rows = labelled(part, target)
    features = schema.align(rows)
    features[target] = rows[target]
    return features


def labelled(part: Partition, target: str) -> pd.DataFrame:
    """The rows of one part that have a target."""
    rows = part.read()
    rows = rows[rows[target].notna()].reset_index(drop=True)
    rows[target] = as_target(rows[target])
    return rows
