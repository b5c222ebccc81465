"""Read tables: text files and Parquet, from a local path or any URL that fsspec knows.

Cells of a text file are read as text, so that a code such as "00" is kept; `cells.py` converts them.
"""

import bz2
import csv
import gzip
import io
import lzma
import re
import zlib
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from pyarrow.parquet import ParquetFile

from .cells import TEXT
from .contract import FileFormat
from .errors import DataError

TEXT_SUFFIXES = {".csv": ",", ".tsv": "\t", ".txt": ","}
COMPRESSIONS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}
SAMPLE = 1 << 16
"""Bytes of a text file from which separator and decimal mark are detected."""

DECOMPRESS = {"gzip": gzip.decompress, "bz2": bz2.decompress, "xz": lzma.decompress}


def is_parquet(uri: str) -> bool:
    """Return whether a table is a Parquet file, judging by its name."""
    return uri.lower().endswith((".parquet", ".pq"))


def read(uri: str, form: FileFormat | None = None, ignored: Collection[str] = ()) -> pd.DataFrame:
    """Read a table as it is stored.

    Args:
        uri: a local path or a URL that ends in .csv, .tsv or .txt, also with .gz, .bz2 or .xz, or in .parquet.
        form: format of a text file; None to detect it.
        ignored: columns to leave out.

    Raises:
        DataError: the file does not exist, has another format, or cannot be read; the message names row or column.
    """
    if is_parquet(uri):
        with readable(uri), fsspec.open(uri, "rb") as file:
            return to_pandas(ParquetFile(file).read(), uri, ignored)
    data = content(uri)
    table = parse_text(data, form or look(data, uri), uri)
    return table.drop(columns=[name for name in ignored if name in table])


def nested(uri: str) -> list[str]:
    """Return the columns of a Parquet table that hold nested values.

    Raises:
        DataError: as `read`.
    """
    with readable(uri), fsspec.open(uri, "rb") as file:
        return [field.name for field in ParquetFile(file).schema_arrow if not _flat(field.type)]


def content(uri: str) -> bytes:
    """Return the bytes of a text file.

    Raises:
        DataError: as `read`.
    """
    with readable(uri), fsspec.open(uri, "rb") as file:
        data: bytes = file.read()
    return data


@contextmanager
def readable(uri: str) -> Iterator[None]:
    """Turn exceptions of the block, which reads a table, into errors that say what is wrong.

    Raises:
        DataError: as `read`.
    """
    if not is_parquet(uri) and _suffix(uri) not in TEXT_SUFFIXES:
        endings = ", ".join([*TEXT_SUFFIXES, ".parquet"])
        raise DataError(f"{uri}: only tables that end in {endings} are read; the text ones also with .gz, .bz2 or .xz")
    try:
        yield
    except FileNotFoundError as error:
        raise DataError(f"{uri}: no such file; set data_uri in config.toml to your table") from error
    except (ValueError, OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise DataError(f"{uri}: cannot be read as a table: {error}") from error


def look(data: bytes, uri: str) -> FileFormat:
    """Detect the format of a text file from its name and first lines.

    Raises:
        DataError: its compression does not match its name.
    """
    compression = COMPRESSIONS.get(PurePosixPath(uri).suffix.lower(), "none")
    plain = _decompressed(data, compression, uri)
    encoding = _encoding(plain)
    sample = plain[:SAMPLE].decode(encoding, errors="replace").removeprefix("\ufeff")
    separator = _separator(sample, TEXT_SUFFIXES[_suffix(uri)])
    cells = [cell for row in _rows(sample, separator)[1:] for cell in row]
    commas = sum(bool(re.fullmatch(r"\s*[+-]?\d+,\d+\s*", cell)) for cell in cells)
    points = sum(bool(re.fullmatch(r"\s*[+-]?\d+\.\d+\s*", cell)) for cell in cells)
    decimal = "," if separator != "," and commas > points else "."
    return FileFormat.model_validate(
        {"separator": separator, "encoding": encoding, "decimal": decimal, "compression": compression}
    )


def parse_text(data: bytes, form: FileFormat, uri: str) -> pd.DataFrame:
    """Parse a text file into cells, all of them texts.

    Raises:
        DataError: the bytes are not text, the header has duplicate names, or rows have too many or too few cells.
    """
    plain = _decompressed(data, form.compression, uri)
    text = _utf8(plain, form.encoding, uri)
    names, lines = _header(text, form.separator, uri)
    duplicates = [name for name, count in Counter(names).items() if count > 1]
    if duplicates:
        raise DataError(f"{uri}: several columns are called {', '.join(duplicates)}; each name may occur only once")
    options = (
        arrow_csv.ReadOptions(column_names=names, skip_rows=lines),
        arrow_csv.ParseOptions(delimiter=form.separator, newlines_in_values=True),
        arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""]
        ),
    )
    try:
        table = arrow_csv.read_csv(io.BytesIO(text), *options)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return pd.DataFrame({name: pd.Series([], dtype=TEXT) for name in names})
        raise DataError(f"{uri}: {_uneven(text, len(names), options) or error}") from error
    cells: pd.DataFrame = table.to_pandas(types_mapper={pa.string(): TEXT}.get)
    return cells


def to_pandas(table: pa.Table, uri: str, ignored: Collection[str] = ()) -> pd.DataFrame:
    """Convert the columns of a Parquet table to types that do not depend on whether values are missing.

    Raises:
        DataError: a column holds lists, structures or bytes, or two have the same name.
    """
    # pandas stores its index in columns with these names.
    left_out = [name for name in table.column_names if name in ignored or re.fullmatch(r"__index_level_\d+__", name)]
    duplicates = [name for name, count in Counter(table.column_names).items() if count > 1]
    if duplicates:
        raise DataError(f"{uri}: several columns are called {', '.join(duplicates)}; each name may occur only once")
    table = table.drop_columns(left_out)
    lists = [f"{field.name} ({field.type})" for field in table.schema if not _flat(field.type)]
    if lists:
        raise DataError(
            f"{uri}: these columns hold no single values: {', '.join(lists)}; "
            "derive columns from them first, or give them the role ignored"
        )
    columns = {field.name: _simple(table[field.name], field.type) for field in table.schema}
    mapper = {pa.string(): TEXT, pa.bool_(): pd.BooleanDtype()}
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper=mapper.get, ignore_metadata=True)
    gaps = {name: "Int64" for name, column in columns.items() if pa.types.is_integer(column.type) and column.null_count}
    for name in gaps:  # floats cannot represent all of these integers
        frame[name] = columns[name].to_pandas(types_mapper={columns[name].type: pd.Int64Dtype()}.get)
    return frame


def _suffix(uri: str) -> str:
    path = PurePosixPath(uri.lower())
    return path.with_suffix("").suffix if path.suffix in COMPRESSIONS else path.suffix


def _decompressed(data: bytes, compression: str, uri: str) -> bytes:
    if compression == "none":
        return data
    with readable(uri):
        return DECOMPRESS[compression](data)


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        data.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _utf8(data: bytes, encoding: str, uri: str) -> bytes:
    try:
        text = data.decode(encoding)
    except LookupError as error:
        raise DataError(f"{uri}: there is no encoding {encoding!r}; set file.encoding in the data contract") from error
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start)
        raise DataError(
            f"{uri}: row {row} holds bytes that are not {encoding}; set file.encoding in the data contract"
        ) from error
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0"))
        raise DataError(f"{uri}: row {row} holds a NUL byte, so this is not a text file, or it is damaged")
    return text.removeprefix("\ufeff").encode()


def _separator(sample: str, usual: str) -> str:
    """Return the candidate that cuts most lines into the same number of cells, preferring more cells."""

    def score(separator: str) -> tuple[float, int]:
        widths = [len(row) for row in _rows(sample, separator)]
        width, count = Counter(widths).most_common(1)[0] if widths else (1, 0)
        return (count if width > 1 else 0.0, width)

    return max([usual, *(mark for mark in ",;\t|" if mark != usual)], key=score)


def _rows(sample: str, separator: str) -> list[list[str]]:
    """Parse the complete rows of the first lines into cells."""
    lines = sample.splitlines(keepends=True)
    return [row for row in csv.reader(lines[:200], delimiter=separator) if row]


def _header(text: bytes, separator: str, uri: str) -> tuple[list[str], int]:
    """Return the names of the columns, and the number of lines of the header."""
    reader = csv.reader(io.StringIO(text[:SAMPLE].decode(errors="ignore")), delimiter=separator)
    try:
        names = next((row for row in reader if row), [])
    except csv.Error as error:
        raise DataError(f"{uri}: the header cannot be read: {error}") from error
    if not any(name.strip() for name in names):
        raise DataError(f"{uri}: the table is empty; its first line must name the columns")
    return [name.strip() or f"unnamed_{place}" for place, name in enumerate(names, 1)], reader.line_num


def _uneven(text: bytes, width: int, options: Sequence[Any]) -> str:
    """Describe rows with too many or too few cells in a sentence; empty if there are none."""
    read, parse, conversion = options
    found: list[str] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        if len(found) < 3:
            found.append(f"row {row.number - read.skip_rows} has {row.actual_columns} cells")
        return "skip"

    parse.invalid_row_handler = refuse
    read.use_threads = False  # with threads, rows have no numbers
    arrow_csv.read_csv(io.BytesIO(text), read, parse, conversion)
    return f"{', '.join(found)}, the header has {width}" if found else ""


def _flat(kind: pa.DataType) -> bool:
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    return not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _simple(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Convert a column to one of the few types that are distinguished here."""
    if pa.types.is_dictionary(kind):
        column, kind = column.cast(kind.value_type), kind.value_type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return column.cast(pa.string())
    if pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        return column.cast(pa.float64())
    if pa.types.is_date(kind):
        return column.cast(pa.timestamp("us"))
    if pa.types.is_time(kind):
        return pc.cast(column.cast(pa.time64("us")).cast(pa.int64()), pa.timestamp("us"))
    if pa.types.is_duration(kind):
        return pc.divide(column.cast(pa.duration("us")).cast(pa.int64()).cast(pa.float64()), 1e6)
    return column
