"""Infer a data contract from a table, and report what looks wrong in it.

A suspect is something that a person should look at. Without a committed contract, severe suspects stop training: those
that would make a model look better than it is, or that give a column the wrong type or role.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from .cells import NUMBER, convert, dates, plain_numbers, trimmed
from .contract import Column, Contract, FileFormat, Type
from .errors import DataError
from .problem import TARGET_TYPE, target_suspects

MARKS = ("NA", "N/A", "n/a", "#N/A", "NaN", "nan", "NULL", "null", "None", "none", "?", "-", "--", ".", "..", "missing")
"""Words that mean a missing value if all other cells of a column are numbers or dates."""

SIGNS = ("$", "€", "£", "%", " ", "'", ",", ".")
"""Characters that people write into numbers."""

DATE_FORMATS = (
    "",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%H:%M",
    "%H:%M:%S",
    "%b %d %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%B %d, %Y",
)
"""Date formats that are tried; the empty one is ISO 8601."""

DATES = "holds dates; features.py makes numbers of their parts. To train on the past and test on later rows, role time"

LEADING_ZERO = r"^0\d+$"
THOUSANDS = {
    ".": (",", r"^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$"),
    ",": (".", r"^[+-]?\d{1,3}(\.\d{3})+(,\d+)?$"),
}
"""Decimal mark → the thousands separator, and the pattern of a number with both."""
MOSTLY = 0.9
"""If at least this share of the cells are numbers, or dates, the others are mistakes, not categories."""

NEARLY_UNIQUE = 0.95
NUMBERED = 200
"""This many rows, each with a different integer, suggest an id."""

WORDS_OF_TEXT = 4.0
"""Free text has at least this many words on average, and rarely repeats."""


@dataclass(frozen=True)
class Suspect:
    """Something in a column that a person should look at; a severe one stops training without a contract."""

    column: str
    said: str
    severe: bool = False

    def __str__(self) -> str:
        return f"{self.column}: {self.said}"


@dataclass(frozen=True)
class Inferred:
    """An inferred contract, a summary of each column, and what looks wrong."""

    contract: Contract
    remarks: dict[str, str]
    suspects: list[Suspect]


@dataclass(frozen=True)
class Guess:
    """The inferred contract of one column."""

    column: Column
    suspects: tuple[Suspect, ...] = ()


def infer(table: pd.DataFrame, target: str, ignored: Collection[str], form: FileFormat) -> Inferred:
    """Infer the contract of a table.

    Args:
        table: as `tables.read` returns it.
        target: name of the column to predict.
        ignored: names of columns that are not features.
        form: format of the file.

    Raises:
        DataError: the table has no such target, or no feature.
    """
    if target not in table:
        raise DataError(
            f"there is no column {target!r}; set target in config.toml to one of: {', '.join(map(str, table.columns))}"
        )
    guesses = {str(name): _guess(table[name], form.decimal) for name in table}
    marks = sorted({mark for guess in guesses.values() for mark in guess.column.missing})
    suspects: list[Suspect] = []
    if marks:  # a word for missing numbers counts in other columns, too, but in the target it may be a class
        form = form.model_copy(update={"missing": tuple(marks)})
        suspects = [_gaps(mark, [name for name in guesses if mark in guesses[name].column.missing]) for mark in marks]
        guesses = {
            name: guess if name == target else _guess(table[name], form.decimal, form.missing)
            for name, guess in guesses.items()
        }
    columns: dict[str, Column] = {}
    for name, guess in guesses.items():
        if name == target:
            columns[name] = Column(role="target", type=TARGET_TYPE, missing=_target_marks(guess))
        elif name in ignored:
            columns[name] = guess.column.model_copy(update={"role": "ignored"})
        else:
            columns[name] = guess.column
            suspects += guess.suspects
    contract = _contract(FileFormat.model_validate(form), columns)
    labels = convert(table[target], contract.kept[target], form.decimal).values
    suspects += [Suspect(target, said, severe) for said, severe in target_suspects(table[target], labels)]
    suspects += _copies(table, contract, labels)
    specs = {name: contract.kept.get(name, spec) for name, spec in contract.columns.items()}
    typed = {name: convert(table[name], spec, form.decimal).values for name, spec in specs.items()}
    return Inferred(contract, {name: remark(column) for name, column in typed.items()}, suspects)


def _gaps(mark: str, names: list[str]) -> Suspect:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return Suspect(", ".join(names[:3]) + more, f"{mark!r} is read as a missing value, here and in the other features")


def _contract(form: FileFormat, columns: dict[str, Column]) -> Contract:
    if not any(column.role == "feature" for column in columns.values()):
        raise DataError("there is no feature column: no column but the target has values that differ and repeat")
    return Contract(file=form, columns=columns)


def _target_marks(guess: Guess) -> tuple[str, ...]:
    return guess.column.missing if TARGET_TYPE == "number" else ()


def remark(column: pd.Series) -> str:
    """Summarize a typed column in a few words."""
    present = column.dropna()
    gaps = f", {len(column) - len(present)} of {len(column)} missing" if len(present) < len(column) else ""
    if not len(present):
        return "empty"
    if pd.api.types.is_numeric_dtype(present):
        return f"{present.min():g} to {present.max():g}{gaps}"
    if pd.api.types.is_datetime64_dtype(present):
        return f"{present.min()} to {present.max()}{gaps}"
    counts = present.value_counts()
    some = ", ".join(repr(value[:20]) for value in counts.index[:3])
    return f"{len(counts)} different: {some}{' …' if len(counts) > 3 else ''}{gaps}"


def _guess(column: pd.Series, decimal: str, missing: tuple[str, ...] = ()) -> Guess:
    name, optional = str(column.name), bool(column.isna().any())
    if isinstance(column.dtype, pd.StringDtype):
        return _guess_texts(name, column, decimal, missing)
    kind: Type = "category"
    if pd.api.types.is_bool_dtype(column):
        kind = "boolean"
    elif pd.api.types.is_numeric_dtype(column):
        kind = "number"
    elif pd.api.types.is_datetime64_any_dtype(column):
        kind = "datetime"
    elif column.dtype == object:
        return _guess_texts(
            name, column.map(lambda cell: cell if pd.isna(cell) else str(cell)).astype("str"), decimal, missing
        )
    return _worth(name, column, Column(type=kind, optional=optional))


def _guess_texts(name: str, column: pd.Series, decimal: str, missing: tuple[str, ...]) -> Guess:
    cells = trimmed(column, missing)
    counts = pd.Series(cells.to_pandas(), dtype="str").value_counts()
    distinct = pa.array(counts.index, pa.string())
    if not len(distinct):
        return Guess(Column(role="ignored", type="category"), (Suspect(name, "is empty; it is ignored"),))
    optional = cells.null_count > 0
    number = partial(_spells_number, decimal=decimal)
    words = [value for value, good in zip(counts.index, number(distinct), strict=True) if not good]
    if not words and pc.any(pc.match_substring_regex(distinct, LEADING_ZERO)).as_py():
        said = Suspect(name, "holds digits that begin with 0, so it is read as a category and not as a number")
        return _worth(name, column, Column(type="category", optional=optional), said)
    if all(word in MARKS for word in words) and len(words) < len(counts):
        spec = Column(type="number", optional=optional or bool(words), missing=tuple(words))
        return _worth(name, column, spec)
    for guess in (_written_numbers, _truths, _dates):
        found = guess(name, distinct, words, optional, decimal)
        if found:
            return _worth(name, column, found.column, *found.suspects)
    share = 1 - counts[words].sum() / counts.sum()
    if share >= MOSTLY:
        return Guess(Column(type="category", optional=optional), (_mistake(name, column, words[0], share, "numbers"),))
    return _categories(name, column, counts, optional)


def _categories(name: str, column: pd.Series, counts: pd.Series, optional: bool) -> Guess:
    words = np.mean([len(str(text).split()) for text in counts.index])
    different = len(counts) / counts.sum()
    if words >= WORDS_OF_TEXT and different > 0.5:
        return _worth(name, column, Column(type="text", optional=optional))
    marks = [mark for mark in MARKS if mark in counts.index]
    said = [Suspect(name, f"holds {', '.join(map(repr, marks))}: a category, or a missing value?")] if marks else []
    if different > NEARLY_UNIQUE and counts.sum() >= 50:
        said += [Suspect(name, "has a different value in nearly every row, so it is ignored; is it the id?")]
        return Guess(Column(role="ignored", type="category", optional=optional), tuple(said))
    return _worth(name, column, Column(type="category", optional=optional), *said)


def _spells_number(distinct: pa.Array, decimal: str, remove: tuple[str, ...] = ()) -> list[bool]:
    found: list[bool] = pc.match_substring_regex(plain_numbers(distinct, remove, decimal), NUMBER).to_pylist()
    return found


def _written_numbers(name: str, distinct: pa.Array, words: list[str], optional: bool, decimal: str) -> Guess | None:
    """Guess a column of numbers that are written with a currency, a unit or thousands separators."""
    others = pa.array([word for word in words if word not in MARKS], pa.string())
    used = [sign for sign in SIGNS if pc.any(pc.match_substring(others, sign)).as_py() and sign != decimal]
    if not len(others) or not used:
        return None
    mark, pattern = THOUSANDS[decimal]
    grouped = others.filter(pc.match_substring(others, mark)) if mark in used else others.slice(0, 0)
    plain = plain_numbers(grouped, tuple(sign for sign in used if sign != mark), ".")
    if not all(pc.match_substring_regex(plain, pattern).to_pylist()):
        return None
    if not all(_spells_number(others, decimal, tuple(used))):
        return None
    missing = tuple(word for word in words if word in MARKS)
    said = Suspect(name, f"holds numbers such as {others[0].as_py()!r}; read without {', '.join(map(repr, used))}")
    column = Column(type="number", optional=optional or bool(missing), missing=missing, remove=tuple(used))
    return Guess(column, (said,))


def _truths(name: str, distinct: pa.Array, words: list[str], optional: bool, decimal: str) -> Guess | None:
    lower = {str(value).lower() for value in distinct.to_pylist() if value not in MARKS}
    missing = tuple(word for word in words if word in MARKS)
    return Guess(Column(type="boolean", optional=optional, missing=missing)) if lower == {"true", "false"} else None


def _dates(name: str, distinct: pa.Array, words: list[str], optional: bool, decimal: str) -> Guess | None:
    others = pd.Series([value for value in distinct.to_pylist() if value not in MARKS], dtype=object)
    if not len(others) or others.str.contains(r"\d").mean() < MOSTLY:
        return None
    sample = others.iloc[:: max(1, len(others) // 200)]
    fitting = [form for form in DATE_FORMATS if dates(sample, form).notna().mean() >= MOSTLY]
    shares = {form: dates(others, form).notna().mean() for form in fitting}
    best = [form for form in fitting if shares[form] == max(shares.values())]
    best = [""] if "" in best else best
    if not best:
        return None
    if len(best) > 1:
        said = f"holds dates, but is {others[0]!r} written as {' or '.join(best)}? Set its format in the data contract"
        return Guess(Column(type="category", optional=optional), (Suspect(name, said, severe=True),))
    missing = tuple(word for word in words if word in MARKS)
    column = Column(type="datetime", optional=optional or bool(missing), missing=missing, format=best[0])
    if shares[best[0]] == 1:
        return Guess(column, (Suspect(name, DATES),))
    odd = others[dates(others, best[0]).isna()].iloc[0]
    said = f"holds dates, but also {odd!r}; correct it, or say in the data contract that it means a missing value"
    return Guess(column, (Suspect(name, said, severe=True),))


def _mistake(name: str, column: pd.Series, word: str, share: float, kind: str) -> Suspect:
    row = int(np.flatnonzero(column.str.strip().fillna("").to_numpy() == word)[0]) + 1
    said = (
        f"{share:.2%} of the values are {kind}, but row {row} says {word!r}; correct it, or say in the data contract "
        f"that it means a missing value, or that the column is a category"
    )
    return Suspect(name, said, severe=True)


def _worth(name: str, column: pd.Series, spec: Column, *said: Suspect) -> Guess:
    """Ignore a column that cannot help a model."""
    present = column.dropna()
    if not len(present):
        return Guess(spec.model_copy(update={"role": "ignored"}), (*said, Suspect(name, "is empty; it is ignored")))
    if (present == present.iloc[0]).all() and len(present) == len(column):
        ignored = spec.model_copy(update={"role": "ignored"})
        return Guess(ignored, (*said, Suspect(name, f"is {present.iloc[0]} in every row; it is ignored")))
    if spec.type == "number" and len(column) >= 50 and len(present) == len(column):
        numbers = convert(column, spec).values.to_numpy()
        if np.all(np.diff(numbers) == 1):
            ignored = spec.model_copy(update={"role": "ignored"})
            return Guess(ignored, (*said, Suspect(name, "numbers the rows; it is ignored")))
        if len(numbers) >= NUMBERED and not (numbers % 1).any() and len(np.unique(numbers)) == len(numbers):
            remark = "has a different whole number in every row; if it is the id, give it the role id"
            said = (*said, Suspect(name, remark))
    return Guess(spec, said)


def _copies(table: pd.DataFrame, contract: Contract, labels: pd.Series) -> Iterator[Suspect]:
    """Yield features that repeat the target in other words."""
    for name in contract.names("feature"):
        spec = contract.kept[name]
        values = convert(table[name], spec, contract.file.decimal).values
        both = values.notna() & labels.notna()
        if both.sum() >= 20 and _says_the_same(values[both], labels[both]):
            said = f"says the same as the target {contract.target!r}, which is unknown when predicting"
            yield Suspect(name, f"{said}; give it the role ignored", severe=True)


def _says_the_same(values: pd.Series, labels: pd.Series) -> bool:
    if pd.api.types.is_numeric_dtype(labels):
        if not pd.api.types.is_numeric_dtype(values) or values.nunique() < 3:
            return False
        return abs(float(np.corrcoef(values, labels)[0, 1])) > 1 - 1e-9
    if values.nunique() != labels.nunique():
        return False
    return len(pd.DataFrame({"value": values, "label": labels}).drop_duplicates()) == labels.nunique()
