"""What the proof costs, and what one more choice adds to that: `python -m benchmarks.growth [--write]`.

Rendering and counting only: linters cost by content, and their verdicts are kept. The bare loop beside it has Jinja
render all files of each of a sample of combinations, with access to every answer, and does nothing else.
"""

import argparse
import json
import multiprocessing
import os
import platform
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
from jinja2_ansible_filters import AnsibleCoreFiltersExtension

from benchmarks.command import write_section
from mlops_new.catalog import Value, load
from mlops_new.overlays import folder, write
from mlops_new.questionnaire import Questionnaire
from proof.prove import Options, prove
from proof.renderings import Renderer, texts
from proof.space import Space, offered
from proof.trace import SUFFIX, TracedTemplate

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / ".cache" / "benchmarks" / "growth.json"
BEGIN, END = "<!-- growth: begin -->", "<!-- growth: end -->"
SAMPLE = 100
NEW_CHOICES = {
    "orchestrator": ("2_architecture.yml", "    None, in process:\n", "orchestrator_none"),
    "tracker": ("2_architecture.yml", "    Weights & Biases:\n", "tracker_wandb"),
    "serving": ("2_architecture.yml", "    Batch:\n", "serving_batch"),
    "volume": ("1_requirements.yml", "    Up to 10,000:\n", ""),
}
"""Question → its file, the label in front of which the new choice goes, and the overlay that it gets a copy of."""


@dataclass(frozen=True)
class Cost:
    """What proving a template takes.

    Attributes:
        what: of the template.
        valid: combinations of answers.
        renderings: of the files that are rendered in every way.
        distinct: contents for the linters.
        seconds: of counting and rendering.
        beside: seconds that today's template took just before.
    """

    what: str
    valid: int
    renderings: int
    distinct: int
    seconds: float
    beside: float


def growth() -> list[Cost]:
    """Measure today's template, and each with one more choice; the first is today's.

    Machines are not equally fast all the time, so that today's is measured again in front of each.
    """
    costs = []
    for question in NEW_CHOICES:
        with copy() as root:
            today = alone("today", root)
        with extended(question) as root:
            costs.append(replace(alone(f"one more choice of {question}", root), beside=today.seconds))
    median = statistics.median(one.beside for one in costs)
    return [replace(today, seconds=median, beside=median), *costs]


def alone(what: str, root: Path) -> Cost:
    """Call `cost` in a process of its own, which knows nothing of an earlier one's counting."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(cost, what, root).result()


def cost(what: str, root: Path) -> Cost:
    """Prove a template, without linters, beside nothing."""
    with tempfile.TemporaryDirectory() as cache:
        began = time.perf_counter()
        report = prove(root, Path(cache), Options(full=True, jobs=1), lambda *_: None, ())
        seconds = time.perf_counter() - began
    rendered = sum(file.rendered for file in report.files)
    return Cost(what, report.space.valid, rendered, sum(file.distinct for file in report.files), seconds, seconds)


@contextmanager
def copy() -> Iterator[Path]:
    """Yield a copy of the template in a new place, which no cache knows."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for part in ("questions", "template"):
            shutil.copytree(ROOT / part, root / part)
        shutil.copy(ROOT / "copier.yml", root)
        yield root


@contextmanager
def extended(question: str) -> Iterator[Path]:
    """Yield a copy of the template with one more choice of a question."""
    file, label, overlay = NEW_CHOICES[question]
    with copy() as root:
        path = root / "questions" / file
        entry = "    Another:\n      value: another\n      when: added for a benchmark\n"
        path.write_text(path.read_text().replace(label, entry + label, 1))
        if overlay:
            template = root / "template"
            another = folder(template, f"{question}/{question}_another")
            shutil.copytree(folder(template, f"{question}/{overlay}"), another)
            write(root)
        yield root


def sample(space: Space, number: int, allowed: Mapping[str, Sequence[Value]]) -> list[dict[str, Value]]:
    """Return seeded random combinations, with some of the allowed answers where a question has such."""
    chance = random.Random(1)  # noqa: S311 - no secret depends on it
    wished = ({axis: chance.choice(values) for axis, values in space.domains.items()} for _ in range(number))
    return [space.among(allowed, answers) or {} for answers in wished]


def each_combination() -> dict[str, float]:
    """Return the seconds per combination, averaged over a sample of the space: the proof's renderer, a bare loop."""
    questionnaire = Questionnaire(ROOT, ROOT / "my-project")
    template = TracedTemplate(ROOT, load(ROOT))
    combinations = [questionnaire.complete(answers) for answers in sample(offered(questionnaire), SAMPLE, {})]
    began = time.perf_counter()
    renderer = Renderer(template, questionnaire, {})
    ours = [renderer.project(answers) for answers in combinations]
    proof = time.perf_counter() - began
    began = time.perf_counter()
    bare = list(_bare_loop(template, questionnaire, combinations))
    loop = time.perf_counter() - began
    if any(project.keys() - {".copier-answers.yml"} != other.keys() for project, other in zip(ours, bare, strict=True)):
        raise RuntimeError("the two do not render the same files")
    return {"proof": proof / SAMPLE, "bare Jinja loop": loop / SAMPLE}


def _bare_loop(
    template: TracedTemplate, questionnaire: Questionnaire, combinations: list[dict[str, Value]]
) -> Iterator[dict[str, bytes]]:
    environment = jinja2.Environment(  # noqa: S701 - it renders no HTML
        loader=jinja2.FileSystemLoader(ROOT), extensions=[AnsibleCoreFiltersExtension], keep_trailing_newline=True
    )
    paths = {file: environment.from_string(file.removesuffix(SUFFIX)) for file in template.files}
    computed = {name: environment.from_string(text) for name, text in template.computed.items()}
    for answers in combinations:
        context: dict[str, Any] = {**answers, **template.constants}
        context |= {name: text.render(context).strip() for name, text in computed.items()}
        chosen = {f"{axis}_{choice}" for axis in template.catalog.axes for choice in texts(context[axis])}
        context["use"] = dict.fromkeys(["core", *template.catalog.axes, *chosen], ".")
        context["overlays"] = [name for name in template.overlays if chosen.issuperset(name.split("/")[1:])]
        project: dict[str, bytes] = {}
        for file, path in paths.items():
            parts = path.render(context).split("/")
            if "" in parts or file.endswith(".copier-answers.yml.jinja"):
                continue
            place = "/".join(part for part in parts if part != ".")
            if file.endswith(SUFFIX):
                project[place] = environment.get_template(f"template/{file}").render(context).encode()
            else:
                project[place] = (ROOT / "template" / file).read_bytes()
        yield project


def as_markdown(costs: list[Cost], each: dict[str, float]) -> str:
    """Return the results as docs/benchmarks.md shows them."""
    now = costs[0]
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}"
    head = [
        f"On {machine}; a run of each in a process of its own, after one of today's, whose median is shown.",
        "",
        "## The proof, and what one more choice adds",
        "",
        "| template | valid combinations | renderings | distinct contents | counting and rendering |",
        "|---|--:|--:|--:|--:|",
    ]
    rows = [
        f"| {one.what} | {one.valid:,} ({one.valid / now.valid:.2f}x) | {one.renderings:,} "
        f"({one.renderings / now.renderings:.2f}x) | {one.distinct:,} ({one.distinct / now.distinct:.2f}x) "
        f"| {one.seconds:.1f} s ({one.seconds / one.beside:.2f}x) |"
        for one in costs
    ]
    bare = each["bare Jinja loop"]
    table = [
        "",
        f"## A combination, on the average of {SAMPLE}",
        "",
        "| | seconds | ÷ bare Jinja loop |",
        "|---|--:|--:|",
        *(f"| {name} | {seconds:.4f} s | {seconds / bare:.2f} |" for name, seconds in each.items()),
        f"| proof, whole space ÷ {now.valid:,} combinations | {now.seconds / now.valid:.6f} s "
        f"| {now.seconds / now.valid / bare:.4f} |",
    ]
    return "\n".join([*head, *rows, *table])


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md, too")
    given = parser.parse_args()
    each = each_combination()
    costs = growth()
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"costs": [asdict(one) for one in costs], "each": each}, indent=2) + "\n")
    shown = as_markdown(costs, each)
    print(shown)
    if given.write:
        write_section(BEGIN, END, shown)


if __name__ == "__main__":
    main()
