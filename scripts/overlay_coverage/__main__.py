"""`python -m scripts.overlay_coverage`: measure the coverage of each overlay's Python from tests of generated projects.

Exit codes: 0 done, 1 an overlay is covered too little, 2 a project could not be measured.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.command import write_section
from mlops_new import render
from mlops_new.answers import check
from mlops_new.origins import origins
from mlops_new.questionnaire import Questionnaire
from proof.renderings import Renderer
from proof.space import offered
from proof.trace import TracedTemplate

from .measure import COVERAGE, KEPT, MeasureError, kept, measured
from .merge import Measured, attributed, merged
from .page import remaining, report, shown, table
from .projects import SOURCES, Project, asked, having, is_within, projects

ROOT = Path(__file__).parents[2]
NAME = "my-project"
PAGE = ROOT / "docs" / "coverage.md"
REPORT = KEPT / "report.json"
BEGIN, END = "<!-- coverage: begin -->", "<!-- coverage: end -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and write the results; returns the exit code."""
    options = _options(arguments)
    questionnaire = Questionnaire(ROOT, ROOT / NAME)
    renderer = Renderer(TracedTemplate(ROOT, questionnaire.catalog), questionnaire, {})
    overlays = asked(renderer.template)
    wanted = {name: switches for name, switches in overlays.items() if is_within(name, options.only)}
    if not wanted:
        print(
            f"no overlay {options.only!r} has Python files; these have: {', '.join(sorted(overlays))}", file=sys.stderr
        )
        return 2
    every = projects(renderer, offered(questionnaire), overlays)
    chosen = having(frozenset().union(*wanted.values()), every) if options.only else every
    if options.list:
        for project in chosen:
            print(project.name)
        return 0
    files, failures = measure_all(chosen, questionnaire, options.jobs)
    if failures:
        print("\n\n".join(failures), file=sys.stderr)
        return 2
    result = merged((file for file in files if file.overlay in wanted), questionnaire.catalog)
    text = f"{_circumstances(chosen)}\n\n{table(result)}"
    print(f"\n{text}\n")
    if options.only:
        for line in remaining(result):
            print(line)
    REPORT.write_text(json.dumps(report(result, chosen), indent=2) + "\n", encoding="utf-8")
    print(f"lines that no project executes: {REPORT}")
    if options.write:
        write_section(BEGIN, END, text, PAGE)
    low = [overlay for overlay in result if overlay.percent < options.at_least]
    for overlay in low:
        print(f"{overlay.name}: {shown(overlay.percent)} covered, less than {options.at_least:g} %", file=sys.stderr)
    return 1 if low else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split(":", 1)[1].split("\n", 1)[0])
    parser.add_argument("--only", metavar="OVERLAY", default="", help="as orchestrator_argo, with the folders in it")
    parser.add_argument("--at-least", metavar="PERCENT", type=float, default=0, help="fail when an overlay has less")
    parser.add_argument("--jobs", type=int, default=2, help="how many projects are tested at once (default: 2)")
    parser.add_argument("--list", action="store_true", help="only print which projects would be measured")
    parser.add_argument("--write", action="store_true", help="write the table into docs/coverage.md, too")
    options = parser.parse_args(arguments)
    if options.only and options.write:
        parser.error("the page has all overlays; leave out --only or --write")
    return options


def measure_all(chosen: Sequence[Project], questionnaire: Questionnaire, jobs: int) -> tuple[list[Measured], list[str]]:
    """Measure projects, some at once; return what was measured of their files, and why others could not be measured."""

    def attempt(project: Project) -> list[Measured] | str:
        began = time.monotonic()
        try:
            known, files = measure_project(project, questionnaire)
        except MeasureError as error:
            return f"{project.name}: {error}"
        print(f"{project.name}: {'kept' if known else f'{time.monotonic() - began:.0f} s'}", flush=True)
        return files

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(attempt, chosen))
    return (
        [file for result in results if not isinstance(result, str) for file in result],
        [result for result in results if isinstance(result, str)],
    )


def measure_project(project: Project, questionnaire: Questionnaire) -> tuple[bool, list[Measured]]:
    """Render a project and measure it; return whether the result was kept from an earlier time, and its files.

    Raises:
        MeasureError: it cannot be measured.
    """
    answers = check(questionnaire, project.answers)
    with tempfile.TemporaryDirectory(prefix="coverage-", ignore_cleanup_errors=True) as name:
        folder = Path(name) / NAME
        render.create(answers, folder)
        sources = (path for source in SOURCES for path in (folder / source).rglob("*.py"))
        texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sources}
        known = kept(folder).exists()
        lines = measured(folder)
    return known, list(attributed(project.name, origins(answers, questionnaire.catalog), texts, lines))


def _circumstances(chosen: Sequence[Project]) -> str:
    python = f"Python {platform.python_version()}, {platform.system()}"
    number = "one project" if len(chosen) == 1 else f"{len(chosen)} projects"
    return f"Measured in {number}, with coverage.py {COVERAGE}, {python}."


if __name__ == "__main__":
    sys.exit(main())
