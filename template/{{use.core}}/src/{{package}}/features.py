"""Features that are derived from the columns of a table: the place for your own.

Training, REST and batch all call `derive`, with the rows they have at that moment, so callers send the columns of the
data contract and nothing more. A number, a truth value or a text that it adds becomes a feature; so do the columns that
it leaves in place. Dates are no features as they are.
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd


def learn(rows: pd.DataFrame) -> dict[str, Any]:
    """Learn from the training rows what `derive` needs to know of them; it is stored with the model.

    A statistic of a group, for example, must come from here: `{"mean_age": group_mean(rows, "city", "age")}`.
    """
    return {}


def derive(rows: pd.DataFrame, learned: Mapping[str, Any]) -> pd.DataFrame:
    """Add features to rows; as many rows as before, in the same order.

    Args:
        rows: the features of the data contract: numbers and truth values as float64, categories and texts as str,
            dates as datetime64; NaN or NaT where a value is missing.
        learned: what `learn` returned. With the example there, this line adds the mean age of a row's city:
            `rows["mean_age"] = rows["city"].map(learned["mean_age"])`.
    """
    return date_parts(rows)


def date_parts(rows: pd.DataFrame) -> pd.DataFrame:
    """Put the parts of each date in the place of the date: year, month, day, weekday from 0 for Monday, and hour."""
    for name in rows.select_dtypes("datetime").columns:
        moments = rows[name].dt
        parts = {"year": moments.year, "month": moments.month, "day": moments.day, "weekday": moments.day_of_week}
        rows = rows.drop(columns=name).assign(
            **{f"{name}_{part}": values.astype("float64") for part, values in (parts | {"hour": moments.hour}).items()}
        )
    return rows


def group_mean(rows: pd.DataFrame, group: str, value: str) -> dict[str, float]:
    """The mean of a number in each group, for `learn`."""
    return {str(name): float(mean) for name, mean in rows.groupby(group)[value].mean().items()}
