"""Good tables, parts of real ones, and what it takes to spoil a copy of one."""

import csv
import gzip
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeVar

import catalogue
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from catalogue import CSV, PARQUET, Form, Problem

T = TypeVar("T")

Kind = Literal["integer", "float", "boolean", "date", "category"]
NUMBERS: tuple[Kind, ...] = ("integer", "float")
ANY: tuple[Kind, ...] = ("integer", "float", "boolean", "date", "category")


@dataclass(frozen=True)
class Outcome:
    """What has to become of a table.

    Attributes:
        accepted: whether it is trained on; refused otherwise.
        why: for people.
        words: what the reason of a refusal, or the notice of an acceptance, has to contain; names of columns.
        any_of: of which it has to contain one, in any letters.
        row: the first bad row, which the reason has to name: 1 is the first below the header. None where none is.
    """

    accepted: bool
    why: str
    words: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    row: int | None = None

    def unmet(self, said: str) -> list[str]:
        """What is missing in what was said of the table; empty when all is there."""
        missing = [word for word in self.words if not re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said)]
        if self.any_of and not any(word.casefold() in said.casefold() for word in self.any_of):
            missing.append(f"one of {', '.join(self.any_of)}")
        plain = re.sub(r"(?<=\d)[,_](?=\d{3}\b)", "", said)
        if self.row is not None and not re.search(rf"(?<![\d.]){self.row}(?!\d)", plain):
            missing.append(f"row {self.row}")
        return missing


def refused(why: str, *words: str, any_of: Sequence[str] = (), row: int | None = None) -> Outcome:
    """An outcome."""
    return Outcome(False, why, words, tuple(any_of), row)


def accepted(why: str, *words: str) -> Outcome:
    """An outcome."""
    return Outcome(True, why, words)


@dataclass(frozen=True)
class Base:
    """A good table: some rows and columns of a real one.

    Attributes:
        name: of the table and, with the suffix of its form, of its file.
        table: which one of the catalogue.
        target: what is predicted.
        problem: of what kind.
        rows: how many.
        form: of the file.
        columns: which ones; all when there are none.
    """

    name: str
    table: str
    target: str
    problem: Problem
    rows: int
    form: Form = CSV
    columns: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table; every row has a target. It must not be changed."""
        raw = catalogue.table(self.table).raw()
        raw = raw[[*self.columns]] if self.columns else raw
        raw = raw.dropna(subset=[self.target])
        return raw.sample(self.rows, random_state=1).reset_index(drop=True)

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """Column → what is in it."""
        return {str(name): self._kind(self.frame[name]) for name in self.frame}

    @cached_property
    def content(self) -> bytes:
        """The good file."""
        return self.form.content(self.frame)

    @property
    def file(self) -> str:
        """Its name."""
        return f"{self.name}{self.form.suffix}"

    @cached_property
    def cells(self) -> tuple[list[str], list[list[str]]]:
        """The header and the rows of a file of text. They must not be changed."""
        content = gzip.decompress(self.content) if self.form.suffix.endswith(".gz") else self.content
        header, *rows = csv.reader(io.StringIO(content.decode(self.form.encoding)), delimiter=self.form.separator)
        return header, rows

    @staticmethod
    def _kind(column: pd.Series) -> Kind:
        if pd.api.types.is_bool_dtype(column):
            return "boolean"
        if pd.api.types.is_integer_dtype(column):
            return "integer"
        if pd.api.types.is_float_dtype(column):
            return "float"
        if pd.api.types.is_datetime64_any_dtype(column):
            return "date"
        return "category"


HOTEL = (
    "avg_price_per_room",
    "lead_time",
    "stays_in_week_nights",
    "adults",
    "meal",
    "market_segment",
    "customer_type",
    "arrival_date",
    "historical_adr",
)
FLIGHTS = ("month", "day", "dep_delay", "arr_delay", "carrier", "origin", "distance", "time_hour")
PENGUINS = ("Species", "Island", "Culmen Length (mm)", "Culmen Depth (mm)", "Flipper Length (mm)", "Body Mass (g)")

CREDIT = Base("credit", "credit", "Status", "classification", 900, Form(missing="NA"))
HOUSING = Base("housing", "housing", "price", "regression", 546)
WEATHER = Base("weather", "seattle_weather", "weather", "classification", 700)
HOMES = Base("homes", "sacramento", "price", "regression", 932)
JOBS = Base("jobs", "treatment", "re78", "regression", 800)
CHILE = Base("chile", "chile", "vote", "classification", 900)
LOADS = Base("loads", "hpc", "class", "classification", 900, Form(".tsv", separator="\t"))
WAGES = Base("wages", "wages", "wage", "regression", 1000, Form(".csv.gz"))
PENGUIN = Base(
    "penguin", "penguins_raw", "Body Mass (g)", "regression", 342, Form(separator=";", decimal=","), PENGUINS
)
DIAMONDS = Base("diamonds", "diamonds", "price", "regression", 1000, PARQUET)
ROOMS = Base("rooms", "hotel_rates", "avg_price_per_room", "regression", 800, PARQUET, HOTEL)
TRAINEES = Base("trainees", "treatment", "re78", "regression", 800, PARQUET)
DELAYS = Base("delays", "flights", "arr_delay", "regression", 120_000, CSV, FLIGHTS)

TEXT = (CREDIT, HOUSING, WEATHER, HOMES, JOBS, CHILE, LOADS)
BINARY = (DIAMONDS, ROOMS, TRAINEES)
BASES = (*TEXT, WAGES, PENGUIN, *BINARY, DELAYS)

MANY = 100_000
"""What is read in one go would show a column's type before this row."""


@dataclass(frozen=True)
class Made:
    """A file, and what has to become of it."""

    file: str
    content: bytes
    outcome: Outcome


@dataclass
class Case:
    """What a mutation works with: a copy of a good table, and choices that its seed makes.

    Attributes:
        base: the good table.
        number: how often this mutation was used on this base before, so that columns take turns.
        random: for all other choices.
    """

    base: Base
    number: int
    random: np.random.Generator
    header: list[str] = field(init=False)
    rows: list[list[str]] = field(init=False)

    def __post_init__(self) -> None:
        if not self.base.form.parquet:
            header, rows = self.base.cells
            self.header, self.rows = list(header), list(rows)

    def frame(self) -> pd.DataFrame:
        """A copy of the good table."""
        return self.base.frame.copy()

    def arrow(self) -> Any:
        """The good table as Parquet keeps it."""
        return pa.Table.from_pandas(self.base.frame, preserve_index=False)

    def columns(self, kinds: Sequence[Kind] = ANY, full: bool = False, distinct: int = 0) -> list[str]:
        """The features of some kinds: those without gaps, and with so many distinct values, if that is asked for."""
        return [
            name
            for name, kind in self.base.kinds.items()
            if kind in kinds
            and name != self.base.target
            and not (full and self.base.frame[name].isna().any())
            and self.base.frame[name].nunique() >= distinct
        ]

    def column(self, kinds: Sequence[Kind] = ANY, full: bool = False, distinct: int = 0) -> str:
        """One of these features."""
        return self.turn(self.columns(kinds, full, distinct))

    def turn(self, choices: Sequence[T]) -> T:
        """One of some choices, which take turns."""
        return choices[self.number % len(choices)]

    def pick(self, choices: Sequence[T]) -> T:
        """One of some choices, whichever."""
        return choices[int(self.random.integers(len(choices)))]

    def row(self, after: int = 0) -> int:
        """A row, from 1, neither at the beginning nor at the end, unless the number of another is given."""
        rows = len(self.base.frame)
        return int(self.random.integers(max(after + 1, rows // 10), rows - rows // 10))

    def put(self, column: str, row: int, value: str) -> None:
        """Write into a cell of the text."""
        cells = list(self.rows[row - 1])
        cells[self.header.index(column)] = value
        self.rows[row - 1] = cells

    def spoil(self, column: str, spoiled: Callable[[str], str], after: int = 0) -> int:
        """Change cells of a column: one, a few, or all from some row on; returns the first that became another.

        Args:
            column: its name.
            spoiled: what a cell becomes; the same for a cell that it cannot change.
            after: the first row to change comes after this one.
        """
        start = self.row(after)
        share = self.pick([0.0, 0.05, 1.0])
        first = None
        for row in range(start, len(self.rows) + 1):
            cell = self.rows[row - 1][self.header.index(column)]
            if spoiled(cell) != cell and (first is None or self.random.random() < share):
                first = first or row
                self.put(column, row, spoiled(cell))
        assert first is not None, f"{self.base.name}: nothing to spoil in {column}"
        return first

    def text(self, quoting: Literal[0, 1] = csv.QUOTE_MINIMAL, ending: str = "\n", separator: str = "") -> str:
        """The table as text."""
        buffer = io.StringIO()
        writer = csv.writer(
            buffer, delimiter=separator or self.base.form.separator, quoting=quoting, lineterminator=ending
        )
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return buffer.getvalue()

    def made(self, outcome: Outcome, content: str | bytes | None = None) -> Made:
        """The file; of the cells as they are now, when nothing else is given."""
        content = self.text() if content is None else content
        if isinstance(content, str):
            content = self.base.form.packed(content.encode(self.base.form.encoding))
        return Made(self.base.file, content, outcome)

    def parquet(self, table: Any, outcome: Outcome, **how: Any) -> Made:
        """The file of a frame, or of a table of pyarrow."""
        if isinstance(table, pd.DataFrame):
            table = pa.Table.from_pandas(table, preserve_index=False)
        buffer = io.BytesIO()
        pq.write_table(table, buffer, **how)
        return Made(self.base.file, buffer.getvalue(), outcome)

    def replaced(self, column: str, values: Any) -> Any:
        """The table of pyarrow with another column of the same name."""
        table = self.arrow()
        return table.set_column(table.column_names.index(column), column, values)
