"""Derived features: add your own here.

Training, REST and batch serving all call `derive` with their rows, so callers send only the columns of the data
contract. Numbers, truth values and texts become features, both those that `derive` adds and those that it leaves in
place. Dates do not: derive numbers from them.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def learn(rows: pd.DataFrame) -> dict[str, Any]:
    """Compute from the training rows what `derive` needs to know of them; the result is stored with the model.

    Compute statistics of groups here, for example: `{"mean_age": group_mean(rows, "city", "age")}`.
    """
    return {}


def derive(rows: pd.DataFrame, learned: Mapping[str, Any]) -> pd.DataFrame:
    """Add features to rows, and keep number and order of the rows.

    Args:
        rows: the features of the data contract: numbers and truth values as float64, categories and texts as str,
            dates as datetime64; NaN or NaT where a value is missing.
        learned: what `learn` returned. With the example there, this line adds the mean age of a row's city:
            `rows["mean_age"] = rows["city"].map(learned["mean_age"])`.
    """
    return date_parts(rows)


def date_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Replace each date by its parts: year, month, day, weekday from 0 for Monday, and hour."""
    for name in rows.select_dtypes("datetime").columns:
        moments = rows[name].dt
        parts = {"year": moments.year, "month": moments.month, "day": moments.day, "weekday": moments.day_of_week}
        rows = rows.drop(columns=name).assign(
            **{f"{name}_{part}": values.astype("float64") for part, values in (parts | {"hour": moments.hour}).items()}
        )
    return rows


def group_mean(rows: pd.DataFrame, group: str, value: str) -> dict[str, float]:
    """Return the mean of a number in each group, for `learn`."""
    return {str(name): float(mean) for name, mean in rows.groupby(group)[value].mean().items()}
