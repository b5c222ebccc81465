"""Which side of the split a row is on: training, or held out to test the model.

A row keeps its side for good, whatever is added to the table or changes its order. So no model is tested on rows that
an earlier model, to which it is compared, was trained on.

If a column has the role time, the side follows the time: the latest rows are held out. Otherwise it follows a hash: of
the group, else of the id, else of the features, so that equal rows are on the same side.
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
"""The increment of SplitMix64; without it, the key of a row with only missing values would be 0."""

REPEATED = 0.1
"""If the share of distinct rows is below this, equal rows are separate cases, not copies."""


class SplitRule(BaseModel):
    """What determines the side of a row."""

    model_config = ConfigDict(frozen=True)

    by: Literal["time", "group", "id", "content"]
    columns: dict[str, Column]

    @classmethod
    def of(cls, contract: Contract) -> "SplitRule":
        """Choose the rule from the roles in a contract."""
        kept = contract.kept
        for role in ("time", "group", "id"):
            name = contract.single(role)
            if name is not None:
                return cls(by=role, columns={name: kept[name]})
        return cls(by="content", columns={name: kept[name] for name in contract.names("feature")})

    def applies_to(self, rows: pd.DataFrame) -> bool:
        """Return whether rows have the columns that the rule needs."""
        return set(self.columns) <= set(rows.columns)

    def keys(self, rows: pd.DataFrame) -> Keys:
        """Return a number for each row, which depends only on the columns that the rule uses.

        Args:
            rows: all rows of a table, since equal rows may be told apart by counting them.
        """
        typed = {name: convert(rows[name], spec).values for name, spec in self.columns.items()}
        keys = hashes(typed)
        if self.by != "content" or not len(keys) or len(np.unique(keys)) > REPEATED * len(keys):
            return keys
        return _mixed(keys + pd.Series(keys).groupby(keys).cumcount().to_numpy().astype(np.uint64))

    def held_out(self, rows: pd.DataFrame, keys: Keys, fraction: float) -> NDArray[np.bool_]:
        """Return which rows are held out.

        Args:
            rows: all rows of a table.
            keys: their keys.
            fraction: approximate share of held-out rows, 0 to 1.
        """
        if self.by == "time":
            [(name, spec)] = self.columns.items()
            moments = convert(rows[name], spec).values
            return (moments > moments.quantile(1 - fraction, interpolation="lower")).to_numpy()
        return below(keys, fraction)


def below(keys: Keys, fraction: float) -> NDArray[np.bool_]:
    """Return which keys are in the lowest fraction of all possible keys; a greater fraction only adds rows."""
    limit = np.uint64(min(int(fraction * 2.0**64), 2**64 - 1))
    chosen: NDArray[np.bool_] = keys < limit
    return chosen


def hashes(columns: dict[str, pd.Series]) -> Keys:
    """Return a 64-bit hash of each row of typed columns.

    It does not depend on the order of the columns, and a missing value adds nothing to it, so that a new column does
    not change the hash of old rows, which do not have it.
    """
    total = np.zeros(len(next(iter(columns.values()), ())), dtype=np.uint64)
    for name, column in columns.items():
        present = column.notna().to_numpy()
        total[present] += _mixed(_bits(column[present]) ^ _text_hash(name))
    return _mixed(total + SALT)


def pack(keys: Keys) -> bytes:
    """Return the distinct keys as the content of a file in a model package."""
    buffer = io.BytesIO()
    np.save(buffer, np.unique(keys), allow_pickle=False)
    return buffer.getvalue()


def unpack(data: bytes) -> Keys:
    """Read what `pack` wrote."""
    keys: Keys = np.load(io.BytesIO(data), allow_pickle=False)
    return keys


def concatenated(keys: Sequence[Keys]) -> Keys:
    """Join the keys of a table's parts."""
    return np.concatenate(keys) if keys else np.zeros(0, dtype=np.uint64)


def _bits(column: pd.Series) -> Keys:
    if isinstance(column.dtype, pd.StringDtype) or column.dtype == object:
        codes, distinct = pd.factorize(column)
        found: Keys = np.array([_text_hash(str(value)) for value in distinct], dtype=np.uint64)
        return found[codes]
    if pd.api.types.is_datetime64_dtype(column):
        return column.to_numpy("datetime64[us]").astype(np.int64).view(np.uint64)
    return (column.to_numpy(dtype="float64") + 0.0).view(np.uint64)  # adding 0 turns -0 into 0


def _text_hash(text: str) -> np.uint64:
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little"))


def _mixed(keys: Keys) -> Keys:
    """Spread keys over all 64 bits: the finalizer of SplitMix64, https://prng.di.unimi.it/splitmix64.c."""
    with np.errstate(over="ignore"):
        keys = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        keys = (keys ^ (keys >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: Keys = keys ^ (keys >> np.uint64(31))
    return mixed
