"""A table's profile, and what changed since an earlier profile."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

MOST_CATEGORIES = 20
ROWS_CHANGED = 0.5
"""A table whose number of rows changed by more than this share is a different table, or was truncated."""

MISSING_CHANGED = 0.1
SHARE_CHANGED = 0.2
MEAN_MOVED = 0.5
"""Shift of a mean that counts as a change, in standard deviations."""

Profile = dict[str, Any]


def profile(table: pd.DataFrame) -> Profile:
    """Profile a typed table: number of rows, and for each column the missing share and its range or frequent values."""
    return {"rows": len(table), "columns": {str(name): describe(table[name]) for name in table}}


def describe(column: pd.Series) -> Profile:
    """Profile one typed column; shares are between 0 and 1."""
    present = column.dropna()
    found: Profile = {"missing": round(float(column.isna().mean()), 6) if len(column) else 0.0}
    if isinstance(column.dtype, pd.StringDtype) or not len(present):
        counts = present.value_counts(normalize=True)
        frequent = {str(name): round(float(share), 6) for name, share in counts.head(MOST_CATEGORIES).items()}
        return found | {"distinct": len(counts), "frequent": frequent}
    if pd.api.types.is_datetime64_dtype(column):
        return found | {"min": present.min().isoformat(), "max": present.max().isoformat()}
    numbers = {name: float(getattr(present, name)()) for name in ("min", "mean", "median", "max")}
    return found | numbers | {"std": float(present.std(ddof=0))}


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """List what changed from one table to another, as sentences, without usual day-to-day changes.

    Args:
        before: the `profile` of the earlier table.
        now: the `profile` of this table.
    """
    found = []
    if abs(now["rows"] - before["rows"]) > ROWS_CHANGED * before["rows"]:
        found.append(f"the table has {now['rows']} rows, the one before had {before['rows']}")
    found += [f"{name}: is gone" for name in before["columns"] if name not in now["columns"]]
    found += [f"{name}: is new" for name in now["columns"] if name not in before["columns"]]
    for name, column in now["columns"].items():
        found += [f"{name}: {said}" for said in _changes(before["columns"].get(name, {}), column)]
    return found


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    if not before:
        return
    if abs(now["missing"] - before["missing"]) > MISSING_CHANGED:
        yield f"{now['missing']:.0%} of the values are missing, before {before['missing']:.0%}"
    if ("mean" in now) != ("mean" in before) or ("frequent" in now) != ("frequent" in before):
        yield "has another type"
    elif "mean" in now:
        spread = before["std"] or now["std"]
        if spread and abs(now["mean"] - before["mean"]) > MEAN_MOVED * spread:
            yield f"the mean is {now['mean']:.6g}, before {before['mean']:.6g}"
    elif "frequent" in now:
        names = sorted({*now["frequent"], *before["frequent"]})
        for value in names:
            share, earlier = now["frequent"].get(value, 0.0), before["frequent"].get(value, 0.0)
            if abs(share - earlier) > SHARE_CHANGED:
                yield f"{value!r} makes up {share:.0%}, before {earlier:.0%}"
