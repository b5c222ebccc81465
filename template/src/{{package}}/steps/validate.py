"""Refuse data that would train a wrong model, before any time is spent on training."""

import logging
import math

import pandas as pd

from ..artifacts import Workspace
from ..errors import DataError
from ..problem import as_target, target_problems

log = logging.getLogger(__name__)

MIN_ROWS = 50
MAX_MISSING = 0.5


def validate(work: Workspace) -> None:
    """Write `report.json`: the problems found and, for each column, its type, missing share and range.

    Raises:
        DataError: the table is unusable; the message lists everything that is wrong with it.
    """
    table = work.read_table("ingest/table.parquet")
    problems = table_problems(table, work.settings.target)
    work.write_json(
        "report.json",
        {"rows": len(table), "problems": problems, "columns": {str(name): describe(table[name]) for name in table}},
    )
    if problems:
        raise DataError("the table is not usable: " + "; ".join(problems))
    log.info("table is valid", extra={"rows": len(table)})


def table_problems(table: pd.DataFrame, target: str) -> list[str]:
    """Everything that makes a table unusable for training, as sentences; empty when it is usable."""
    if target not in table:
        columns = ", ".join(map(str, table.columns))
        return [f"there is no column {target!r}; set target in config.toml to one of: {columns}"]
    labelled = table[table[target].notna()]
    features = labelled.drop(columns=target)
    problems = []
    if len(labelled) < MIN_ROWS:
        problems.append(f"{len(labelled)} rows have a target, at least {MIN_ROWS} are needed")
    if features.shape[1] == 0:
        problems.append("there is no feature column")
    for name in features:
        missing = features[name].isna().mean()
        if missing > MAX_MISSING:
            problems.append(f"{name}: {missing:.0%} of the values are missing; add it to ignore_columns")
        elif _has_infinity(features[name]):
            problems.append(f"{name}: contains infinite values")
        elif pd.api.types.is_datetime64_any_dtype(features[name]):
            problems.append(f"{name}: dates are no features as they are; derive numbers or add it to ignore_columns")
    if not problems:
        problems += target_problems(as_target(labelled[target]))
    return problems


def describe(column: pd.Series) -> dict[str, str | int | float]:
    """Type, share of missing values (0 to 1), and range or number of distinct values of one column."""
    summary: dict[str, str | int | float] = {
        "type": str(column.dtype),
        "missing": round(float(column.isna().mean()), 6),
    }
    if pd.api.types.is_numeric_dtype(column) and column.notna().any():
        return summary | {"min": float(column.min()), "max": float(column.max())}
    return summary | {"distinct": int(column.nunique())}


def _has_infinity(column: pd.Series) -> bool:
    return pd.api.types.is_float_dtype(column) and any(math.isinf(value) for value in column)
