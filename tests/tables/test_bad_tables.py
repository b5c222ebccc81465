"""The bad tables are bad, the others are not, and each says rightly why: a judge without libraries finds the same."""

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bad import MUTATIONS, BadTable, bad_tables
from good import BASES, DELAYS, Base, Made, Outcome, accepted, refused

NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
SEED = 1


class RefusedError(Exception):
    """A table is bad."""

    def __init__(self, why: str, row: int | None = None) -> None:
        """Say why, and which row is the first bad one, if there is one."""
        super().__init__(f"row {row}: {why}" if row else why)
        self.row = row


def judge(base: Base, made: Made) -> None:
    """Refuse a table, cell by cell, as the contract of its base would.

    Raises:
        RefusedError: it is bad.
    """
    (judge_parquet if base.form.parquet else judge_text)(base, made.content)


def judge_text(base: Base, content: bytes) -> None:
    if base.form.suffix.endswith(".gz"):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise RefusedError(f"damaged gzip: {error}") from error
    try:
        text = content.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise RefusedError("encoding is not UTF-8", content[: error.start].count(b"\n") or None) from error
    if "\0" in text:
        raise RefusedError("NUL, a binary byte", text[: text.index("\0")].count("\n") or None)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=base.form.separator, strict=True)
    try:
        header = next(lines, [])
        header = [name.strip() for name in header]
        names(base, header)
        rows = [row for row in lines if row]
    except csv.Error as error:
        raise RefusedError(f"unclosed quote, or no table: {error}") from error
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise RefusedError(f"{len(row)} cells", number)
        for name, cell in zip(header, row, strict=True):
            if name in base.kinds:
                value(base, name, cell, number)
    place = header.index(base.target)
    learnable(base, [row[place] for row in rows])


def names(base: Base, header: list[str]) -> None:
    for name in base.kinds:
        if name not in header:
            raise RefusedError(f"the header has no column {name}; the file is empty, or its separator is another")
        if header.count(name) > 1:
            raise RefusedError(f"{name} is twice in the header")


def value(base: Base, name: str, cell: str, row: int) -> None:
    kind = base.kinds[name]
    if cell in ("", base.form.missing):
        if not base.frame[name].isna().any() and name != base.target:
            raise RefusedError(f"{name} is missing", row)
    elif kind in ("integer", "float"):
        plain = cell.replace(base.form.decimal, ".")
        # What is so large that it has become text in the file of another program is no number either.
        if not NUMBER.fullmatch(plain) or ("." in cell and base.form.decimal != "."):
            raise RefusedError(f"{name} is no number", row)
        if not np.isfinite(float(plain)):
            raise RefusedError(f"{name} is no number that can be held", row)
    elif kind == "boolean":
        if cell not in ("True", "False"):
            raise RefusedError(f"{name} is neither True nor False", row)
    elif kind == "date" or name == "time_hour":
        try:
            assert re.match(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?$", cell)
            date.fromisoformat(cell[:10])
        except (AssertionError, ValueError) as error:
            raise RefusedError(f"{name} is no date", row) from error


def learnable(base: Base, answers: list[str]) -> None:
    known = [answer for answer in answers if answer not in ("", base.form.missing)]
    if answers and not known:
        raise RefusedError(f"{base.target}, the target, is missing in all rows")
    if len(answers) < 20:
        raise RefusedError(f"{len(answers)} rows are too few; it is empty")
    if len(set(known)) < 2:
        raise RefusedError(f"{base.target}, the target, is always {known[0]}")


def judge_parquet(base: Base, content: bytes) -> None:
    try:
        table = pq.read_table(io.BytesIO(content))
    except (pa.ArrowInvalid, OSError) as error:
        raise RefusedError(f"cannot be read as Parquet: {error}") from error
    names(base, table.column_names)
    for name, kind in base.kinds.items():
        column = table.column(name)
        what = column.type
        if pa.types.is_null(what) and name != base.target:
            raise RefusedError(f"{name} is missing")
        right = {
            "integer": is_number(what),
            "float": is_number(what),
            "boolean": pa.types.is_boolean(what),
            "date": pa.types.is_temporal(what) and not pa.types.is_duration(what),
            "category": pa.types.is_dictionary(what) or pa.types.is_string(what) or pa.types.is_large_string(what),
        }[kind]
        if not right:
            raise RefusedError(f"{name} is of type {what}")
        for row, cell in enumerate(column.to_pylist(), 1):
            if cell is None and name != base.target:
                raise RefusedError(f"{name} is missing", row)
            if isinstance(cell, float) and not np.isfinite(cell):
                raise RefusedError(f"{name} is not finite", row)
    learnable(base, ["" if answer is None else str(answer) for answer in table.column(base.target).to_pylist()])


def is_number(what: object) -> bool:
    kinds = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_duration)
    return any(kind(what) for kind in kinds)


def everything() -> Iterator[BadTable]:
    return bad_tables(1000, SEED)


@pytest.mark.parametrize("base", BASES, ids=lambda base: base.name)
def test_a_good_table_is_good(base: Base) -> None:
    judge(base, Made(base.file, base.content, accepted("")))
    assert base.target in base.kinds
    assert not base.frame[base.target].isna().any()
    assert len(base.frame) == base.rows


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_mutation_does_what_it_says(mutation: object) -> None:
    tables = [bad for bad in everything() if bad.mutation is mutation]
    assert tables
    for bad in tables:
        made = bad.make()
        assert made.file == bad.base.file
        assert made.content != bad.base.content, bad.name
        if made.outcome.accepted:
            judge(bad.base, made)
            continue
        with pytest.raises(RefusedError) as refusal:
            judge(bad.base, made)
        if bad.mutation.name != "no_table":  # what has no rows has no bad row, although a byte is in some line
            assert made.outcome.row == refusal.value.row, bad.name
        assert made.outcome.unmet(str(refusal.value)) == [], bad.name


def test_a_thousand_are_all_different_and_the_same_each_time() -> None:
    def digest(bad: BadTable) -> str:
        return hashlib.sha256(bad.base.name.encode() + bad.make().content).hexdigest()

    first = {bad.name: digest(bad) for bad in everything()}
    assert len({*first.values()}) == 1000
    assert all(first[bad.name] == digest(bad) for bad in everything() if not bad.large)
    assert len({bad.name for bad in everything()}) == 1000
    assert {bad.mutation.name for bad in everything()} == {mutation.name for mutation in MUTATIONS}
    assert {bad.base.name for bad in everything()} == {base.name for base in BASES}


def test_another_seed_gives_others() -> None:
    some = [bad for bad in everything() if bad.mutation.name == "words_in_numbers"]
    others = [bad for bad in bad_tables(1000, SEED + 1) if bad.mutation.name == "words_in_numbers"]
    assert [bad.name for bad in some] == [bad.name for bad in others]
    assert [bad.make().outcome.row for bad in some] != [bad.make().outcome.row for bad in others]


def test_most_are_refused_and_many_of_them_with_a_row() -> None:
    outcomes = [bad.make().outcome for bad in everything() if not bad.large]
    assert 0.1 < sum(outcome.accepted for outcome in outcomes) / len(outcomes) < 0.35
    assert sum(outcome.row is not None for outcome in outcomes) > 250
    assert all(outcome.why for outcome in outcomes)
    assert sum(bad.large for bad in everything()) == sum(
        mutation.most for mutation in MUTATIONS if mutation.bases == (DELAYS,)
    )


def test_what_is_said_is_compared_with_what_has_to_be() -> None:
    outcome = refused("", "Age", "sib sp", any_of=["number", "numeric"], row=1042)
    assert outcome.unmet("Age, sib sp: row 1,042 is no Number") == []
    assert outcome.unmet("Age and sib sp from row 1042 on are not numeric") == []
    assert outcome.unmet("age, sib sp: row 1042 is no number") == ["Age"]
    assert outcome.unmet("Ages, sib sp: row 1042 is no number") == ["Age"]
    assert outcome.unmet("Age, sib sp: row 1042 is text") == ["one of number, numeric"]
    assert outcome.unmet("Age, sib sp: row 11042 is no number") == ["row 1042"]
    assert outcome.unmet("Age, sib sp: row 10421 is no number") == ["row 1042"]
    assert Outcome(accepted=True, why="").unmet("") == []
