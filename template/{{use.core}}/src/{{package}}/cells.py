"""Convert the cells of a column to the type in the contract.

The rules are the same for cells of a text file, of Parquet and of JSON.

| type | accepted | becomes |
|---|---|---|
| number | a finite number; text that spells one | float64 |
| category, text | text; a number, as text, unless the column holds codes such as "00" or "1.0" | str |
| boolean | true and false, as truth value, text, or 0 and 1 | float64, 0 or 1 |
| datetime | a date or time; text in ISO 8601 or in the column's format | datetime64, UTC |

Blanks around a text are ignored. An empty text, or a word that the contract lists, is a missing value.
"""

import math
import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from .contract import Column

NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
"""Texts that spell a number; words such as inf and nan do not."""

TIME = r"^(\d{2}:\d{2}(:\d{2}(\.\d+)?)?)$"

TEXT = pd.StringDtype("pyarrow", na_value=np.nan)
"""The dtype of categories and texts; missing values are NaN."""

TYPES: dict[str, Any] = {
    "number": "float64",
    "boolean": "float64",
    "category": TEXT,
    "text": TEXT,
    "datetime": "datetime64[us]",
}


@dataclass(frozen=True)
class Cells:
    """A typed column; `wrong` marks cells that are not of the type and are missing in `values`."""

    values: pd.Series
    wrong: NDArray[np.bool_]


def convert(column: pd.Series, spec: Column, decimal: str = ".", codes: bool = False) -> Cells:
    """Convert the cells of a column to its type.

    Args:
        column: cells of any kind.
        spec: the column in the contract.
        decimal: the decimal mark in texts.
        codes: whether the categories are codes such as "00" or "1.0", so that numbers are refused.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        categories: pd.Index = column.cat.categories
        column = pd.Series(column.array, column.index, dtype=categories.dtype, name=column.name)
    if isinstance(column.dtype, pd.StringDtype):
        return _texts(column, spec, decimal)
    if isinstance(column.dtype, pd.DatetimeTZDtype) or pd.api.types.is_datetime64_dtype(column.dtype):
        return _moments(column, spec)
    if pd.api.types.is_bool_dtype(column.dtype):
        return _truths(column, spec)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(column, spec, codes)
    return _mixed(column, spec, decimal, codes)


def empty(index: pd.Index, spec: Column) -> pd.Series:
    """Return a typed column in which every value is missing."""
    nothing: pd.Series = pd.Series(None, index=index, dtype=TYPES[spec.type])
    return nothing


def label(value: float) -> str:
    """Return a number as the text of a category: 1.0 becomes "1", whatever type the table stores it in."""
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def is_code(text: str) -> bool:
    """Return whether a text is a number that `label` would write differently, such as "00" or "1.0"."""
    return re.match(NUMBER, text) is not None and label(float(text)) != text


def _texts(column: pd.Series, spec: Column, decimal: str) -> Cells:
    cells = trimmed(column, spec.missing)
    if spec.type in {"category", "text"}:
        return _cells(column, cells, cells.is_null(), cells, spec)
    if spec.type == "number":
        plain = plain_numbers(cells, spec.remove, decimal)
        good = pc.fill_null(pc.match_substring_regex(plain, NUMBER), False)
        values = pc.cast(pc.if_else(good, plain, pa.scalar(None, pa.string())), pa.float64())
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    elif spec.type == "boolean":
        values = pc.cast(pc.index_in(pc.utf8_lower(cells), value_set=pa.array(["false", "true", "0", "1"])), pa.int64())
        values = pc.cast(pc.bit_wise_and(values, 1), pa.float64())
    else:
        return _dates(column, cells, spec)
    return _cells(column, values, values.is_null(), cells, spec)


def trimmed(column: pd.Series, missing: tuple[str, ...]) -> pa.Array:
    """Strip blanks from texts, and replace the words for missing values by null."""
    cells = pa.array(column, type=pa.string(), from_pandas=True)
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    cells = pc.utf8_trim_whitespace(cells)
    marks = pa.array(["", *missing], pa.string())
    return pc.if_else(pc.is_in(cells, value_set=marks), pa.scalar(None, pa.string()), cells)


def plain_numbers(cells: pa.Array, remove: tuple[str, ...], decimal: str) -> pa.Array:
    """Write numbers as Python does: without the characters that the contract removes, and with a decimal point."""
    for sign in remove:
        cells = pc.replace_substring(cells, sign, "")
    cells = pc.utf8_trim_whitespace(cells) if remove else cells
    if decimal == ".":
        return cells
    # With another decimal mark, a point is ambiguous: 1.234 may be a thousand or more.
    return pc.replace_substring(pc.replace_substring(cells, ".", "?"), decimal, ".")


def _dates(column: pd.Series, cells: pa.Array, spec: Column) -> Cells:
    texts = pd.Series(cells.to_numpy(zero_copy_only=False), index=column.index, dtype=object)
    values = dates(texts, spec.format)
    return Cells(values.astype(TYPES["datetime"]), (values.isna() & texts.notna()).to_numpy())


def dates(texts: pd.Series, form: str) -> pd.Series:
    """Parse moments in a format, ISO 8601 by default, as UTC; texts in another format become missing.

    A time of day, which JSON has for a time in Parquet, is one of the first day of 1970.
    """
    if not form:
        cells = pc.replace_substring_regex(pa.array(texts, pa.string()), TIME, r"1970-01-01T\1")
        texts = pd.Series(cells.to_numpy(zero_copy_only=False), index=texts.index, dtype=object)
    # If only some texts had a UTC offset, pandas would return a column of objects.
    found = pd.to_datetime(texts, format=form or "ISO8601", errors="coerce", utc=True)
    return found.dt.tz_localize(None)


def _moments(column: pd.Series, spec: Column) -> Cells:
    if spec.type != "datetime":
        return _all_wrong(column, spec)
    values = column.dt.tz_convert("UTC").dt.tz_localize(None) if column.dt.tz is not None else column
    return Cells(values.astype(TYPES["datetime"]), np.zeros(len(column), dtype=bool))


def _truths(column: pd.Series, spec: Column) -> Cells:
    if spec.type != "boolean":
        return _all_wrong(column, spec)
    return Cells(_floats(column), np.zeros(len(column), dtype=bool))


def _numbers(column: pd.Series, spec: Column, codes: bool) -> Cells:
    present = column.notna().to_numpy()
    if spec.type in {"category", "text"}:
        if codes:
            return _all_wrong(column, spec)
        distinct = {
            value: label(value) if isinstance(value, float) else str(value) for value in column[present].unique()
        }
        return Cells(column.map(distinct).astype(TEXT), np.zeros(len(column), dtype=bool))
    if spec.type == "datetime":
        return _all_wrong(column, spec)
    numbers = _floats(column)
    good = np.isin(numbers, (0, 1)) if spec.type == "boolean" else np.isfinite(numbers)
    return Cells(numbers.where(good), present & ~good)


def _mixed(column: pd.Series, spec: Column, decimal: str, codes: bool) -> Cells:
    """Convert cells of several types, as in JSON, one by one."""
    cells = [_plain(value) for value in column]
    texts = [place for place, cell in enumerate(cells) if isinstance(cell, str)]
    values = [None if cell is None or isinstance(cell, str) else _value(cell, spec, codes) for cell in cells]
    wrong = np.array(
        [cell is not None and value is None for cell, value in zip(cells, values, strict=True)], dtype=bool
    )
    if texts:
        found = _texts(pd.Series([cells[place] for place in texts], dtype=TEXT), spec, decimal)
        wrong[texts] = found.wrong
        for place, value in zip(texts, found.values.tolist(), strict=True):
            values[place] = value
    return Cells(pd.Series(values, index=column.index, dtype=object).astype(TYPES[spec.type]), wrong)


def _plain(value: object) -> object:
    """Return a cell as text, number, truth value or moment, None if it is missing, and anything else unchanged."""
    if isinstance(value, Decimal | np.number):
        value = value.item() if isinstance(value, np.number) else float(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, time):
        return datetime.combine(date(1970, 1, 1), value)
    return value


def _value(cell: object, spec: Column, codes: bool) -> object:
    """Convert a cell that is neither text nor missing; return None if it is not of the type."""
    if isinstance(cell, bool):
        return float(cell) if spec.type == "boolean" else None
    if isinstance(cell, int | float):
        return _number(cell, spec, codes)
    if isinstance(cell, date) and spec.type == "datetime":
        moment = pd.Timestamp(cell)
        return moment.tz_convert("UTC").tz_localize(None) if moment.tz else moment
    return None


def _number(cell: float, spec: Column, codes: bool) -> object:
    if spec.type in {"category", "text"}:
        return None if codes else str(cell) if isinstance(cell, int) else label(cell) if math.isfinite(cell) else None
    if spec.type == "boolean":
        return float(cell) if cell in {0, 1} else None
    if spec.type == "number":
        try:
            return float(cell) if math.isfinite(cell) else None
        except OverflowError:  # an integer with more than 308 digits
            return None
    return None


def _cells(column: pd.Series, values: pa.Array, gaps: pa.Array, cells: pa.Array, spec: Column) -> Cells:
    wrong = pc.and_(gaps, pc.invert(cells.is_null())).to_numpy(zero_copy_only=False)
    typed = values.to_pandas(types_mapper={pa.string(): TEXT}.get)
    return Cells(pd.Series(typed.array, index=column.index, dtype=TYPES[spec.type], name=column.name), wrong)


def _floats(column: pd.Series) -> pd.Series:
    return pd.Series(column.to_numpy(dtype="float64", na_value=np.nan), index=column.index)


def _all_wrong(column: pd.Series, spec: Column) -> Cells:
    return Cells(empty(column.index, spec), column.notna().to_numpy())
