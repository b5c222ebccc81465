"""Compare a model with the champion on rows that neither was trained on, with the uncertainty of the difference."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .errors import ModelError
from .ports import ModelRegistry, ModelVersion
from .predictor import SCHEMA_FILE, Predictor, read_package
from .problem import TARGET_TYPE
from .profile import Profile
from .resampling import MOST_ROWS, Resamples, gate_value
from .schema import Schema
from .scored import Scored
from .split import Keys, SplitRule, unpack

RULE_FILE = "split.json"
KEYS_FILE = "trained-rows.npy"
PROFILE_FILE = "profile.json"

MIN_ROWS = 20
"""With fewer rows, the difference is mostly chance."""

SCORED = 0.9
"""The share of rows that the champion must be able to predict; both models skip the other rows."""


@dataclass(frozen=True)
class Champion:
    """A registered model, and which rows it was trained on."""

    version: ModelVersion
    package: Mapping[str, bytes]
    schema: Schema
    rule: SplitRule | None
    keys: Keys
    profile: Profile | None

    @classmethod
    def of_version(cls, registry: ModelRegistry, version: ModelVersion) -> Self:
        """Read the files of a version; the model itself is unpacked when it is asked for.

        Raises:
            ModelError: as `read_package`.
        """
        package = read_package(registry, version)
        known = RULE_FILE in package and KEYS_FILE in package
        return cls(
            version=version,
            package=package,
            schema=Schema.model_validate_json(package[SCHEMA_FILE]),
            rule=SplitRule.model_validate_json(package[RULE_FILE]) if known else None,
            keys=unpack(package[KEYS_FILE]) if known else np.zeros(0, dtype=np.uint64),
            profile=json.loads(package[PROFILE_FILE]) if PROFILE_FILE in package else None,
        )

    def predictor(self) -> Predictor:
        """Unpack the model.

        Raises:
            ModelError: as `Predictor.of_package`.
        """
        return Predictor.of_package(self.package, self.version)


@dataclass(frozen=True)
class Comparison:
    """The scores of both models on the same rows; `low` and `high` bound the difference in 90 % of the resamples.

    `worse` is the share of resamples in which the new model is worse by more than the tolerance.
    """

    version: int
    rows: int
    value: float
    champion: float
    low: float
    high: float
    worse: float


@dataclass(frozen=True)
class NotComparable:
    """Why two models cannot be compared."""

    version: int
    reason: str


def compare(
    scored: Scored, champion: Champion, rows: pd.DataFrame, tolerance: float, seed: int
) -> Comparison | NotComparable:
    """Compare two models by the gate's metric.

    Args:
        scored: rows that the new model predicted, none of which it was trained on.
        champion: a registered model.
        rows: the same rows, typed, with all columns of the table.
        tolerance: a difference up to which the new model does not count as worse.
        seed: seed of the resampling.
    """
    version = champion.version.version
    common = common_rows(champion, rows)
    if isinstance(common, str):
        return NotComparable(version, common)
    places = np.flatnonzero(common)[:MOST_ROWS]
    scored = scored.take(places)
    if TARGET_TYPE == "category" and not set(champion.schema.labels) & set(scored.target):
        return NotComparable(version, "it knows none of the classes of today's table")
    try:
        before = champion.predictor().predict(rows.iloc[places])["prediction"]
    except ModelError as error:
        return NotComparable(version, str(error))
    except Exception as error:  # its features, or a library that it was trained with, may have changed since
        return NotComparable(version, f"today's code cannot run it: {type(error).__name__}: {error}")
    resamples = Resamples.of(scored, seed)
    differences = resamples.model - resamples.values(before)
    differences = differences[np.isfinite(differences)]
    low, high = (float(bound) for bound in np.quantile(differences, (0.05, 0.95)))
    return Comparison(
        version=version,
        rows=len(scored),
        value=gate_value(scored.target, scored.predicted["prediction"], scored.weights),
        champion=gate_value(scored.target, before, scored.weights),
        low=low,
        high=high,
        worse=float(np.mean(differences < -tolerance)),
    )


def common_rows(champion: Champion, rows: pd.DataFrame) -> NDArray[np.bool_] | str:
    """Return which rows the champion was not trained on and can predict, or a sentence if these are too few."""
    if champion.rule is None:
        return "its package does not say which rows it was trained on"
    schema = champion.schema
    absent = [item.name for item in schema.features if item.name not in rows and not item.optional]
    absent += [name for name in champion.rule.columns if name not in rows and name not in absent]
    if absent:
        return f"it needs columns that the table no longer has: {', '.join(absent)}"
    unseen = ~np.isin(champion.rule.keys(rows), champion.keys)
    if unseen.sum() < MIN_ROWS:
        return f"only {unseen.sum()} of {len(rows)} held-out rows are new to it, at least {MIN_ROWS} are needed"
    fitting = np.asarray(schema.check(rows).reasons == "", dtype=bool)
    share = fitting[unseen].mean()
    if share < SCORED:
        return f"it can predict only {share:.0%} of the rows, since columns changed their types or have new gaps"
    common: NDArray[np.bool_] = unseen & fitting
    return common


def as_json(found: Comparison | NotComparable | None) -> Mapping[str, object] | None:
    """Return the comparison in the form that verdicts contain."""
    return None if found is None else dict(vars(found))
