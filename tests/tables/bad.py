"""A thousand bad tables, and some that only look odd, each with what has to become of it.

Each is a good table to which one thing was done. The good one came first: its contract (columns, types, whether they
may be missing) was inferred from `Base.content` and committed. Then the bad one comes in its place, under the same
name, as the next training table, and is judged like this:

- A column that the contract does not have is accepted and ignored, with a notice. The order of columns, and of rows, is
  nothing.
- A column of the contract that is absent is refused, also when it is there in other letters: a guess would be right
  often enough to be trusted, and wrong at some time. Blanks around a name do not count.
- What is not of the column's type is refused, and so is an empty cell in a column that has none in the good table.
- A new category is accepted, and a number outside of the range that the good table has; people write other rules.
- What cannot be read, or could be read in two ways, is refused, and the first row that is wrong is named.

Everything is drawn from seeds: the same call gives the same tables, and a table can be made again by itself.
"""

import codecs
import csv
import decimal
import gzip
import io
import json
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from good import (
    BINARY,
    CHILE,
    CREDIT,
    DELAYS,
    DIAMONDS,
    HOMES,
    HOUSING,
    JOBS,
    LOADS,
    MANY,
    NUMBERS,
    PENGUIN,
    ROOMS,
    TEXT,
    TRAINEES,
    WAGES,
    WEATHER,
    Base,
    Case,
    Made,
    accepted,
    refused,
)


@dataclass(frozen=True)
class Mutation:
    """One thing that is done to a good table.

    Attributes:
        name: of the function that does it.
        make: does it.
        bases: which tables it makes sense for.
        most: how many different ones there are, at most.
    """

    name: str
    make: Callable[[Case], Made]
    bases: tuple[Base, ...]
    most: int


MUTATIONS: list[Mutation] = []
"""All there are, in the order of this file."""


@dataclass(frozen=True)
class BadTable:
    """One table; its file is made when it is asked for.

    Attributes:
        mutation: what was done.
        base: to which table.
        number: how often it was done to that table before.
        seed: of all other choices.
    """

    mutation: Mutation
    base: Base
    number: int
    seed: int

    @property
    def name(self) -> str:
        """A name that no other has."""
        return f"{self.mutation.name}-{self.base.name}-{self.number}"

    @property
    def large(self) -> bool:
        """Whether it has more than a hundred thousand rows."""
        return self.base.rows > MANY

    def make(self) -> Made:
        """The file and the outcome."""
        return self.mutation.make(Case(self.base, self.number, np.random.default_rng(self.seed)))


def bad_tables(count: int = 1000, seed: int = 1) -> Iterator[BadTable]:
    """So many tables, no two alike; each mutation in turn, as long as it has others.

    Args:
        count: how many.
        seed: the same one gives the same tables.
    """
    assert count <= sum(mutation.most for mutation in MUTATIONS), "there are not so many"
    used = dict.fromkeys((mutation.name for mutation in MUTATIONS), 0)
    made = 0
    while made < count:
        left = [mutation for mutation in MUTATIONS if used[mutation.name] < mutation.most]
        for mutation in left[: count - made]:
            number, turn = divmod(used[mutation.name], len(mutation.bases))
            yield BadTable(mutation, mutation.bases[turn], number, seed * 1_000_003 + made)
            used[mutation.name] += 1
            made += 1


def mutation(*bases: Base, most: int = 1000) -> Callable[[Callable[[Case], Made]], Callable[[Case], Made]]:
    """Make a function a mutation of some bases."""

    def registered(make: Callable[[Case], Made]) -> Callable[[Case], Made]:
        MUTATIONS.append(Mutation(make.__name__, make, bases, most))
        return make

    return registered


# Columns.


def _without(case: Case, name: str) -> None:
    place = case.header.index(name)
    for cells in (case.header, *case.rows):
        del cells[place]


@mutation(*TEXT, most=42)
def missing_column(case: Case) -> Made:
    """A column was dropped."""
    name = case.column()
    case.rows = [list(cells) for cells in case.rows]
    _without(case, name)
    return case.made(refused("a column of the contract is absent", name))


@mutation(*TEXT, WAGES, PENGUIN, most=9)
def missing_target(case: Case) -> Made:
    """The target was dropped, as in a table to be predicted."""
    case.rows = [list(cells) for cells in case.rows]
    _without(case, case.base.target)
    return case.made(refused("the target is absent", case.base.target))


def _rename(case: Case, name: str, other: str) -> Made:
    case.header[case.header.index(name)] = other
    return case.made(refused(f"{name} is absent; {other!r} is another column", name))


@mutation(*TEXT, most=42)
def renamed_column(case: Case) -> Made:
    """A column got another name."""
    name = case.column()
    return _rename(case, name, case.pick([f"{name}_new", f"{name}2", f"x_{name}", "value"]))


@mutation(*TEXT, most=28)
def renamed_by_case(case: Case) -> Made:
    """A column got other letters."""
    name = case.column()
    return _rename(case, name, name.swapcase())


@mutation(*TEXT, most=28)
def blanks_around_a_name(case: Case) -> Made:
    """A column got blanks, as in `a, b, c`."""
    name = case.column()
    case.header[case.header.index(name)] = case.turn([f" {name}", f"{name} ", f" {name} ", f"{name}\u00a0"])
    return case.made(accepted("blanks do not count around a name, as around a value"))


@mutation(*TEXT, most=28)
def unnamed_column(case: Case) -> Made:
    """A column lost its name."""
    return _rename(case, case.column(), "")


@mutation(*TEXT, most=21)
def extra_column(case: Case) -> Made:
    """There is one more column."""
    name = case.turn(["remark", "loaded_at", "source", "batch_no"])
    case.header.append(name)
    case.rows = [[*cells, str(case.random.integers(10))] for cells in case.rows]
    return case.made(accepted("a column that the contract does not have is ignored, and said to be", name))


@mutation(*TEXT, most=7)
def index_column(case: Case) -> Made:
    """The numbers of rows were exported, in a column without a name."""
    case.header.insert(0, "")
    case.rows = [[str(number), *cells] for number, cells in enumerate(case.rows)]
    return case.made(accepted("a column that the contract does not have is ignored"))


@mutation(*TEXT, WAGES, PENGUIN, most=27)
def shuffled_columns(case: Case) -> Made:
    """The columns are in another order."""
    order = case.random.permutation(len(case.header))
    case.header = [case.header[place] for place in order]
    case.rows = [[cells[place] for place in order] for cells in case.rows]
    return case.made(accepted("the order of columns is nothing"))


@mutation(*TEXT, most=35)
def duplicate_header(case: Case) -> Made:
    """A name stands over two columns, with different values."""
    name = case.turn([*case.columns(), case.base.target])
    values = [cells[case.header.index(name)] for cells in case.rows]
    case.header.append(name)
    case.rows = [[*cells, values[-number]] for number, cells in enumerate(case.rows)]
    return case.made(refused("which of the two is meant cannot be known", name))


@mutation(*TEXT, most=14)
def duplicate_header_with_equal_values(case: Case) -> Made:
    """A column is there twice."""
    name = case.column()
    case.rows = [[*cells, cells[case.header.index(name)]] for cells in case.rows]
    case.header.append(name)
    return case.made(refused("a name stands over two columns", name))


# Values.


@mutation(*TEXT, WAGES, PENGUIN, most=45)
def words_in_numbers(case: Case) -> Made:
    """In a column of numbers there are words, in one row or from some row on."""
    name = case.column(NUMBERS)
    word = case.pick(["lots", "see remarks", "twelve", "12 or 13", "o", "1o", "1..5", "error 7"])
    row = case.spoil(name, lambda _: word)
    return case.made(refused("a word is no number", name, row=row))


@mutation(HOUSING, HOMES, JOBS, WAGES, PENGUIN, most=15)
def words_in_the_target(case: Case) -> Made:
    """In a target of numbers there are words."""
    row = case.spoil(case.base.target, lambda _: "sold")
    return case.made(refused("a word is no number", case.base.target, row=row))


@mutation(JOBS, most=12)
def words_in_booleans(case: Case) -> Made:
    """In a column of True and False there is something else."""
    name, word = case.column(["boolean"]), case.pick(["perhaps", "2", "not yet", "T/F"])
    row = case.spoil(name, lambda _: word)
    return case.made(refused("neither true nor false", name, row=row))


@mutation(WEATHER, most=10)
def words_in_dates(case: Case) -> Made:
    """In a column of dates there are words."""
    word = case.turn(["yesterday", "spring", "TBD", "week 12", "Q3"])
    return case.made(refused("a word is no date", "date", row=case.spoil("date", lambda _: word)))


@mutation(WEATHER, most=20)
def other_dates(case: Case) -> Made:
    """From some row on dates are written in another way."""
    form = case.turn(["%d.%m.%Y", "%m/%d/%Y", "%d %b %Y", "%b %d, %Y", "%y%m%d"])
    row = case.row()
    for number in range(row, len(case.rows) + 1):
        day = pd.Timestamp(case.rows[number - 1][case.header.index("date")])
        case.put("date", number, day.strftime(form))
    return case.made(refused("not the way in which the dates of the contract are written", "date", row=row))


@mutation(WEATHER, most=12)
def days_that_never_were(case: Case) -> Made:
    """There is no such day."""
    day = case.turn(["2013-02-30", "2012-13-01", "2014-04-31", "2013-02-29", "0000-00-00", "2012-00-10"])
    row = case.row()
    case.put("date", row, day)
    return case.made(refused("there is no such day", "date", row=row))


@mutation(*TEXT, WAGES, PENGUIN, most=45)
def nulls(case: Case) -> Made:
    """Cells are empty in a column that has none."""
    name = case.column(full=True)
    mark = case.pick(["", "", case.base.form.missing])
    return case.made(refused("it may not be missing", name, row=case.spoil(name, lambda _: mark)))


@mutation(CREDIT, HOMES, JOBS, CHILE, LOADS, most=25)
def new_category(case: Case) -> Made:
    """There is a category that was not there."""
    name = case.column(["category"], distinct=3)
    word = case.pick(["somewhere else", "new", "other (see list)", "Zürich"])
    case.spoil(name, lambda _: word)
    return case.made(accepted("a new category, since the contract lists none"))


@mutation(CREDIT, HOMES, CHILE, LOADS, most=12)
def code_in_categories(case: Case) -> Made:
    """A category is a number, in a column of words."""
    name, code = case.column(["category"], distinct=3), case.pick(["17", "00", "1.5", "-1"])
    row = case.row()
    case.put(name, row, code)
    return case.made(accepted("a category may be written with digits"))


@mutation(*TEXT, WAGES, PENGUIN, most=27)
def numbers_without_bounds(case: Case) -> Made:
    """A number is larger than any float."""
    name, huge = case.column(NUMBERS), case.pick(["1e400", "-1e999", "9" * 400])
    row = case.row()
    case.put(name, row, huge)
    return case.made(refused("no number that can be held", name, row=row))


@mutation(CREDIT, HOUSING, HOMES, JOBS, LOADS, most=20)
def integers_beyond_64_bits(case: Case) -> Made:
    """An integer is larger than 64 bits hold."""
    name = case.column(["integer"])
    row = case.row()
    case.put(name, row, str(case.pick([1, -1]) * (10 ** int(case.random.integers(20, 40)) + 7)))
    return case.made(accepted("a number far from all others, however it is written; numbers are floats"))


@mutation(*TEXT, WAGES, PENGUIN, most=27)
def infinities(case: Case) -> Made:
    """A number is infinite."""
    name, infinite = case.column(NUMBERS), case.pick(["inf", "-inf", "Infinity", "-Infinity"])
    return case.made(refused("no finite number", name, row=case.spoil(name, lambda _: infinite)))


@mutation(CREDIT, HOUSING, WEATHER, HOMES, JOBS, CHILE, LOADS, most=14)
def numbers_out_of_range(case: Case) -> Made:
    """A number is far from all others."""
    name, far = case.column(NUMBERS), str(int(case.random.integers(10**9, 10**12)))
    case.put(name, case.row(), far)
    return case.made(accepted("the contract has a range only when a person writes one"))


def _fractions(case: Case) -> str:
    return case.turn([name for name in case.columns(["float"]) if _some(case, name, ".")])


def _some(case: Case, name: str, mark: str) -> bool:
    return any(mark in cells[case.header.index(name)] for cells in case.rows)


@mutation(CREDIT, WEATHER, HOMES, JOBS, CHILE, LOADS, most=28)
def decimal_commas(case: Case) -> Made:
    """In some rows decimals have a comma."""
    name = _fractions(case)
    row = case.spoil(name, lambda cell: cell.replace(".", ","))
    return case.made(refused("a number with a decimal comma among others with a point", name, row=row))


@mutation(PENGUIN, most=9)
def decimal_points(case: Case) -> Made:
    """In some rows decimals have a point, where the contract says comma."""
    name = case.turn(["Culmen Length (mm)", "Culmen Depth (mm)"])
    row = case.spoil(name, lambda cell: cell.replace(",", "."))
    return case.made(refused("a number with a decimal point among others with a comma", name, row=row))


@mutation(HOUSING, HOMES, CREDIT, LOADS, JOBS, most=20)
def thousands(case: Case) -> Made:
    """In some rows thousands have a comma."""
    large = [name for name in case.columns(NUMBERS) if case.base.frame[name].max() >= 1000]
    name = case.turn(large)

    def spoiled(cell: str) -> str:
        return f"{float(cell):,.0f}" if cell not in ("", "NA") and float(cell) >= 1000 else cell

    return case.made(refused("a number with a comma", name, row=_from_one_of(case, name, spoiled)))


def _from_one_of(case: Case, name: str, spoiled: Callable[[str], str]) -> int:
    """As `spoil`, where only few cells can be spoiled: some way down among those, and all that follow."""
    values = [cells[case.header.index(name)] for cells in case.rows]
    rows = [row for row, cell in enumerate(values, 1) if spoiled(cell) != cell]
    start = int(case.random.integers(len(rows) // 4, len(rows) - len(rows) // 4))
    for row in rows[start:]:
        case.put(name, row, spoiled(values[row - 1]))
    return rows[start]


@mutation(*TEXT, most=28)
def units(case: Case) -> Made:
    """In some rows there is a unit, or a currency."""
    name, form = case.column(NUMBERS, full=True), case.pick(["{}%", "${}", "{} kg", "€ {}", "~{}", "{}*"])
    return case.made(refused("more than a number", name, row=case.spoil(name, form.format)))


@mutation(*TEXT, WAGES, PENGUIN, most=9)
def target_gone(case: Case) -> Made:
    """No row has a target."""
    place = case.header.index(case.base.target)
    case.rows = [[*cells[:place], "", *cells[place + 1 :]] for cells in case.rows]
    return case.made(refused("no row has a target", case.base.target))


@mutation(HOUSING, HOMES, JOBS, WAGES, PENGUIN, most=10)
def constant_target(case: Case) -> Made:
    """The target is the same in all rows."""
    place, value = case.header.index(case.base.target), str(case.random.integers(1, 1000))
    case.rows = [[*cells[:place], value, *cells[place + 1 :]] for cells in case.rows]
    return case.made(refused("there is nothing to learn", case.base.target))


@mutation(CREDIT, WEATHER, CHILE, LOADS, most=8)
def single_class(case: Case) -> Made:
    """All rows are of one class."""
    place = case.header.index(case.base.target)
    only, _ = Counter(cells[place] for cells in case.rows).most_common(2)[case.number]
    case.rows = [cells for cells in case.rows if cells[place] == only]
    return case.made(refused("there is nothing to learn", case.base.target))


# Rows.


@mutation(*TEXT, WAGES, PENGUIN, most=36)
def too_few_rows(case: Case) -> Made:
    """There are hardly any rows."""
    few = case.turn([1, 2, 3, 5])
    start = case.row() - 6
    case.rows = case.rows[start : start + few]
    return case.made(refused("too few to learn from, and to test on", any_of=["row", "few", "class"]))


@mutation(*TEXT, most=28)
def too_many_cells(case: Case) -> Made:
    """A row has more cells than the header, as with a comma in a text that was not quoted."""
    row = case.row()
    case.rows[row - 1] = [*case.rows[row - 1], *["1"] * case.pick([1, 1, 2, 5])]
    return case.made(
        refused("its cells cannot be matched to columns", any_of=["cell", "field", "column", "value"], row=row)
    )


@mutation(*TEXT, WAGES, PENGUIN, most=27)
def too_few_cells(case: Case) -> Made:
    """A row has fewer cells than the header."""
    row = case.row()
    case.rows[row - 1] = case.rows[row - 1][: -case.pick([1, 1, 2])]
    reasons = ["cell", "field", "column", "value", "missing", "empty", case.header[-1], case.header[-2]]
    return case.made(refused("which of its cells is absent cannot be known", any_of=reasons, row=row))


@mutation(*TEXT, most=14)
def cut_off(case: Case) -> Made:
    """The file ends in the middle of a row."""
    row = case.row()
    case.rows = [*case.rows[: row - 1], case.rows[row - 1][: int(case.random.integers(1, len(case.header) - 1))]]
    reasons = ["cell", "field", "column", "value", "missing", "empty", "end", *case.header]
    return case.made(refused("the last row is not whole", any_of=reasons, row=row), case.text().rstrip("\n"))


@mutation(*TEXT, most=14)
def unclosed_quote(case: Case) -> Made:
    """A quote begins and never ends."""
    row = case.row()
    lines = case.text().split("\n")
    lines[row] = '"' + lines[row]
    reasons = ["quot", "string", "cell", "field", "column", "read", "row"]
    return case.made(refused("all that follows is one cell", any_of=reasons), "\n".join(lines))


@mutation(*TEXT, most=14)
def header_between_rows(case: Case) -> Made:
    """Files were put one below the other, each with its header."""
    row = case.row()
    case.rows.insert(row - 1, case.header)
    return case.made(refused("names where values should be", any_of=["header", *case.header], row=row))


@mutation(HOUSING, WEATHER, HOMES, JOBS, LOADS, most=15)
def total_below(case: Case) -> Made:
    """A total stands below the table."""
    word = case.turn(["Total", "Sum", "(900 rows)"])
    case.rows.append([word, *[""] * (len(case.header) - 1)])
    return case.made(refused("no row as the others", row=len(case.rows)))


@mutation(*TEXT, most=21)
def preamble(case: Case) -> Made:
    """Something stands above the header."""
    above = case.turn(["# exported by a user\n", "Report of sales\n\n", "sep=,\n"])
    reasons = ["column", "header", "separator", "cell", "field", *case.header]
    return case.made(refused("the first line is not the header", any_of=reasons), above + case.text())


@mutation(*TEXT, WAGES, most=8)
def no_header(case: Case) -> Made:
    """The header is gone."""
    _, rest = case.text().split("\n", 1)
    return case.made(refused("no column has its name", any_of=["header", *case.header]), rest)


@mutation(*TEXT, most=14)
def shuffled_rows(case: Case) -> Made:
    """The rows are in another order."""
    case.rows = [case.rows[place] for place in case.random.permutation(len(case.rows))]
    return case.made(accepted("the order of rows is nothing"))


@mutation(*TEXT, most=7)
def more_rows(case: Case) -> Made:
    """A tenth of the rows is there again."""
    places = case.random.choice(len(case.rows), len(case.rows) // 10, replace=False)
    case.rows.extend([case.rows[place] for place in places])
    return case.made(accepted("rows may be alike, as long as they stay on one side of the split"))


@mutation(*TEXT, most=7)
def half_of_the_rows(case: Case) -> Made:
    """Half of the rows are gone."""
    places = case.random.choice(len(case.rows), len(case.rows) // 2, replace=False)
    case.rows = [case.rows[place] for place in sorted(places)]
    return case.made(accepted("a table may shrink; that it did is worth a notice"))


# Text files.


@mutation(*TEXT, most=28)
def empty_file(case: Case) -> Made:
    """There is nothing in the file."""
    content = case.turn(["", "\n", "\n\n\n", " \n"])
    return case.made(refused("there is no table", any_of=["empty", "column", "row", "header"]), content)


@mutation(*TEXT, WAGES, PENGUIN, most=18)
def header_only(case: Case) -> Made:
    """There is a header and no row."""
    case.rows = []
    content = case.text().rstrip("\n") + case.turn(["\n", "\n\n\n"])
    return case.made(refused("there is no row", any_of=["row", "empty"]), content)


@mutation(*TEXT, most=21)
def other_separator(case: Case) -> Made:
    """Cells are separated by something else."""
    separators = [mark for mark in (";", "\t", "|", ",") if mark != case.base.form.separator]
    reasons = ["separator", "delimiter", "column", "cell", "field", *case.header]
    content = case.text(separator=case.turn(separators))
    return case.made(refused("the header is one cell", any_of=reasons), content)


@mutation(PENGUIN, most=1)
def commas_for_semicolons(case: Case) -> Made:
    """As above, where the contract says semicolon."""
    reasons = ["separator", "delimiter", "column", "cell", "field", *case.header]
    return case.made(refused("the header is one cell", any_of=reasons), case.text(separator=","))


ENCODING = ("utf-8", "utf8", "encod", "decod")


@mutation(CREDIT, HOMES, JOBS, CHILE, LOADS, most=25)
def wrong_encoding(case: Case) -> Made:
    """A cell is of another encoding."""
    name, row = case.column(["category"], distinct=3), case.row()
    case.put(name, row, case.pick(["Café", "Zürich", "São Paulo", "Malmö"]))
    return case.made(refused("bytes that are no UTF-8", any_of=ENCODING, row=row), case.text().encode("latin-1"))


@mutation(*TEXT, most=7)
def wrong_encoding_in_the_header(case: Case) -> Made:
    """A name is of another encoding."""
    name = case.column()
    case.header[case.header.index(name)] = f"{name}é"
    return case.made(refused("bytes that are no UTF-8", any_of=ENCODING), case.text().encode("latin-1"))


@mutation(*TEXT, most=14)
def two_bytes_a_letter(case: Case) -> Made:
    """The file is of UTF-16, as Excel writes Unicode text."""
    reasons = [*ENCODING, "nul", "column"]
    content = case.text().encode(case.turn(["utf-16", "utf-16-le"]))
    return case.made(refused("bytes that are no UTF-8", any_of=reasons), content)


@mutation(*TEXT, most=21)
def nul_bytes(case: Case) -> Made:
    """In a cell there is a byte that is zero."""
    name, row = case.column(full=True), case.row()
    cell = case.rows[row - 1][case.header.index(name)]
    case.put(name, row, case.pick([f"{cell}\0", f"\0{cell}", f"{cell[:1]}\0{cell[1:]}"]))
    reasons = ["nul", "\\x00", "\\u0000", "zero byte", "binary", name]
    return case.made(refused("no text has such a byte", any_of=reasons, row=row))


def _zip(case: Case) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(zipfile.ZipInfo("xl/workbook.xml"), "<workbook/>")
        archive.writestr(zipfile.ZipInfo("table.csv"), case.text())
    return buffer.getvalue()


NO_TABLES: dict[str, Callable[[Case], bytes]] = {
    "pdf": lambda case: (
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" + case.random.bytes(400)
    ),
    "html": lambda _: (
        b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head>\n<body>Please, sign in</body></html>\n"
    ),
    "png": lambda case: b"\x89PNG\r\n\x1a\n" + case.random.bytes(600),
    "zip": _zip,
    "json": lambda case: json.dumps([dict(zip(case.header, cells, strict=True)) for cells in case.rows[:20]]).encode(),
    "noise": lambda case: case.random.bytes(2000),
    "prose": lambda _: b"Dear colleague,\n\nthe table follows tomorrow, I hope.\n\nBest wishes\n",
    "pointer": lambda case: f"version https://git-lfs.github.com/spec/v1\nsize {case.random.integers(9999)}\n".encode(),
}


@mutation(*TEXT, most=8 * len(TEXT))
def no_table(case: Case) -> Made:
    """It is something else, with the name of a table."""
    what, content = case.turn([*NO_TABLES.items()])
    return case.made(refused(f"{what} is no table"), content(case))


@mutation(*TEXT, most=7)
def compressed_in_secret(case: Case) -> Made:
    """It is compressed, and its name does not say so."""
    reasons = [*ENCODING, "compress", "gzip", "nul", "column", "read"]
    return case.made(refused("no text", any_of=reasons), gzip.compress(case.text().encode(), mtime=0))


COMPRESSION = ("gzip", "compress", "gz", "truncated", "damaged", "end-of-stream", "corrupt")


@mutation(WAGES, most=14)
def cut_off_gzip(case: Case) -> Made:
    """The end of a compressed file is missing."""
    length = len(case.base.content)
    content = case.base.content[: int(case.random.integers(length // 10, length - 8))]
    return case.made(refused("the file is not whole", any_of=COMPRESSION), content)


@mutation(WAGES, most=8)
def damaged_gzip(case: Case) -> Made:
    """Some bytes of a compressed file are others."""
    content = bytearray(case.base.content)
    start = int(case.random.integers(len(content) // 4, len(content) // 2))
    content[start : start + 16] = case.random.bytes(16)
    return case.made(refused("the file is damaged", any_of=[*COMPRESSION, "invalid", "crc"]), bytes(content))


@mutation(WAGES, most=1)
def plain_gzip(case: Case) -> Made:
    """It is not compressed, and its name says so."""
    return case.made(refused("not compressed", any_of=COMPRESSION), case.text().encode())


@mutation(*TEXT, PENGUIN, most=8)
def carriage_returns(case: Case) -> Made:
    """Lines end as in Windows."""
    return case.made(accepted("how lines end is nothing"), case.text(ending="\r\n"))


@mutation(*TEXT, most=7)
def byte_order_mark(case: Case) -> Made:
    """The file begins as Excel lets it."""
    return case.made(accepted("UTF-8 may begin with a mark"), codecs.BOM_UTF8 + case.text().encode())


@mutation(*TEXT, PENGUIN, most=8)
def all_quoted(case: Case) -> Made:
    """Every cell is quoted, numbers too; what is missing stays missing."""
    return case.made(accepted("quotes are nothing"), case.text(quoting=csv.QUOTE_ALL))


@mutation(*TEXT, most=14)
def blank_lines_below(case: Case) -> Made:
    """There are empty lines at the end, or not even the end of a line."""
    return case.made(accepted("no row is there"), case.text().rstrip("\n") + case.turn(["\n\n\n", ""]))


@mutation(CREDIT, WEATHER, HOMES, JOBS, CHILE, LOADS, most=12)
def exponents(case: Case) -> Made:
    """Numbers are written with an exponent."""
    name = _fractions(case)
    case.spoil(name, lambda cell: f"{float(cell):.17e}" if "." in cell else cell)
    return case.made(accepted("the same numbers, written in another way"))


# Parquet files.


@mutation(*BINARY, most=24)
def parquet_missing_column(case: Case) -> Made:
    """A column was dropped."""
    name = case.column()
    return case.parquet(case.arrow().drop_columns([name]), refused("a column of the contract is absent", name))


@mutation(*BINARY, most=3)
def parquet_missing_target(case: Case) -> Made:
    """The target was dropped."""
    return case.parquet(
        case.arrow().drop_columns([case.base.target]), refused("the target is absent", case.base.target)
    )


@mutation(*BINARY, most=12)
def parquet_renamed_by_case(case: Case) -> Made:
    """A column got other letters."""
    name = case.column()
    names = [other.swapcase() if other == name else other for other in case.arrow().column_names]
    return case.parquet(case.arrow().rename_columns(names), refused("a column of the contract is absent", name))


@mutation(*BINARY, most=9)
def parquet_extra_column(case: Case) -> Made:
    """There is one more column."""
    table = case.arrow().append_column("remark", pa.array([str(case.number)] * len(case.base.frame)))
    return case.parquet(table, accepted("a column that the contract does not have is ignored", "remark"))


@mutation(*BINARY, most=9)
def parquet_extra_nested_column(case: Case) -> Made:
    """There is one more column, of lists."""
    table = case.arrow().append_column("history", pa.array([[case.number, 2]] * len(case.base.frame)))
    return case.parquet(table, accepted("a column that the contract does not have is ignored", "history"))


@mutation(*BINARY, most=9)
def parquet_shuffled_columns(case: Case) -> Made:
    """The columns are in another order."""
    names = case.arrow().column_names
    order = [names[place] for place in case.random.permutation(len(names))]
    return case.parquet(case.arrow().select(order), accepted("the order of columns is nothing"))


@mutation(*BINARY, most=12)
def parquet_duplicate_names(case: Case) -> Made:
    """A name stands over two columns."""
    name = case.column()
    table = case.arrow().append_column(name, case.arrow().column(name))
    return case.parquet(table, refused("which of the two is meant cannot be known", name))


@mutation(*BINARY, most=24)
def parquet_words(case: Case) -> Made:
    """A column of numbers is one of text, and in some row a word."""
    name, row = case.column(NUMBERS), case.row()
    texts = case.frame()[name].astype("str")
    texts.iloc[row - 1] = "lots"
    return case.parquet(case.replaced(name, pa.array(texts.tolist())), refused("text where numbers should be", name))


@mutation(ROOMS, most=3)
def parquet_words_in_dates(case: Case) -> Made:
    """A column of dates is one of text, and in some row a word."""
    texts = case.frame()["arrival_date"].dt.strftime("%Y-%m-%d")
    texts.iloc[case.row() - 1] = "soon"
    column = pa.array(texts.tolist())
    return case.parquet(case.replaced("arrival_date", column), refused("text where dates should be", "arrival_date"))


@mutation(*BINARY, most=24)
def parquet_nulls(case: Case) -> Made:
    """Values are missing in a column that has all."""
    name, row = case.column(full=True), case.row()
    frame = case.frame()
    values = pa.array(frame[name], from_pandas=True).to_pylist()
    last = case.pick([row, row + 3, len(values)])
    values[row - 1 : last] = [None] * (last - row + 1)
    column = pa.array(values, type=case.arrow().column(name).type)
    return case.parquet(case.replaced(name, column), refused("it may not be missing", name, row=row))


@mutation(*BINARY, most=12)
def parquet_column_of_nothing(case: Case) -> Made:
    """A column has no value, and so no type."""
    name = case.column(full=True)
    column = pa.nulls(len(case.base.frame))
    return case.parquet(case.replaced(name, column), refused("it may not be missing", name))


@mutation(*BINARY, most=18)
def parquet_infinities(case: Case) -> Made:
    """A number is infinite."""
    name, row = case.column(NUMBERS), case.row()
    values = case.frame()[name].astype("float64")
    values.iloc[row - 1] = case.pick([np.inf, -np.inf])
    return case.parquet(case.replaced(name, pa.array(values)), refused("no finite number", name, row=row))


@mutation(*BINARY, most=18)
def parquet_lists(case: Case) -> Made:
    """A column has lists."""
    name = case.column()
    values = pa.array(case.frame()[name].astype("str")).to_pylist()
    column = pa.array([[value] * case.pick([1, 2]) for value in values])
    return case.parquet(case.replaced(name, column), refused("lists are no values", name))


@mutation(*BINARY, most=18)
def parquet_structs(case: Case) -> Made:
    """A column has columns."""
    name = case.column()
    values = pa.array(case.frame()[name].astype("str")).to_pylist()
    column = pa.array([{"value": value, "unit": "cm"} for value in values])
    return case.parquet(case.replaced(name, column), refused("columns are no values", name))


@mutation(*BINARY, most=9)
def parquet_bytes(case: Case) -> Made:
    """A column has bytes."""
    name = case.column()
    column = pa.array([value.encode("utf-16") for value in case.frame()[name].astype("str")])
    return case.parquet(case.replaced(name, column), refused("bytes are neither text nor numbers", name))


@mutation(*BINARY, most=9)
def parquet_durations(case: Case) -> Made:
    """A column of numbers has durations."""
    name = case.column(NUMBERS)
    seconds = case.frame()[name].astype("float64").round().astype("int64")
    column = pa.array(seconds.tolist(), type=pa.duration("s"))
    return case.parquet(case.replaced(name, column), accepted("durations are numbers of seconds"))


@mutation(*BINARY, most=3)
def parquet_target_gone(case: Case) -> Made:
    """No row has a target."""
    column = pa.nulls(len(case.base.frame), pa.float64())
    return case.parquet(case.replaced(case.base.target, column), refused("no row has a target", case.base.target))


@mutation(*BINARY, most=6)
def parquet_constant_target(case: Case) -> Made:
    """The target is the same in all rows."""
    frame = case.frame()
    frame[case.base.target] = float(case.random.integers(1, 1000))
    return case.parquet(frame, refused("there is nothing to learn", case.base.target))


@mutation(*BINARY, most=12)
def parquet_too_few_rows(case: Case) -> Made:
    """There are hardly any rows."""
    few = case.arrow().slice(case.row() - 6, case.turn([1, 2, 3, 5]))
    return case.parquet(few, refused("too few to learn from, and to test on", any_of=["row", "few"]))


@mutation(*BINARY, most=3)
def parquet_no_rows(case: Case) -> Made:
    """There is a schema and no row."""
    return case.parquet(case.arrow().slice(0, 0), refused("there is no row", any_of=["row", "empty"]))


@mutation(*BINARY, most=12)
def cut_off_parquet(case: Case) -> Made:
    """The end of the file is missing."""
    content = case.base.content
    content = content[: int(case.random.integers(4, len(content) - 8))]
    return case.made(refused("the file is not whole", any_of=["parquet", "read", "magic"]), content)


@mutation(*BINARY, most=3)
def text_named_parquet(case: Case) -> Made:
    """It is text."""
    return case.made(refused("no Parquet", any_of=["parquet"]), case.frame().to_csv(index=False).encode())


@mutation(*BINARY, most=3)
def nothing_named_parquet(case: Case) -> Made:
    """There is nothing in the file."""
    return case.made(refused("no Parquet", any_of=["parquet", "empty"]), b"")


@mutation(DIAMONDS, ROOMS, TRAINEES, most=9)
def parquet_new_category(case: Case) -> Made:
    """There is a category that was not there."""
    name, row = case.column(["category"], distinct=3), case.row()
    texts = case.frame()[name].astype("str")
    texts.iloc[row - 1] = "somewhere else"
    return case.parquet(
        case.replaced(name, pa.array(texts.tolist())), accepted("a new category, since the contract lists none")
    )


@mutation(*BINARY, most=9)
def parquet_decimals(case: Case) -> Made:
    """A column of numbers has decimals, as databases give them."""
    name = case.column(NUMBERS)
    values = case.frame()[name].astype("float64")
    column = pa.array([decimal.Decimal(f"{value:.6f}") for value in values], type=pa.decimal128(18, 6))
    return case.parquet(case.replaced(name, column), accepted("decimals are numbers"))


@mutation(*BINARY, most=9)
def parquet_narrow_numbers(case: Case) -> Made:
    """Numbers take fewer bytes."""
    frame = case.frame()
    names = case.columns(["integer"]) if case.number % 2 else case.columns(["float"])
    frame = frame.astype(dict.fromkeys(names or case.columns(["integer"]), "int32" if case.number % 2 else "float32"))
    return case.parquet(frame, accepted("the same numbers"), row_group_size=100 + case.number)


@mutation(*BINARY, most=12)
def parquet_inside(case: Case) -> Made:
    """The same table, otherwise compressed and in more groups of rows."""
    how = case.turn(["zstd", "gzip", "brotli", "none"])
    table = case.arrow()
    return case.parquet(table, accepted("how Parquet keeps it is nothing"), compression=how, row_group_size=97)


@mutation(*BINARY, most=3)
def parquet_index(case: Case) -> Made:
    """The numbers of rows were kept."""
    frame = case.frame().set_index(pd.Index([*range(7, 7 + len(case.base.frame))], name="row_id"))
    return case.parquet(pa.Table.from_pandas(frame), accepted("a column that the contract does not have is ignored"))


@mutation(ROOMS, most=3)
def parquet_other_unit_of_time(case: Case) -> Made:
    """Times are kept in another unit, or as days."""
    kind = case.turn([pa.timestamp("ms"), pa.timestamp("ns"), pa.date32()])
    column = case.arrow().column("arrival_date").cast(kind)
    return case.parquet(case.replaced("arrival_date", column), accepted("the same days"))


@mutation(DIAMONDS, most=2)
def parquet_plain_text(case: Case) -> Made:
    """Categories are text, which were dictionaries."""
    kind = case.turn([pa.string(), pa.large_string()])
    return case.parquet(case.replaced("cut", case.arrow().column("cut").cast(kind)), accepted("the same categories"))


# Late in a large file.


@mutation(DELAYS, most=2)
def late_words(case: Case) -> Made:
    """Far down in a column of numbers there are words."""
    name = case.turn(["distance", "dep_delay"])
    row = case.spoil(name, lambda _: "cancelled", after=MANY)
    return case.made(refused("a word is no number", name, row=row))


@mutation(DELAYS, most=1)
def late_nulls(case: Case) -> Made:
    """Far down a cell is empty."""
    row = case.row(after=MANY)
    case.put("origin", row, "")
    return case.made(refused("it may not be missing", "origin", row=row))


@mutation(DELAYS, most=1)
def late_infinity(case: Case) -> Made:
    """Far down there is a number without bounds."""
    row = case.row(after=MANY)
    case.put("distance", row, "1e400")
    return case.made(refused("no number that can be held", "distance", row=row))


@mutation(DELAYS, most=1)
def late_dates(case: Case) -> Made:
    """Far down dates are written in another way."""
    row = case.row(after=MANY)
    for number in range(row, len(case.rows) + 1):
        time = pd.Timestamp(case.rows[number - 1][case.header.index("time_hour")])
        case.put("time_hour", number, time.strftime("%d.%m.%Y %H:%M"))
    return case.made(refused("not the way in which the times of the contract are written", "time_hour", row=row))


@mutation(DELAYS, most=1)
def late_booleans(case: Case) -> Made:
    """Far down numbers are true or false."""
    row = case.spoil("month", lambda _: "TRUE", after=MANY)
    return case.made(refused("true is no number", "month", row=row))


@mutation(DELAYS, most=1)
def late_decimal_commas(case: Case) -> Made:
    """Far down numbers have commas."""
    row = case.spoil("dep_delay", lambda cell: cell.replace(".", ","), after=MANY)
    return case.made(refused("a number with a decimal comma among others with a point", "dep_delay", row=row))


@mutation(DELAYS, most=1)
def late_cells(case: Case) -> Made:
    """Far down a row has more cells."""
    row = case.row(after=MANY)
    case.rows[row - 1] = [*case.rows[row - 1], "1"]
    return case.made(
        refused("its cells cannot be matched to columns", any_of=["cell", "field", "column", "value"], row=row)
    )


@mutation(DELAYS, most=1)
def late_encoding(case: Case) -> Made:
    """Far down a cell is of another encoding."""
    row = case.row(after=MANY)
    case.put("carrier", row, "É")
    return case.made(refused("bytes that are no UTF-8", any_of=ENCODING, row=row), case.text().encode("latin-1"))


@mutation(DELAYS, most=1)
def late_category(case: Case) -> Made:
    """Far down there is a new category."""
    case.spoil("carrier", lambda _: "77", after=MANY)
    return case.made(accepted("a new category, since the contract lists none"))
