"""Refuse data that would lead to a wrong model, before time is spent on training."""

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from ..artifacts import Workspace
from ..contract import Column, Contract
from ..dataset import rows
from ..errors import DataError
from ..problem import target_problems
from ..profile import profile

if TYPE_CHECKING:
    import pandera.pandas as pa

log = logging.getLogger(__name__)

MIN_ROWS = 50


def validate(work: Workspace) -> None:
    """Write `report.json`, the problems and suspects, and `profile.json`, a summary of each column.

    Raises:
        DataError: the table is unusable; the message lists everything that is wrong with it.
    """
    table = work.read_table("ingest/table.parquet")
    contract = Contract.model_validate_json(work.read("ingest/contract.json"))
    suspects = work.read_json("ingest/suspects.json")
    problems = [*suspects["severe"], *table_problems(table, contract)]
    work.write_json("report.json", {"rows": len(table), "problems": problems, "suspects": suspects["other"]})
    work.write_json("profile.json", profile(table))
    if problems:
        raise DataError(f"the table is not usable: {'; '.join(problems)}. {REMEDY}")
    log.info("table is valid", extra={"rows": len(table)})


REMEDY = "Correct the table, or write a data contract with `make data-contract` and state there what is meant"


def table_problems(table: pd.DataFrame, contract: Contract) -> list[str]:
    """List everything that makes a typed table unusable for training, as sentences; empty if it is usable."""
    problems = []
    labelled = table[table[contract.target].notna()]
    if len(labelled) < MIN_ROWS:
        problems.append(f"{len(labelled)} rows have the target {contract.target!r}, at least {MIN_ROWS} are needed")
    else:
        problems += [f"{contract.target}: {said}" for said in target_problems(labelled[contract.target])]
    for name in contract.names("feature"):
        if len(table) and table[name].isna().all() and not contract.columns[name].optional:
            problems.append(f"{name}: is empty")
    return [*problems, *broken_rules(table, contract)]


def broken_rules(table: pd.DataFrame, contract: Contract) -> list[str]:
    """List the violations of the contract's rules on missing values, allowed values and ranges."""
    rules = {name: spec for name, spec in contract.kept.items() if any(_rules(spec))}
    if not rules:
        return []
    import pandera.pandas as pa  # the import takes half a second, and most tables have no such rule
    from pandera.errors import SchemaErrors

    checks = {name: pa.Column(checks=[*_checks(spec)], nullable=not _required(spec)) for name, spec in rules.items()}
    try:
        pa.DataFrameSchema(checks).validate(table.reset_index(drop=True), lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        return [
            f"{name}: {rows(sorted(found['index']))} {_said(str(check), rules[str(name)])}"
            for (name, check), found in cases.groupby(["column", "check"], sort=True)
        ]
    return []


def _rules(spec: Column) -> Iterator[bool]:
    yield _required(spec)
    yield bool(spec.values)
    yield spec.minimum is not None
    yield spec.maximum is not None


def _required(spec: Column) -> bool:
    return spec.optional is False if spec.role == "feature" else spec.role in {"id", "time", "group", "weight"}


def _checks(spec: Column) -> Iterator["pa.Check"]:
    import pandera.pandas as pa

    if spec.values:
        yield pa.Check.isin(spec.values, error="values")
    if spec.minimum is not None:
        yield pa.Check.ge(spec.minimum, error="minimum")
    if spec.maximum is not None:
        yield pa.Check.le(spec.maximum, error="maximum")
    if spec.role == "weight":
        yield pa.Check.ge(0, error="weight")


def _said(check: str, spec: Column) -> str:
    return {
        "not_nullable": "missing",
        "values": f"none of {', '.join(spec.values)}",
        "minimum": f"below {spec.minimum}",
        "maximum": f"above {spec.maximum}",
        "weight": "below 0",
    }[check]
