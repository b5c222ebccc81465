"""The data contract: what each column of a table must look like.

People read, edit and commit it as `data-contract.toml`; `make data-contract` writes the first one. Reading a table,
validation, training and serving all take roles and types from it.
"""

from collections.abc import Mapping
from typing import Any, Literal, Self

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from tomlkit.exceptions import ParseError

from .errors import DataError

Role = Literal["feature", "target", "id", "time", "group", "weight", "ignored"]
Type = Literal["number", "category", "boolean", "datetime", "text"]

SINGLE_ROLES: tuple[Role, ...] = ("target", "id", "time", "group", "weight")

HEADER = """\
The data contract: roles and types of the columns. Edit it, then commit it.
role      feature, target, id, time, group, weight or ignored
type      number, category, boolean, datetime or text (free text, one sentence or more)
optional  whether values may be missing; without it, whether some are missing in the training table
missing   further words that stand for a missing value, such as "?"
values    the only categories allowed; minimum, maximum: the range of a number
format    of a date, as strftime writes it; remove: what is taken out of a number, such as "$"
id, group, time: a row's side of the split follows the id, or the group, or the time; without them, the row's content"""


class Column(BaseModel):
    """The contract of one column."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role = "feature"
    type: Type
    optional: bool | None = Field(default=None, description="None: as in the training table")
    missing: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    format: str = ""
    remove: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _options_fit_the_type(self) -> Self:
        allowed = {"number": {"minimum", "maximum", "remove"}, "category": {"values"}, "datetime": {"format"}}
        given = {name for name in ("minimum", "maximum", "remove", "values", "format") if getattr(self, name)}
        for name in sorted(given - allowed.get(self.type, set())):
            raise ValueError(f"a {self.type} has no {name}")
        if self.role == "weight" and self.type != "number":
            raise ValueError("a weight is a number")
        if self.role == "time" and self.type not in {"datetime", "number"}:
            raise ValueError("a time is a datetime or a number")
        return self


class FileFormat(BaseModel):
    """How a text file is written; Parquet needs no such description."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    separator: str = Field(default=",", min_length=1, max_length=1)
    encoding: str = "utf-8"
    decimal: Literal[".", ","] = "."
    compression: Literal["none", "gzip", "bz2", "xz"] = "none"
    missing: tuple[str, ...] = Field(
        default=(), description="words that stand for a missing value in every column but a class"
    )


class Contract(BaseModel):
    """Roles and types of all columns, and the format of text files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: FileFormat = FileFormat()
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _roles_are_there_once(self) -> Self:
        for role in SINGLE_ROLES:
            names = self.names(role)
            if len(names) > 1:
                raise ValueError(f"only one column has the role {role}, not {', '.join(names)}")
        if not self.names("target"):
            raise ValueError("no column has the role target")
        if not self.names("feature"):
            raise ValueError("no column has the role feature")
        return self

    @property
    def target(self) -> str:
        """Return the name of the column to predict."""
        return self.names("target")[0]

    def names(self, role: Role) -> list[str]:
        """Return the names of the columns with a role, in the order of the contract."""
        return [name for name, column in self.columns.items() if column.role == role]

    def single(self, role: Role) -> str | None:
        """Return the name of the column with a role that at most one column may have, or None."""
        return next(iter(self.names(role)), None)

    @property
    def kept(self) -> dict[str, Column]:
        """Return all columns but the ignored ones, each with the file's words for missing values.

        The target of a classification is an exception, since NA may be a class: only its own words apply to it.
        """
        return {
            name: column
            if column.role == "target" and column.type == "category"
            else column.model_copy(update={"missing": tuple(dict.fromkeys((*self.file.missing, *column.missing)))})
            for name, column in self.columns.items()
            if column.role != "ignored"
        }


def parse(text: str, name: str) -> Contract:
    """Parse a contract.

    Args:
        text: TOML.
        name: name of the file, for messages.

    Raises:
        DataError: the text is not TOML or not a contract; the message lists everything that is wrong.
    """
    try:
        return Contract.model_validate(tomlkit.parse(text).unwrap())
    except ParseError as error:
        raise DataError(f"{name}: {error}") from error
    except ValidationError as error:
        problems = "; ".join(
            ": ".join(filter(None, (".".join(map(str, item["loc"])), item["msg"].removeprefix("Value error, "))))
            for item in error.errors()
        )
        raise DataError(f"{name}: {problems}") from error


def render(contract: Contract, remarks: Mapping[str, str]) -> str:
    """Render a contract as TOML, one line per column.

    Args:
        contract: what to write.
        remarks: column → a summary of its values, for the comment at the end of its line.
    """
    document = tomlkit.document()
    for line in HEADER.splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    document.add("file", _table(contract.file.model_dump(mode="json")))
    columns = tomlkit.table()
    for name, column in contract.columns.items():
        said = column.model_dump(mode="json", exclude_none=True)
        inline = tomlkit.inline_table()
        inline.update({key: value for key, value in said.items() if key in {"role", "type"} or value not in ("", [])})
        columns.add(tomlkit.key(name), inline)
        if name in remarks:
            columns[name].comment(" ".join(remarks[name].split()))
    document.add("columns", columns)
    return tomlkit.dumps(document)


def _table(values: Mapping[str, Any]) -> tomlkit.items.Table:
    table = tomlkit.table()
    table.update(values)
    return table
