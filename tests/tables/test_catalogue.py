"""The tables of the suite are there, whole, and lie in their files as their form says."""

import codecs
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import baseline
import catalogue
import numpy as np
import pandas as pd
import pytest
from catalogue import TABLES, Table
from threadpoolctl import threadpool_limits

every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)


def written(table: Table, folder: Path) -> pd.DataFrame:
    """The table, read from its file as a person would who knows the file."""
    return baseline.read(table.write(folder), table.known["read"])


@every_table
def test_a_table_has_its_target_and_the_columns_that_are_spoken_of(table: Table) -> None:
    raw = table.raw()
    assert len(raw) >= 100
    assert raw.columns.is_unique
    assert {table.target, *table.roles, *table.types} <= set(raw)
    assert not {table.target} & {*table.roles, *table.types}
    assert table.licence
    assert table.brings
    answers = raw[table.target].dropna()
    if table.problem == "classification":
        assert 2 <= answers.nunique() <= 50
        assert answers.value_counts().min() >= 20
    else:
        assert pd.api.types.is_numeric_dtype(answers)
        assert answers.nunique() > 20


@every_table
def test_a_file_gives_the_rows_back(table: Table, tmp_path: Path) -> None:
    raw, read = table.raw(), written(table, tmp_path)
    assert list(read) == list(raw)
    assert len(read) == len(raw)
    for name in raw:
        if pd.api.types.is_numeric_dtype(raw[name]) and not pd.api.types.is_bool_dtype(raw[name]):
            left, right = (
                raw[name].to_numpy("float64", na_value=np.nan),
                read[name].to_numpy("float64", na_value=np.nan),
            )
            assert np.allclose(left, right, rtol=1e-12, atol=0, equal_nan=True), name
        else:
            assert (raw[name].isna() == read[name].isna()).all(), name
            there = raw[name].notna()
            assert (text(raw[name][there]) == text(read[name][there])).all(), name


def text(column: pd.Series) -> pd.Series:
    """What is written for a column; a date is written without the time it does not have."""
    return column.astype("str").str.removesuffix(" 00:00:00")


def test_a_file_has_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("penguins", "wine", "hitters", "fine_foods", "airquality"):
        table = catalogue.table(name)
        assert table.write(tmp_path).read_bytes() == table.write(tmp_path).read_bytes()


def test_there_are_all_forms(tmp_path: Path) -> None:
    assert len(TABLES) >= 28
    assert len({table.package for table in TABLES}) >= 5
    assert len({table.name for table in TABLES}) == len(TABLES)
    forms = Counter(table.form for table in TABLES)
    assert {form.suffix for form in forms} == {".csv", ".tsv", ".csv.gz", ".parquet"}
    assert {form.missing for form in forms} == {"", "NA", "?"}
    assert {form.encoding for form in forms} == {"utf-8", "utf-8-sig", "latin-1"}
    assert {(form.separator, form.decimal) for form in forms} == {(",", "."), (";", ","), ("\t", ".")}
    assert catalogue.table("tate").write(tmp_path).read_bytes().startswith(codecs.BOM_UTF8)
    with pytest.raises(UnicodeDecodeError):
        catalogue.table("cars_2021").write(tmp_path).read_text("utf-8")


def test_there_is_all_that_goes_wrong_with_tables() -> None:
    tables = {table.name: (table, table.raw()) for table in TABLES}
    gaps = {name for name, (table, raw) in tables.items() if raw[table.target].isna().any()}
    assert {"chile", "flights"} <= gaps
    assert {role for table in TABLES for role in table.roles.values()} == {"id", "time", "group", "ignored"}
    assert {"category", "text", "date"} <= {what for table in TABLES for what in table.types.values()}
    words = {name: raw.select_dtypes(["object", "str"]) for name, (_, raw) in tables.items()}
    assert any(columns.isna().sum().sum() > 0 for columns in words.values())
    assert max(columns[name].nunique() for columns in words.values() for name in columns) > 20_000
    assert any(len(raw.select_dtypes("bool").columns) for _, raw in tables.values())
    assert any(raw.nunique(dropna=False).eq(1).any() for _, raw in tables.values())
    assert any(raw.astype("str").duplicated().mean() > 0.4 for name, (_, raw) in tables.items() if len(raw) < 30_000)
    shares = [
        raw[table.target].value_counts(normalize=True) for table, raw in tables.values() if table.problem[0] == "c"
    ]
    assert min(share.min() for share in shares if len(share) == 2) < 0.1
    assert max(len(share) for share in shares) > 30
    assert len(tables["flights"][1]) > 330_000


def test_a_table_grows_by_its_own_rows() -> None:
    flights = catalogue.table("flights").raw()
    grown = catalogue.grow(flights, 500_000, 11, seed=1)
    assert grown.shape == (500_000, 11)
    assert list(grown.dtypes) == list(flights.dtypes)[:11]
    assert set(grown["carrier"]) <= set(flights["carrier"])
    assert not grown.duplicated().mean() > 0.2
    assert grown["arr_delay"].isna().mean() == pytest.approx(flights["arr_delay"].isna().mean(), abs=0.01)
    pd.testing.assert_frame_equal(grown, catalogue.grow(flights, 500_000, 11, seed=1))


@every_table
def test_the_baseline_says_better_than_nothing(table: Table, tmp_path: Path) -> None:
    read = baseline.read(table.write(tmp_path), table.known["read"], list(table.types))
    if len(read) > 20_000:
        read = read.sample(20_000, random_state=0).reset_index(drop=True)
    mixed = [int(position) for position in np.random.default_rng(0).permutation(len(read))]
    rows = {**table.known, "test": mixed[: len(mixed) // 5], "train": mixed[len(mixed) // 5 :]}
    with threadpool_limits(1):  # threads that wait for each other take twenty times as long where others work, too
        reached = baseline.score(read, table.target, table.problem, "sklearn", rows)
    known = int(read[table.target].notna().sum())
    assert reached["train_rows"] + reached["test_rows"] == known  # type: ignore[operator]
    assert (reached["metric"] == "f1_macro") == (table.problem == "classification")
    assert isinstance(reached["score"], float)
    nothing = 0.0
    if table.problem == "classification":
        shares = read[table.target].value_counts(normalize=True)
        nothing = 2 * shares.max() / (1 + shares.max()) / len(shares)
    assert reached["score"] > nothing - 0.01


def test_the_baseline_is_a_script(tmp_path: Path) -> None:
    table = catalogue.table("penguins_raw")
    rows = {**table.known, "train": list(range(0, 344, 2)), "test": list(range(1, 344, 2))}
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    file, target = str(table.write(tmp_path)), table.target
    arguments = [file, target, table.problem, "sklearn", str(tmp_path / "rows.json")]
    done = subprocess.run(
        [sys.executable, baseline.__file__, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    reached = json.loads(done.stdout)
    assert reached["score"] > 0.7
    assert reached["train_rows"] + reached["test_rows"] == 342


def test_the_baseline_keeps_codes_and_parts_of_times() -> None:
    parts = baseline.numbers(
        pd.DataFrame({"day": ["2024-02-29", None], "hour": ["06:30:00", None], "true": [True, False]}),
        {"day": "date", "hour": "time", "true": "boolean"},
    )
    assert parts.iloc[0].tolist() == [2024, 2, 29, 3, 0, 6.5, 1]
    assert parts.iloc[1].isna().tolist() == [True] * 6 + [False]


def test_the_baseline_reads_a_code_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("code,n\n00,1\n0,2\n")
    assert baseline.read(tmp_path / "t.csv", {}, ["code"])["code"].tolist() == ["00", "0"]
