"""The table in the settings, typed by its data contract: the committed one, or else an inferred one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

import numpy as np
import pandas as pd

from . import contract as contracts
from . import tables
from .cells import convert
from .contract import Contract, FileFormat
from .errors import DataError
from .inference import Inferred, infer
from .problem import example_table
from .settings import Settings

EXAMPLE = "the example data of scikit-learn"


@dataclass(frozen=True)
class Dataset:
    """A typed table; `inferred` is None if the contract is a committed one."""

    source: str
    table: pd.DataFrame
    contract: Contract
    inferred: Inferred | None
    unknown: tuple[str, ...]
    """Columns that the contract does not name; they are dropped."""


def committed(settings: Settings) -> Contract | None:
    """Return the committed contract, or None if there is no such file.

    Raises:
        DataError: the file cannot be read, or names a different target from the settings.
    """
    file = settings.contract_file
    if file is None or not file.is_file():
        return None
    try:
        contract = contracts.parse(file.read_text(encoding="utf-8"), file.name)
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    if settings.target not in (contract.target, "target"):
        raise DataError(
            f"the target is {settings.target!r} in config.toml and {contract.target!r} in {file.name}; "
            "set both to the same column"
        )
    return contract


def load(settings: Settings) -> Dataset:
    """Read the table in the settings.

    Raises:
        DataError: the table cannot be read or violates the contract; the message names columns and rows.
    """
    contract = committed(settings)
    if not settings.source_uri:
        return _of(example_table(settings.target), EXAMPLE, contract, settings)
    uri = settings.source_uri
    ignored = contract.names("ignored") if contract else settings.ignore_columns
    if tables.is_parquet(uri):
        # A column that the contract does not name may hold anything.
        nested = tuple(name for name in tables.nested(uri) if name not in contract.columns) if contract else ()
        found = _of(tables.read(uri, ignored=[*ignored, *nested]), uri, contract, settings)
        return replace(found, unknown=found.unknown + nested)
    data = tables.content(uri)
    form = contract.file if contract else tables.look(data, uri)
    return _of(tables.parse_text(data, form, uri), uri, contract, settings, form)


def _of(
    raw: pd.DataFrame, source: str, contract: Contract | None, settings: Settings, form: FileFormat | None = None
) -> Dataset:
    inferred = None
    if contract is None:
        inferred = infer(raw, settings.target, settings.ignore_columns, form or FileFormat())
        contract = inferred.contract
    decimal = contract.file.decimal if form else "."
    unknown = tuple(str(name) for name in raw if name not in contract.columns)
    return Dataset(source, typed(raw, contract, decimal), contract, inferred, unknown)


def typed(raw: pd.DataFrame, contract: Contract, decimal: str = ".") -> pd.DataFrame:
    """Convert the columns that the contract does not ignore to its types.

    Args:
        raw: as `tables.read` returns it.
        contract: what the table must look like.
        decimal: the decimal mark in texts.

    Raises:
        DataError: columns are missing, or cells are not of their column's type.
    """
    absent = [name for name in contract.kept if name not in raw]
    if absent:
        raise DataError("; ".join(_absent(name, [str(column) for column in raw]) for name in absent))
    cells = {name: convert(raw[name], spec, decimal) for name, spec in contract.kept.items()}
    wrong = {name: found.wrong for name, found in cells.items() if found.wrong.any()}
    if wrong:
        said = (
            f"{name}: {rows(np.flatnonzero(mask))} not a {contract.columns[name].type}: "
            f"{raw[name].iloc[int(np.flatnonzero(mask)[0])]!r}"
            for name, mask in wrong.items()
        )
        raise DataError(
            f"{'; '.join(said)}. Correct the table, or the data contract: list words that mean a missing "
            "value under missing, or give the column another type"
        )
    return pd.DataFrame({name: found.values for name, found in cells.items()})


def rows(positions: Iterable[int]) -> str:
    """Name rows in a sentence, counting from 1: "row 3 is", "rows 3, 5, 9 and 12 more are"."""
    numbers = [int(position) + 1 for position in positions]
    more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
    return f"row {numbers[0]} is" if len(numbers) == 1 else f"rows {', '.join(map(str, numbers[:3]))}{more} are"


def _absent(name: str, columns: list[str]) -> str:
    near = get_close_matches(name.lower(), [column.lower() for column in columns], n=1)
    hint = next((f"; there is {column!r}" for column in columns if near and column.lower() == near[0]), "")
    return f"the table has no column {name!r}, which the data contract requires{hint}"
