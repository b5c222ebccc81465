"""What a data scientist gets from a table in an hour: pandas, scikit-learn or XGBoost, and nothing of ours.

The suite of real tables compares a generated project with this, for the same rows. It runs in the environment of such a
project, but imports nothing from it: it reads the file by itself, and decides by itself what each column is.

Usage: python baseline.py TABLE TARGET PROBLEM FRAMEWORK ROWS

ROWS is a JSON file:

    {
        "train": [0, 2, 3],                   positions of rows in TABLE, from 0
        "test": [1],
        "read": {"sep": ";"},                 for pandas.read_csv; may be left out, as all that follows
        "ignore": ["id"],                     columns that are no features
        "types": {"code": "category"}         columns that are not what they look like
    }

It prints JSON: metric, score (f1_macro or r2), rows that were trained and tested on, seconds.
"""

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import f1_score, r2_score
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler

SEED = 42
"""That of a generated project."""

CATEGORIES = 100
"""Of each column; what is rarer shares one."""
WORDS = 1024
"""Into so many columns the words of a text are hashed."""
DATE = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?(Z|[+-]\d{2}:?\d{2})?"
TIME = r"\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"


def read(path: Path, how: Mapping[str, Any], codes: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table.

    Args:
        path: CSV, compressed or not, or Parquet.
        how: for pandas.read_csv.
        codes: columns whose digits are no numbers, so that 00 stays 00.
    """
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    names: pd.DataFrame = pd.read_csv(path, nrows=0, **how)
    types = {name: "str" for name in codes if name in names}
    table: pd.DataFrame = pd.read_csv(path, dtype=types, low_memory=False, **how)
    return table


def kind(column: pd.Series) -> str:
    """What a column looks like: number, date, time, text or category."""
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(column):
        return "date"
    values = column.dropna().astype("str")
    for name, pattern in (("date", DATE), ("time", TIME)):
        if len(values) and values.str.fullmatch(pattern).all():
            return name
    words = values.str.count(r"\s+").mean() + 1
    return "text" if values.nunique() > len(values) / 2 and words >= 3 else "category"


def numbers(table: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """All that a model can take as a number: dates and times in parts, truth as 0 and 1."""
    parts: dict[str, pd.Series] = {}
    for name in map(str, table):
        column = table[name]
        if kinds[name] == "date":
            dates = pd.to_datetime(column, utc=True)
            for part in ("year", "month", "day", "day_of_week", "hour"):
                parts[f"{name}_{part}"] = getattr(dates.dt, part).astype("float64")
        elif kinds[name] == "time":
            passed = pd.to_timedelta(column.astype("str").where(column.notna()))
            parts[f"{name}_hour"] = passed.dt.total_seconds() / 3600
        elif kinds[name] in ("number", "boolean"):
            parts[name] = column.astype("float64")
    return pd.DataFrame(parts, index=table.index)


def words(table: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Categories, of which a missing one is one more, and texts, of which a missing one has no words."""
    gaps = {"category": "missing", "text": ""}
    names = [name for name in map(str, table) if kinds[name] in gaps]
    filled = {name: table[name].astype("str").where(table[name].notna(), gaps[kinds[name]]) for name in names}
    return pd.DataFrame(filled, index=table.index).astype("object")


def encoder(kinds: Mapping[str, str]) -> ColumnTransformer:
    """Medians and scales for numbers, one column a category, hashed words for texts."""
    steps: list[tuple[str, BaseEstimator, str | list[str]]] = []
    numeric = [name for name, what in kinds.items() if what == "number"]
    steps.append(("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric))
    categories = [name for name, what in kinds.items() if what == "category"]
    one_hot = OneHotEncoder(max_categories=CATEGORIES, handle_unknown="infrequent_if_exist")
    steps.append(("categories", one_hot, categories))
    for name, what in kinds.items():
        if what == "text":
            steps.append((f"words of {name}", HashingVectorizer(n_features=WORDS), name))
    return ColumnTransformer(steps)


def model(problem: str, framework: str) -> BaseEstimator:
    """The model that the generated project has, with the same settings."""
    if framework == "pytorch":
        return Network(problem)
    if framework == "sklearn":
        return LogisticRegression(C=1.0, max_iter=1000) if problem == "classification" else Ridge(alpha=1.0)
    from xgboost import XGBClassifier, XGBRegressor  # a project with scikit-learn does not have it

    estimator = XGBClassifier if problem == "classification" else XGBRegressor
    return estimator(n_estimators=100, max_depth=3, learning_rate=0.1, n_jobs=1)


class Network(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """The network that a generated project with PyTorch has, with the same settings and seed."""

    def __init__(self, problem: str) -> None:
        """Make one for a classification or a regression."""
        self.problem = problem

    def fit(self, features: Any, target: pd.Series) -> "Network":
        """Train in small batches, in the order that the seed gives."""
        import torch  # only a project with PyTorch has it

        classes = self.problem == "classification"
        self.mean_, self.deviation_ = (0.0, 1.0) if classes else (float(target.mean()), float(target.std(ddof=0)))
        rows = torch.tensor(dense(features), dtype=torch.float32)
        scaled = (target.to_numpy() - self.mean_) / self.deviation_  # numbers of classes stay as they are
        answers = torch.tensor(scaled, dtype=torch.float32).to(torch.int64 if classes else torch.float32)
        torch.manual_seed(SEED)
        torch.set_num_threads(1)
        outputs = int(target.nunique()) if classes else 1
        linear, relu = torch.nn.Linear, torch.nn.ReLU
        self.network_ = torch.nn.Sequential(
            linear(rows.shape[1], 64), relu(), linear(64, 64), relu(), linear(64, outputs)
        )
        optimiser = torch.optim.AdamW(self.network_.parameters(), 0.003, weight_decay=0.01)
        order = torch.Generator().manual_seed(SEED)
        loss = torch.nn.CrossEntropyLoss() if classes else torch.nn.MSELoss()
        for _ in range(30):
            for batch in torch.randperm(len(rows), generator=order).split(64):
                optimiser.zero_grad()
                said = self.network_(rows[batch])
                loss(said if classes else said[:, 0], answers[batch]).backward()
                optimiser.step()
        return self

    def predict(self, features: Any) -> np.ndarray:
        """Predict numbers, or the number of each class."""
        import torch

        with torch.inference_mode():
            said = self.network_(torch.tensor(dense(features), dtype=torch.float32)).numpy()
        found: np.ndarray = said.argmax(axis=1) if self.problem == "classification" else said[:, 0]
        return found * self.deviation_ + self.mean_ if self.problem == "regression" else found


def dense(features: Any) -> Any:
    """Return features without gaps in memory, which a network needs."""
    return features.toarray() if hasattr(features, "toarray") else features


def predictions(
    table: pd.DataFrame, target: str, problem: str, framework: str, rows: Mapping[str, Any]
) -> tuple[pd.Series, pd.Series]:
    """Train on some rows and predict others; see the module for `rows`.

    Returns:
        The answers of the test rows that have one, and what the model says; classes are text.
    """
    ignored = [name for name in rows.get("ignore", ()) if name in table]
    features = table.drop(columns=[target, *ignored])
    kinds = {name: rows.get("types", {}).get(name) or kind(features[name]) for name in map(str, features)}
    features = pd.concat([numbers(features, kinds), words(features, kinds)], axis="columns")
    kinds = {name: kinds[name] if kinds.get(name) in ("category", "text") else "number" for name in map(str, features)}

    known = table[target].notna().to_numpy()
    train = [row for row in rows["train"] if known[row]]
    test = [row for row in rows["test"] if known[row]]
    answers = table[target].astype("str" if problem == "classification" else "float64")
    labels = LabelEncoder()
    learned = answers.iloc[train]
    if problem == "classification":
        learned = pd.Series(labels.fit_transform(learned), index=learned.index)

    pipeline = Pipeline([("encoder", encoder(kinds)), ("model", model(problem, framework))])
    pipeline.fit(features.iloc[train], learned)
    said = pipeline.predict(features.iloc[test])
    if problem == "classification":
        said = labels.inverse_transform(said)
    return answers.iloc[test], pd.Series(said, index=answers.index[test])


def score(table: pd.DataFrame, target: str, problem: str, framework: str, rows: Mapping[str, Any]) -> dict[str, object]:
    """Train on some rows, score on others; see the module for `rows`, and for what is returned."""
    answers, said = predictions(table, target, problem, framework, rows)
    known = int(table[target].iloc[rows["train"]].notna().sum())
    if problem == "classification":
        reached = {"metric": "f1_macro", "score": float(f1_score(answers, said, average="macro"))}
    else:
        reached = {"metric": "r2", "score": float(r2_score(answers, said))}
    return {**reached, "train_rows": known, "test_rows": len(answers)}


def main() -> None:
    """Run as a script; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("target")
    parser.add_argument("problem", choices=["classification", "regression"])
    parser.add_argument("framework", choices=["sklearn", "xgboost"])
    parser.add_argument("rows", type=Path)
    given = parser.parse_args()
    begun = time.monotonic()
    rows = json.loads(given.rows.read_text())
    codes = [name for name, is_of in rows.get("types", {}).items() if is_of == "category"]
    table = read(given.table, rows.get("read", {}), codes)
    reached = score(table, given.target, given.problem, given.framework, rows)
    print(json.dumps({**reached, "seconds": round(time.monotonic() - begun, 2)}))


if __name__ == "__main__":
    main()
