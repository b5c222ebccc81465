"""How long real tables take, and how much memory: `python -m benchmarks.tables [--write]`.

Each is trained on by a whole pipeline in a fresh process, and by the baseline of tests/tables, for the same rows.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests" / "tables"))

import catalogue  # noqa: E402 - of the tests, which have no package
import suite  # noqa: E402 - the same

from benchmarks.command import write_section  # noqa: E402 - sorted behind them

BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
FRAMEWORKS = {"sklearn": "scikit-learn", "xgboost": "XGBoost"}
MILLION = 1_000_000
COLUMNS = 11

MEASURED = """
import runpy, sys, time
started = time.monotonic()
sys.argv = sys.argv[1:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit as error:
    code = error.code or 0
else:
    code = 0
lines = open("/proc/self/status").read().splitlines()
peak = next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
print(f"measured {code} {time.monotonic() - started:.2f} {peak}", file=sys.stderr)
"""
"""Runs a module and prints its exit code, seconds and megabytes; `getrusage` may report those of its parent."""


@dataclass(frozen=True)
class Measure:
    """Of one process."""

    code: int
    seconds: float
    megabytes: int


@dataclass(frozen=True)
class Case:
    """A table in a file, and what a person knows of it."""

    title: str
    file: Path
    target: str
    known: dict[str, Any]
    time: str


def cases(folder: Path) -> list[Case]:
    """Return the flights, and a million rows of a table that looks like them."""
    flights = catalogue.table("flights")
    whole = flights.raw()
    grown = catalogue.grow(whole, MILLION, COLUMNS, seed=1)
    file = folder / "grown.csv"
    file.write_bytes(flights.form.content(grown))
    known = flights.known
    return [
        Case(
            f"flights, {len(whole):,} rows of {whole.shape[1]}",
            flights.write(folder),
            flights.target,
            known,
            "time_hour",
        ),
        Case(f"drawn from them, {MILLION:,} rows of {COLUMNS}", file, flights.target, {**known, "ignore": []}, ""),
    ]


def measured(project: suite.Project, module: str, *arguments: str, folder: Path, **settings: str) -> Measure:
    """Run a module of a project in a fresh process.

    Raises:
        SystemExit: it failed.
    """
    done = suite.run(project, project.rest, "-c", MEASURED, module, *arguments, folder=folder, **settings)
    last = done.stderr.strip().splitlines()[-1].split()
    if last[0] != "measured" or int(last[1]) not in (0, 4):
        raise SystemExit(f"{module} failed:\n{done.stdout}{done.stderr[-6000:]}")
    return Measure(int(last[1]), float(last[2]), int(last[3]))


def pipeline(project: suite.Project, case: Case, folder: Path) -> tuple[Measure, Path]:
    """Write the contract of a table, then train; returns the measure of the training, and its run."""
    settings = {
        "DATA_URI": str(case.file),
        "TARGET": case.target,
        "CONTRACT": str(folder / "data-contract.toml"),
        "RUNS_URI": str(folder / "runs"),
        "REGISTRY_URI": str(folder / "registry"),
        "TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
    }
    written = suite.run(project, project.rest, "-m", suite.NAME, "data-contract", folder=folder, **settings)
    if written.returncode:
        raise SystemExit(f"no contract was written:\n{written.stderr}")
    if case.time:
        contract = folder / "data-contract.toml"
        before = f'{case.time} = {{role = "feature"'
        text = contract.read_text(encoding="utf-8")
        if before not in text:
            raise SystemExit(f"{before} is not in the contract")
        contract.write_text(text.replace(before, f'{case.time} = {{role = "time"'), encoding="utf-8")
    found = measured(project, suite.NAME, "train", folder=folder, **settings)
    [run] = (folder / "runs").iterdir()
    return found, run


def baseline(project: suite.Project, case: Case, framework: str, folder: Path) -> Measure:
    """Train the baseline: on the first four fifths of the rows, which takes as long as on any others."""
    rows = sum(1 for _ in case.file.open("rb")) - 1
    known = {**case.known, "train": [*range(rows * 4 // 5)], "test": [*range(rows * 4 // 5, rows)]}
    (folder / "rows.json").write_text(json.dumps(known))
    arguments = (str(case.file), case.target, "regression", framework, str(folder / "rows.json"))
    return measured(project, "baseline", *arguments, folder=folder)


def table() -> str:
    """Return all measures, as Markdown."""
    lines = [
        f"One run each, one after the other, in fresh processes, Python "
        f"{platform.python_version()}, {platform.system()}.",
        "",
        "| | seconds | baseline | ratio | megabytes | baseline | ratio |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        place = Path(name)
        python = suite.environment(place / "environment")
        tables = cases(place)
        for framework, title in FRAMEWORKS.items():
            project = suite.create(place / framework, python, problem="regression", framework=framework)
            for number, case in enumerate(tables):
                folder = place / framework / str(number)
                folder.mkdir()
                ours, _ = pipeline(project, case, folder)
                theirs = baseline(project, case, framework, folder)
                lines.append(
                    f"| {case.title}, {title} | {ours.seconds:.1f} | {theirs.seconds:.1f} "
                    f"| {ours.seconds / theirs.seconds:.2f} | {ours.megabytes:,} | {theirs.megabytes:,} "
                    f"| {ours.megabytes / theirs.megabytes:.2f} |"
                )
                print(lines[-1], flush=True)
    return "\n".join(lines)


def main() -> None:
    """Run as a script; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    given = parser.parse_args()
    started = time.monotonic()
    found = table()
    print(f"{time.monotonic() - started:.0f} s")
    if given.write:
        write_section(BEGIN, END, found)


if __name__ == "__main__":
    main()
