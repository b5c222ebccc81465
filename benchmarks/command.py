"""How long the command takes beside others that do the same: `python -m benchmarks.command [--runs N] [--write]`.

Everything is measured in one run, in turns. Rivals are installed into .cache/benchmarks as pinned in requirements.txt.
"""

import argparse
import hashlib
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import copier
import jinja2

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire
from proof.space import core_combinations

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache" / "benchmarks"
RESULTS = CACHE / "command.json"
PAGE = ROOT / "docs" / "benchmarks.md"
BEGIN, END = "<!-- command: begin -->", "<!-- command: end -->"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
HERE = Path(sys.executable).parent
NAME = "my-project"
VARIABLES = {"project_name": NAME, "package": NAME.replace("-", "_")}
COOKIECUTTER = "{{ cookiecutter.project_name }}"


@dataclass(frozen=True)
class Case:
    """A command to time. `project` is where it writes, removed before each run."""

    name: str
    command: tuple[str, ...]
    project: Path | None = None


@dataclass(frozen=True)
class Group:
    """Seconds of each case, and the case that the others are compared with."""

    title: str
    reference: str
    seconds: Mapping[str, list[float]]

    def ratio(self, name: str) -> float:
        """Return how many times the reference a case takes, by medians."""
        return statistics.median(self.seconds[name]) / statistics.median(self.seconds[self.reference])

    def table(self) -> str:
        """Return the group as Markdown."""
        rows = [
            f"| {name} | {statistics.median(values):.3f} s | {min(values):.3f} s | {self.ratio(name):.2f} |"
            for name, values in self.seconds.items()
        ]
        head = [f"## {self.title}", "", f"| | median | fastest | median ÷ {self.reference} |", "|---|--:|--:|--:|"]
        return "\n".join([*head, *rows])


def in_turns(title: str, reference: str, cases: list[Case], runs: int, environment: Mapping[str, str]) -> Group:
    """Time whole processes, one run of each case after another, after a run of each that does not count."""
    seconds: dict[str, list[float]] = {case.name: [] for case in cases}
    for number in range(runs + 1):
        for case in cases:
            if case.project:
                shutil.rmtree(case.project.parent, ignore_errors=True)
                case.project.parent.mkdir(parents=True)
            started = time.perf_counter()
            done = subprocess.run(case.command, env={**os.environ, **environment}, capture_output=True, text=True)
            taken = time.perf_counter() - started
            if done.returncode:
                raise SystemExit(f"{case.name} failed:\n{done.stdout}{done.stderr}")
            if number:
                seconds[case.name].append(taken)
    return Group(title, reference, seconds)


def content(project: Path) -> dict[str, bytes]:
    """Return path → bytes of the files of a project."""
    return {str(path.relative_to(project)): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def require_same(expected: Path, *others: Path) -> None:
    """Stop unless all projects have the same files with the same bytes."""
    for other in others:
        if content(expected) != content(other):
            raise SystemExit(f"{other} is not what {expected} is; nothing was measured that could be compared")


def as_templates(project: Mapping[str, bytes], namespace: str = "") -> dict[str, str]:
    """Turn a project into Jinja templates: name → source, with variables in place of its names."""
    names = {value: f"{{{{ {namespace}{name} }}}}" for name, value in VARIABLES.items()}
    known = "|".join(map(re.escape, names))
    special = re.compile("|".join([known, rf"\{{(?={known}|[{{%#]|\}}\}})", r"\}\}", r"%\}", r"#\}"]))

    def escaped(text: str) -> str:
        return special.sub(lambda found: names.get(found[0], f'{{{{ "{found[0]}" }}}}'), text)

    return {escaped(name): escaped(text.decode()) for name, text in project.items()}


def write_cookiecutter(folder: Path, project: Mapping[str, bytes]) -> Path:
    """Write a cookiecutter template that renders as a project; returns its folder."""
    folder.mkdir()
    (folder / "cookiecutter.json").write_text(json.dumps(VARIABLES))
    for name, text in as_templates(project, "cookiecutter.").items():
        file = folder / COOKIECUTTER / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def install(name: str, *packages: str) -> Path:
    """Install packages into an environment under .cache, compiled; return its folder of programs."""
    folder = CACHE / name
    if not (folder / "complete").exists():
        uv = str(HERE / "uv")
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        command = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", str(folder), *packages]
        subprocess.run(command, check=True)
        (folder / "complete").touch()
    return folder / "bin"


def rivals() -> Path:
    """Install the programs to compare with; return their folder."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:16]
    return install(f"rivals-{digest}", "--require-hashes", "--requirements", str(REQUIREMENTS))


def wheel() -> Path:
    """Install the program as users do: from a wheel of this work tree, with the locked versions of its dependencies."""
    with tempfile.TemporaryDirectory() as name:
        uv, locked = str(HERE / "uv"), str(Path(name) / "locked.txt")
        subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", name], cwd=ROOT, check=True)
        export = ["export", "--quiet", "--locked", "--no-dev", "--no-emit-project", "--output-file", locked]
        subprocess.run([uv, *export], cwd=ROOT, check=True, capture_output=True)
        [built] = Path(name).glob("*.whl")
        folder = f"wheel-{hashlib.sha256(built.read_bytes() + Path(locked).read_bytes()).hexdigest()[:16]}"
        return install(folder, "--requirements", locked, str(built))


@contextmanager
def scratch() -> Iterator[Path]:
    """Yield a temporary folder for what is written."""
    with tempfile.TemporaryDirectory(prefix="benchmark-") as name:
        yield Path(name)


def creation(runs: int) -> Group:
    """Time the creation of the recommended project, as whole processes that write the same bytes."""
    installed, others = wheel(), rivals()
    with scratch() as folder, source.offline():
        ways = ("wheel", "checkout", "copier", "plain", "cookiecutter", "loop")
        projects = {way: folder / way / NAME for way in ways}
        model = folder / "model"
        render.create(check(Questionnaire(source.root(), model), {"project_name": NAME}), model)
        template = write_cookiecutter(folder / "template", content(model))
        copy = (others / "copier", "copy", "--quiet", "--defaults")
        address = (f"--vcs-ref=v{source.version()}", source.copier_url())
        into = ("--no-input", "--output-dir", projects["cookiecutter"].parent)
        loop = (installed / "python", ROOT / "benchmarks" / "loop.py", template / COOKIECUTTER)
        variables = json.dumps({"cookiecutter": VARIABLES})

        def case(name: str, way: str, *command: str | Path) -> Case:
            return Case(name, tuple(map(str, command)), projects[way])

        group = in_turns(
            f"A project of {len(content(model))} files",
            "copier copy",
            [
                case("mlops-new", "wheel", installed / "mlops-new", projects["wheel"], "--defaults"),
                case("mlops-new, from a checkout", "checkout", HERE / "mlops-new", projects["checkout"], "--defaults"),
                case("copier copy", "copier", *copy, *address, projects["copier"]),
                case("copier copy, from a checkout", "plain", *copy, ROOT, projects["plain"]),
                case("cookiecutter", "cookiecutter", others / "cookiecutter", *into, template),
                case("bare Jinja loop", "loop", *loop, projects["loop"], variables),
            ],
            runs,
            {"COPIER_CACHE_DIR": str(folder / "cache")},
        )
        require_same(*(projects[way] for way in ways if way != "plain"))  # its answers file names the folder
    return group


def start(runs: int) -> Group:
    """Time the start-up, as whole processes."""
    installed, others = wheel(), rivals()
    cases = [
        Case("mlops-new --help", (str(installed / "mlops-new"), "--help")),
        Case("mlops-new --help, from a checkout", (str(HERE / "mlops-new"), "--help")),
        Case("import typer", (str(installed / "python"), "-c", "import typer")),
        *(Case(f"{name} --help", (str(others / name), "--help")) for name in ("copier", "cookiecutter", "kedro")),
    ]
    return in_turns("Start", "import typer", cases, runs, {"DO_NOT_TRACK": "1"})


def combinations() -> Group:
    """Time every core combination in one process, the ways in turns; they write the same files."""
    ours, stock, bare = "mlops-new", "copier's run_copy", "bare Jinja loop"
    seconds: dict[str, list[float]] = {ours: [], stock: [], bare: []}
    texts: dict[str, str] = {}
    environment = jinja2.Environment(loader=jinja2.DictLoader(texts), keep_trailing_newline=True)  # noqa: S701 - no HTML
    with scratch() as folder:
        plain = folder / "template"  # without Git, so that copier need not clone
        for name in source.files():
            (plain / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, plain / name)
        for number, core in enumerate(core_combinations(Questionnaire(ROOT, ROOT / NAME))):
            place = folder / str(number)
            answers = check(Questionnaire(ROOT, place / NAME), {"project_name": NAME, **core})
            with timed(seconds[ours]):
                render.create(answers, place / "ours")
            with timed(seconds[stock]):
                copier.run_copy(str(plain), place / "copier", data=dict(answers), defaults=True, quiet=True)
            templates = as_templates(content(place / "ours"))
            texts |= {text: text for item in templates.items() for text in item}
            with timed(seconds[bare]):
                for name, text in templates.items():
                    file = place / "loop" / environment.get_template(name).render(VARIABLES)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_text(environment.get_template(text).render(VARIABLES), encoding="utf-8")
            require_same(place / "ours", place / "loop")
            for way in ("ours", "copier"):  # they name different origins
                (place / way / ".copier-answers.yml").unlink()
            require_same(place / "ours", place / "copier")
    return Group(f"Each of {len(seconds[ours])} combinations, in one process", stock, seconds)


@contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    """Add to a list how long something takes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        started = time.perf_counter()
        yield
        seconds.append(time.perf_counter() - started)


def as_json(groups: list[Group], runs: int) -> dict[str, Any]:
    """Return the results for a program to read."""
    return {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "runs": runs,
        "groups": [
            {
                "title": group.title,
                "reference": group.reference,
                "cases": {
                    name: {"median": statistics.median(values), "min": min(values), "ratio": group.ratio(name)}
                    for name, values in group.seconds.items()
                },
            }
            for group in groups
        ],
    }


def as_markdown(groups: list[Group], runs: int) -> str:
    """Return the results as docs/benchmarks.md shows them."""
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}, {platform.system()}"
    return "\n\n".join([f"{runs} runs of each command, in turns, on {machine}.", *(group.table() for group in groups)])


def write_section(begin: str, end: str, shown: str, page: Path = PAGE) -> None:
    """Put results between two marks of a page, docs/benchmarks.md unless another is named."""
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    page.write_text(f"{before}{begin}\n\n{shown}\n\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def main() -> None:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=9, help="runs of each command (default: 9)")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/benchmarks.md, too")
    given = parser.parse_args()
    groups = [creation(given.runs), start(given.runs), combinations()]
    CACHE.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(as_json(groups, given.runs), indent=2) + "\n")
    shown = as_markdown(groups, given.runs)
    print(shown)
    if given.write:
        write_section(BEGIN, END, shown)


if __name__ == "__main__":
    main()
