"""Bring tables to a generated project, as its user would; runs in the project's environment.

The contract is written by `data-contract` and edited as a person who knows the table would, the model is trained by
`train`, the hand-written baseline is given the same rows, and rows of the file are predicted in this process and over
HTTP. The form of the project that serves in batches then scores the whole file, in a process of its own.

Usage: python driver.py PACKAGE

Each line of standard input is an order, in JSON, and gets one line: `bring` or `batch` as `do`, the folder to work in,
name, file, target, problem and framework of the table, `known` of catalogue.Table, `roles` and `types` as the data
contract has them, `rows` that are predicted at most, `partition_rows`. Libraries are imported once for all orders.
"""

import contextlib
import importlib
import io
import json
import math
import os
import socket
import sys
import threading
import time
import traceback
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import date
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any

import baseline
import numpy as np
import pandas as pd

Json = dict[str, Any]


class Project:
    """The modules of a generated project."""

    def __init__(self, package: str) -> None:
        """Name the package."""
        self.package = package

    def __getattr__(self, name: str) -> Any:
        """Import a module; `serving__app` is serving/app.py."""
        return importlib.import_module(f"{self.package}.{name.replace('__', '.', 1)}")

    def command(self, *arguments: str) -> Json:
        """Run a command in this process: its exit code, what it printed, and what it logged."""
        printed, logged = io.StringIO(), io.StringIO()
        entry = importlib.import_module(f"{self.package}.__main__").main
        started = time.monotonic()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(logged):
            code = entry(list(arguments))
        seconds = round(time.monotonic() - started, 2)
        return {"code": code, "printed": printed.getvalue(), "logged": logged.getvalue()[-6000:], "seconds": seconds}


def edit(contract: Path, roles: Mapping[str, str], types: Mapping[str, str]) -> None:
    """Say in a contract what a person knows of the columns."""
    import tomlkit

    document: Any = tomlkit.parse(contract.read_text(encoding="utf-8"))
    for name, role in roles.items():
        document["columns"][name]["role"] = role
    for name, what in types.items():
        column = document["columns"][name]
        if column["type"] != what:
            column["type"] = what
            for option in ("minimum", "maximum", "remove", "values", "format"):
                column.pop(option, None)
        if column["role"] == "ignored" and name not in roles:  # as that of an id that it is not
            column["role"] = "feature"
    contract.write_text(tomlkit.dumps(document), encoding="utf-8")


def sides(project: Project, table: pd.DataFrame, contract: Any, fraction: float) -> tuple[list[int], list[int]]:
    """Positions in the file of the rows that the project trains on, and of those that it tests on."""
    labelled = np.flatnonzero(table[contract.target].notna())
    rows = table.iloc[labelled].reset_index(drop=True)
    rule = project.split.SplitRule.of(contract)
    train, test = project.steps__preprocess.sides(rows, contract, rule, rule.keys(rows), fraction)
    return labelled[train].tolist(), labelled[test].tolist()


def champion(project: Project, run: str, settings: Any) -> Any:
    """The model that serves; one that the gate refused is registered by force, since it must predict, too."""
    registry = project.adapters__tracking.make_registry(settings)
    if registry.by_alias("champion") is None:
        file = Path(run) / "evaluate" / "verdict.json"
        verdict = json.loads(file.read_text())
        file.write_text(json.dumps({**verdict, "passed": True, "doubt": ""}))
        for step in ("register", "deploy"):
            project.pipeline.run_step(step, run, settings)
    return project.predictor.Predictor.by_alias(registry)


def as_json(value: object) -> object:
    """A cell as a client that reads the table with pandas sends it."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, date | time_of_day):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def as_rows(table: pd.DataFrame) -> list[Json]:
    """Rows as a client sends them."""
    columns = [str(name) for name in table]
    return [dict(zip(columns, map(as_json, row), strict=True)) for row in table.astype(object).to_numpy().tolist()]


@contextlib.contextmanager
def served(project: Project, settings: Any) -> Iterator[str]:
    """The application of the project on a free port, as long as the block runs."""
    import uvicorn

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(project.serving__app.create_app(settings), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


def asked(url: str, rows: list[Json]) -> pd.DataFrame | str:
    """What the server predicts, or why it does not."""
    body = json.dumps({"rows": rows}).encode()
    request = urllib.request.Request(f"{url}/predict", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return pd.DataFrame(json.loads(answer.read())["predictions"])
    except urllib.error.HTTPError as error:
        return f"{error.code}: {error.read().decode()[:2000]}"


def difference(one: pd.DataFrame, other: pd.DataFrame | str) -> str:
    """How two predictions of the same rows differ; empty when they are equal."""
    if isinstance(other, str):
        return other
    if list(one) != list(other) or len(one) != len(other):
        return f"{len(one)} rows of {list(one)[:5]}, and {len(other)} of {list(other)[:5]}"
    for name in one:
        left, right = one[name].to_numpy(), other[name].to_numpy()
        if pd.api.types.is_numeric_dtype(one[name]):
            # Sums of a few rows are added in another order than those of many.
            same = np.isclose(left.astype("float64"), right.astype("float64"), rtol=1e-9, atol=1e-9)
        else:
            same = np.array([str(a) == str(b) for a, b in zip(left, right, strict=True)])
        if not same.all():
            row = int(np.flatnonzero(~same)[0])
            return f"{name}: {(~same).sum()} of {len(same)} rows differ, first {left[row]!r} and {right[row]!r} ({row})"
    return ""


def forget_peak() -> None:
    """Measure the memory of this process anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak() -> int:
    """The most memory that this process has had, in megabytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def choose(package: str, order: Json) -> None:
    """Let the settings be those of a table."""
    folder = Path(order["folder"])
    settings = {
        "DATA_URI": order["file"],
        "TARGET": order["target"],
        "CONTRACT": str(folder / "data-contract.toml"),
        "PARTITION_ROWS": str(order["partition_rows"]),
        "MODEL_NAME": order["name"],
        "RUNS_URI": str(folder / "runs"),
        "REGISTRY_URI": str(folder / "registry"),
        "TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
    }
    os.environ.update({f"{package.upper()}_{name}": value for name, value in settings.items()})


def chosen(rows: int, most: int) -> np.ndarray:
    """Positions of rows that are predicted in all ways, from all over the table."""
    return np.unique(np.linspace(0, rows - 1, min(most, rows)).astype(int))


def bring(project: Project, order: Json, result: Json) -> None:
    """Do all but the batch, until something fails."""
    folder = Path(order["folder"])
    contract = folder / "data-contract.toml"
    forget_peak()
    result["contract"] = project.command("data-contract", "--force")
    if result["contract"]["code"]:
        return
    edit(contract, order["roles"], order["types"])
    result["test_data"] = project.command("test-data")
    result["train"] = project.command("train")
    result["peak_megabytes"] = peak()
    if result["train"]["code"] in (0, 4):
        run = next(line for line in result["train"]["printed"].splitlines() if str(folder / "runs") in line)
        measure(project, order, run, result)


def measure(project: Project, order: Json, run: str, result: Json) -> None:
    """Score the baseline on the rows of a run, and predict rows of the file in all ways but by batch."""
    settings = project.settings.Settings()
    data = project.dataset.load(settings)
    evaluated = Path(run) / "evaluate"
    metric = json.loads((evaluated / "verdict.json").read_text())["metric"]
    result["score"] = json.loads((evaluated / "metrics.json").read_text())[metric]
    result["reasons"] = json.loads((evaluated / "verdict.json").read_text())["reasons"]
    train, test = sides(project, data.table, data.contract, settings.test_fraction)
    result["rows"] = [len(train), len(test)]

    kinds = order["known"]["types"]
    codes = [name for name, what in kinds.items() if what == "category"]
    raw = baseline.read(Path(order["file"]), order["known"]["read"], codes)
    started = time.monotonic()
    reached = baseline.score(
        raw,
        order["target"],
        order["problem"],
        order["framework"],
        {**order["known"], "train": train, "test": test},
    )
    result["baseline"] = {**reached, "seconds": round(time.monotonic() - started, 2)}

    predictor = champion(project, run, settings)
    some = chosen(len(raw), order["rows"])
    here = predictor.predict(data.table.iloc[some].reset_index(drop=True))
    here.to_parquet(Path(run).parent.parent / "predicted.parquet")
    plain = baseline.read(Path(order["file"]), order["known"]["read"])
    with served(project, settings) as url:
        answer = asked(url, as_rows(plain.drop(columns=order["target"]).iloc[some]))
        if isinstance(answer, str) and "but a code: write it as text" in answer:
            result["codes"] = answer
            answer = asked(url, as_rows(raw.drop(columns=order["target"]).iloc[some]))
        result["rest"] = difference(here, answer)


def batch(project: Project, order: Json, result: Json) -> None:
    """Score the whole file, and compare with what was predicted of some of its rows."""
    folder = Path(order["folder"])
    entry = importlib.import_module(f"{project.package}.serving.__main__").main
    logged = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(logged):
        code = entry(["--input", order["file"], "--output", str(folder / "scores")])
    if code:
        result["batch"] = f"exit {code}: {logged.getvalue()[-3000:]}"
        return
    rejected = pd.read_parquet(folder / "scores" / "rejected.parquet")
    if len(rejected):
        result["batch"] = f"{len(rejected)} rows rejected, first because of {rejected['reason'].iloc[0]}"
        return
    here = pd.read_parquet(folder / "predicted.parquet")
    scores = pd.read_parquet(folder / "scores" / "predictions.parquet")
    some = chosen(len(scores), order["rows"])
    result["batch"] = difference(here, scores[list(here)].iloc[some].reset_index(drop=True))


def main(package: str) -> None:
    """Run as a script; see the module."""
    project, answers = Project(package), sys.stdout
    for line in sys.stdin:
        order, result = json.loads(line), Json()
        choose(package, order)
        try:
            (batch if order["do"] == "batch" else bring)(project, order, result)
        except Exception:
            result["crashed"] = traceback.format_exc()
        answers.write(json.dumps(result) + "\n")
        answers.flush()


if __name__ == "__main__":
    main(sys.argv[1])
