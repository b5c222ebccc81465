"""`python -m proof`: proves that the template works with every combination of answers, and writes a report.

Exit codes: 0 nothing found, 1 findings, 2 wrong arguments.
"""

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from . import report
from .prove import Options, prove
from .renderings import UntracedReadError
from .tools import CACHE, ROOT, ToolError
from .trace import UntraceableError


def main(arguments: list[str] | None = None) -> int:
    """Run the proof; returns the exit code."""
    options = _options(arguments)
    if options.merge:
        try:
            merged = report.merge([report.read(path) for path in options.merge])
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"the reports cannot be merged: {error}", file=sys.stderr)
            return 2
        return _tell(merged, options.report)
    wanted = Options(full=not options.pairs, jobs=options.jobs, shard=options.shard)
    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        try:
            found = prove(ROOT, CACHE / "verdicts", wanted, progress)
        except (ToolError, UntraceableError, UntracedReadError) as error:
            print(error, file=sys.stderr)
            return 1
    return _tell(found, options.report)


def _tell(found: report.Report, folder: Path) -> int:
    report.write(found, folder)
    print(report.summary(found))
    print(f"Written: {folder / 'report.html'} and {folder / 'report.json'}")
    return 1 if found.findings else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m proof", description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--pairs", action="store_true", help="core combinations and a pairwise cover only")
    parser.add_argument("-j", "--jobs", type=_positive, default=os.cpu_count() or 1, help="linters at the same time")
    parser.add_argument("--shard", type=_shard, default=(1, 1), metavar="I/N", help="only this part, as in 2/4")
    parser.add_argument("--report", type=Path, default=CACHE / "proof", metavar="FOLDER", help="where the report goes")
    parser.add_argument(
        "--merge", type=Path, nargs="+", metavar="REPORT.JSON", help="join the reports of all shards instead of proving"
    )
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _shard(text: str) -> tuple[int, int]:
    number, _, total = text.partition("/")
    shard = int(number), int(total)
    if not 1 <= shard[0] <= shard[1]:
        raise argparse.ArgumentTypeError("expected I/N with I from 1 to N")
    return shard


if __name__ == "__main__":
    sys.exit(main())
