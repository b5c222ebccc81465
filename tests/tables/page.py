"""Write docs/real-tables.md: `python tests/tables/page.py [--check]`.

All between the marks comes from the catalogue and from what `make test-full` left in .cache/tables.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import catalogue
import grown
from catalogue import TABLES, Table
from retrained import Judgement, right
from suite import RESULTS

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "real-tables.md"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
FRAMEWORKS = {"sklearn": "scikit-learn", "xgboost": "XGBoost"}


def known(file: Path) -> Any:
    """What a test left.

    Raises:
        SystemExit: it has not run.
    """
    if not file.exists():
        raise SystemExit(f"{file} is not there; run pytest tests/tables first")
    return json.loads(file.read_text())


def table_row(table: Table) -> str:
    """A line of the list of tables."""
    rows, columns = table.raw().shape
    origin = f"{table.package}, {table.dataset}"
    return f"| {table.name} | {origin} | {table.licence} | {rows:,}, {columns} | {table.target} | {table.brings} |"


def score_row(table: Table) -> str:
    """A line of the list of scores."""
    cells = [table.name, "f1_macro" if table.problem == "classification" else "R²"]
    for framework in FRAMEWORKS:
        found = known(RESULTS / f"{framework}-{table.name}.json")
        refused = " refused" if found["reasons"] else ""
        cells += [f"{found['score']:.4f}{refused}", f"{found['baseline']['score']:.4f}"]
        cells += [f"{found['seconds']:.0f} s, {found['peak_megabytes']} MB"]
    return f"| {' | '.join(cells)} |"


def share(part: int, whole: int) -> str:
    """As in `45 of 46, 98 %`."""
    return f"{part} of {whole}, {part / whole:.0%}" if whole else "none"


def retraining() -> Iterable[str]:
    """What the gate made of models that are clearly better or worse."""
    yield "| | clearly better, promoted | clearly worse, not promoted | rows compared that one was trained on |"
    yield "|---|--:|--:|--:|"
    everything: list[Judgement] = []
    for framework, title in FRAMEWORKS.items():
        files = [RESULTS / f"retraining-{framework}-{name}.json" for name in grown.RETRAINED]
        found = [Judgement(**one) for file in files for one in known(file)]
        everything += found
        yield _retraining_row(title, found)
    for case in dict.fromkeys(one.case for one in everything):
        yield _retraining_row(case, [one for one in everything if one.case == case])
    yield _retraining_row("**all**", everything)


def _retraining_row(title: str, found: list[Judgement]) -> str:
    cells = [title, share(*right(found, "better")), share(*right(found, "worse"))]
    cells += [f"{sum(one.seen for one in found)} of {sum(one.rows for one in found):,}"]
    return f"| {' | '.join(cells)} |"


def content() -> str:
    """All that stands between the marks."""
    head = ["## Tables", "", "| table | package, data set | licence | rows, columns | target | brings |"]
    lines = [*head, "|---|---|---|--:|---|---|", *map(table_row, TABLES), "", "## Scores", ""]
    titles = " | ".join(f"{title} | by hand | training" for title in FRAMEWORKS.values())
    lines += [f"| table | metric | {titles} |", "|---|---|--:|--:|--:|--:|--:|--:|", *map(score_row, TABLES), ""]
    lines += ["## Retraining", "", *retraining()]
    return "\n".join(lines)


def main() -> None:
    """Run as a script; see the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="say whether the page is as it would be written")
    given = parser.parse_args()
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    _, after = rest.split(END)
    written = f"{before}{BEGIN}\n\n{content()}\n\n{END}{after}"
    if given.check:
        sys.exit(0 if written == page else f"{PAGE} is not what it would be; run {Path(__file__).name}")
    PAGE.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    assert catalogue.TABLES
    main()
