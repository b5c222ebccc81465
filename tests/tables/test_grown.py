"""Tables for retraining are what they are called, and the third part tells better models from worse ones."""

import baseline
import catalogue
import grown
import numpy as np
import pandas as pd
import pytest
from catalogue import Table
from sklearn.metrics import f1_score, r2_score
from threadpoolctl import threadpool_limits

every_table = pytest.mark.parametrize(
    "table", [catalogue.table(name) for name in grown.RETRAINED], ids=lambda t: t.name
)


def hashes(table: pd.DataFrame) -> set[int]:
    return set(pd.util.hash_pandas_object(table.astype("str"), index=False))


def parts_of(table: Table, seed: int = 1) -> grown.Parts:
    return grown.split(table.raw(), table.target, seed)


def bag(table: pd.DataFrame) -> list[int]:
    return sorted(pd.util.hash_pandas_object(table.astype("str"), index=False))


@every_table
def test_a_table_is_split_in_three_that_share_no_row(table: Table) -> None:
    parts = parts_of(table)
    whole = table.raw().dropna(subset=[table.target])
    assert len(whole) >= 400
    assert bag(pd.concat([parts.initial, parts.growth, parts.held])) == bag(whole)
    assert not hashes(parts.initial) & hashes(parts.growth)
    assert not hashes(parts.grown) & hashes(parts.held)
    assert len(parts.held) == pytest.approx(len(whole) / 3, rel=0.05)
    assert len(parts.growth) == pytest.approx(len(parts.initial) / 10, rel=0.15)
    assert bag(parts_of(table).held) == bag(parts.held)
    assert bag(parts_of(table, seed=2).held) != bag(parts.held)


def test_a_group_stays_together() -> None:
    chicks = catalogue.table("chicks")
    parts = grown.split(chicks.raw(), chicks.target, 1, group="Chick")
    groups = [set(part["Chick"]) for part in (parts.initial, parts.growth, parts.held)]
    assert all(groups)
    assert sum(map(len, groups)) == len(set.union(*groups))


def test_rows_that_are_alike_stay_together() -> None:
    wages = catalogue.table("wages")
    raw = wages.raw()
    assert raw.duplicated().any()
    parts = grown.split(raw, wages.target, 1)
    assert not hashes(parts.grown) & hashes(parts.held)


@every_table
def test_retrainings_are_what_they_are_called(table: Table) -> None:
    parts = parts_of(table)
    cases = {
        case.name: case for case in grown.retrainings(parts, table.target, table.problem, 1, table.known["ignore"])
    }
    assert {case.expected for case in cases.values()} == {"better", "worse", "either"}
    rows, answers = len(parts.grown), parts.grown[table.target].unique()
    for case in cases.values():
        for frame in (case.first, case.next):
            assert list(frame) == list(parts.initial)
            # A column that became another type, or missed values that it had, would be refused as data, not as a model.
            assert list(frame.dtypes) == list(parts.initial.dtypes), case.name
            assert set(frame.columns[frame.isna().any()]) <= set(parts.grown.columns[parts.grown.isna().any()])
            assert frame.index.equals(pd.RangeIndex(len(frame)))
            assert frame[table.target].isin(answers).all()
    assert bag(cases["grown and shuffled"].next) == bag(parts.grown)
    assert len(hashes(cases["grown and changed"].next) - hashes(parts.grown)) == pytest.approx(rows / 20, rel=0.2)
    for share in (0.15, 0.25, 0.4):
        spoiled = cases[f"{share:.0%} wrong answers"].next
        features = [name for name in spoiled if name != table.target]
        pd.testing.assert_frame_equal(spoiled[features], parts.grown[features])
        wrong = (spoiled[table.target] != parts.grown[table.target]).mean()
        assert wrong == pytest.approx(share, rel=0.01 if table.problem == "classification" else 0.1)
    assert len(cases["half lost"].next) == pytest.approx(rows / 2, abs=1)
    assert len(cases["ten times as large"].first) == pytest.approx(len(parts.initial) / 10, abs=1)
    mixed = cases["values mixed up"].next
    assert [sorted(map(str, mixed[name])) for name in mixed] == [sorted(map(str, parts.grown[name])) for name in mixed]
    assert len(hashes(mixed) & hashes(parts.grown)) < rows / 2


def test_answers_are_wrong_only_where_they_may_be() -> None:
    titanic = catalogue.table("titanic").raw()
    spoiled = grown.noisy(titanic, "survived", "classification", 0.5, 1, rows=range(100))
    wrong = np.flatnonzero(spoiled["survived"] != titanic["survived"])
    assert len(wrong) == 50
    assert wrong.max() < 100


def test_features_that_say_most_come_first() -> None:
    titanic, cars = catalogue.table("titanic"), catalogue.table("cars_2021")
    assert grown.informative(titanic.raw(), "survived", "classification")[0] == "sex"
    assert grown.informative(cars.raw(), "comb_mpg", "regression")[0] in ("city_mpg", "hwy_mpg")
    assert not {"city_mpg"} & {*grown.informative(cars.raw(), "comb_mpg", "regression", ["city_mpg"])}


def test_a_comparison_is_that_of_scikit_learn() -> None:
    random = np.random.default_rng(1)
    truth = random.integers(4, size=300)
    said = np.where(random.random(300) < 0.7, truth, random.integers(5, size=300))
    assert grown.score(truth, said, "classification") == pytest.approx(f1_score(truth, said, average="macro"))
    assert grown.score(truth, said, "regression") == pytest.approx(r2_score(truth, said))


def test_noise_is_unclear_and_a_difference_is_clear() -> None:
    random = np.random.default_rng(1)
    truth = random.normal(size=500)
    good, other, bad = (truth + random.normal(scale=scale, size=500) for scale in (0.3, 0.3, 0.5))
    assert grown.compare(truth, good, other, "regression", 1) == "unclear"
    assert grown.compare(truth, good, bad, "regression", 1) == "worse"
    assert grown.compare(truth, bad, good, "regression", 1) == "better"
    words = np.where(truth > 0, "yes", "no")
    assert grown.compare(words, np.where(bad > 0, "yes", "no"), words, "classification", 1) == "better"
    assert grown.compare(words, words, words, "classification", 1) == "unclear"


@pytest.mark.parametrize("name", ["breast_cancer", "housing"])
def test_the_third_part_agrees_with_what_was_done(name: str) -> None:
    table = catalogue.table(name)
    parts = parts_of(table)

    def said(learned: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
        both = pd.concat([learned, parts.held], ignore_index=True)
        rows = {**table.known, "train": [*range(len(learned))], "test": [*range(len(learned), len(both))]}
        return baseline.predictions(both, table.target, table.problem, "sklearn", rows)

    with threadpool_limits(1):
        verdicts = {}
        for case in grown.retrainings(parts, table.target, table.problem, 1, table.known["ignore"]):
            truth, before = said(case.first)
            _, after = said(case.next)
            verdicts[case.name] = grown.compare(truth, before, after, table.problem, 1)
            assert case.expected == "either" or verdicts[case.name] in (case.expected, "unclear"), case.name
    assert verdicts["40% wrong answers"] == "worse"
    assert verdicts["values repaired"] == "better"
