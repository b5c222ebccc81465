"""Which side of the split a row is on: it is trained on, or held out to test the model.

A row keeps its side for good, whatever is added to the table or changes its order. So a model never meets rows in its
test that an earlier model, to which it is compared, was trained on.

The side follows the time where a column has the role time: the latest rows are held out. Else it follows a hash: of the
group, else of the id, else of the features, so that rows that are the same are on the same side.
"""

import hashlib
import io
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from .cells import convert
from .contract import Column, Contract

Keys = NDArray[np.uint64]

SALT = np.uint64(0x9E3779B97F4A7C15)
"""The increment of SplitMix64; without it, a row in which everything is missing would have the key 0."""

REPEATED = 0.1
"""With fewer distinct rows than this share, rows that are the same are cases of their own and no copies."""


class SplitRule(BaseModel):
    """What the side of a row follows."""

    model_config = ConfigDict(frozen=True)

    by: Literal["time", "group", "id", "content"]
    columns: dict[str, Column]

    @classmethod
    def of(cls, contract: Contract) -> "SplitRule":
        """Choose the rule that the roles of a contract ask for."""
        kept = contract.kept
        for role in ("time", "group", "id"):
            name = contract.single(role)
            if name is not None:
                return cls(by=role, columns={name: kept[name]})
        return cls(by="content", columns={name: kept[name] for name in contract.names("feature")})

    def applies_to(self, rows: pd.DataFrame) -> bool:
        """Whether rows have the columns that the rule needs."""
        return set(self.columns) <= set(rows.columns)

    def keys(self, rows: pd.DataFrame) -> Keys:
        """A number for each row, which follows from what the rule looks at and from nothing else.

        Args:
            rows: all rows of a table: rows that are the same may be told apart by how many there are.
        """
        typed = {name: convert(rows[name], spec).values for name, spec in self.columns.items()}
        keys = hashes(typed)
        if self.by != "content" or not len(keys) or len(np.unique(keys)) > REPEATED * len(keys):
            return keys
        return _mixed(keys + pd.Series(keys).groupby(keys).cumcount().to_numpy().astype(np.uint64))

    def held_out(self, rows: pd.DataFrame, keys: Keys, fraction: float) -> NDArray[np.bool_]:
        """Which rows are held out.

        Args:
            rows: all rows of a table.
            keys: theirs.
            fraction: how many of them, about; 0 to 1.
        """
        if self.by == "time":
            [(name, spec)] = self.columns.items()
            moments = convert(rows[name], spec).values
            return (moments > moments.quantile(1 - fraction, interpolation="lower")).to_numpy()
        return below(keys, fraction)


def below(keys: Keys, fraction: float) -> NDArray[np.bool_]:
    """The rows whose key is among the first of all possible ones; the others stay where they are when it grows."""
    limit = np.uint64(min(int(fraction * 2.0**64), 2**64 - 1))
    chosen: NDArray[np.bool_] = keys < limit
    return chosen


def hashes(columns: dict[str, pd.Series]) -> Keys:
    """A 64-bit hash of each row of typed columns.

    It does not depend on the order of the columns, and a missing value adds nothing to it, so that a new column leaves
    old rows, which do not have it, as they are.
    """
    total = np.zeros(len(next(iter(columns.values()), ())), dtype=np.uint64)
    for name, column in columns.items():
        present = column.notna().to_numpy()
        total[present] += _mixed(_bits(column[present]) ^ _text_hash(name))
    return _mixed(total + SALT)


def pack(keys: Keys) -> bytes:
    """The distinct keys as the content of a file, for a model package."""
    buffer = io.BytesIO()
    np.save(buffer, np.unique(keys), allow_pickle=False)
    return buffer.getvalue()


def unpack(data: bytes) -> Keys:
    """Read what `pack` wrote."""
    keys: Keys = np.load(io.BytesIO(data), allow_pickle=False)
    return keys


def concatenated(keys: Sequence[Keys]) -> Keys:
    """The keys of a table in parts."""
    return np.concatenate(keys) if keys else np.zeros(0, dtype=np.uint64)


def _bits(column: pd.Series) -> Keys:
    if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
        codes, distinct = pd.factorize(column)
        found: Keys = np.array([_text_hash(str(value)) for value in distinct], dtype=np.uint64)
        return found[codes]
    if pd.api.types.is_datetime64_dtype(column):
        return column.to_numpy("datetime64[us]").astype(np.int64).view(np.uint64)
    return (column.to_numpy(dtype="float64") + 0.0).view(np.uint64)  # adding 0 makes -0 and 0 the same


def _text_hash(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def _mixed(keys: Keys) -> Keys:
    """Spread keys over all 64 bits: the finalizer of SplitMix64, https://prng.di.unimi.it/splitmix64.c."""
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: Keys = keys ^ (keys >> np.uint64(31))
    return mixed
