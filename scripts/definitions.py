"""Write the pipeline definitions that projects ship, from what the projects' own `make definition` writes.

Engines that run outside of the project are given a file: compiled YAML or JSON of hundreds of lines. A project has it
from the start, so that it can be deployed before anybody has installed an SDK. So, for each such engine, projects with
different answers are rendered and write their definition with the engine's locked SDK. Lines that not all of them have
get a condition, and names become expressions again. docs/adr/0017-definitions.md has the reasons.

Usage: python -m scripts.definitions [--check] [--all] [--only ENGINE]
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush
from itertools import combinations, groupby, pairwise
from pathlib import Path

from mlops_new.overlays import CORE, choices_of, folder
from mlops_new.questionnaire import Questionnaire
from mlops_new.template import SUFFIX
from proof.renderings import Answers, Combination, Renderer
from proof.space import Space, offered
from proof.tools import CACHE, plain_environment, project_environment
from proof.trace import TracedTemplate

ROOT = Path(__file__).parent.parent
UV = Path(sys.executable).parent / "uv"
NAME = "stands-for-a-project"
"""The name of the projects that write definitions; it must not be a part of any other word in them."""
STRENGTH = 2
"""So many features meet in every way: enough for lines that depend on one of them. Others are refused."""
GRAPH = f"{CORE}/src/{{{{package}}}}/pipeline.py.jinja"
COMMAND = re.compile(r"adapters\.orchestration definition (\S+)")
"""In the Makefile of a project: what writes the definition, and where to."""
IMPORT = re.compile(r"^ *from \.(\w+) import|^ *from \. import (\w+)$", re.MULTILINE)
READ = ("Makefile", "config.toml", "pyproject.toml", "uv.lock")
"""With `src`, the files of a project that `make definition` needs."""
HEAD = "{# Written by `make definitions` from what `make definition` writes in projects; do not edit. -#}\n"


Row = tuple[tuple[str, bool], ...]
"""Names of features and whether they are on."""


Line = tuple[tuple[str, int], ...]
"""A line of a definition, below those that it belongs to: two `labels:` of different things are not the same line.

Each has a number: the same text below the same line is the first, the second, and so on.
"""


class DefinitionError(Exception):
    """A definition cannot be written; the message says why."""


@dataclass(frozen=True)
class Project:
    """A project that writes its definition.

    Attributes:
        answers: to all questions.
        files: what it needs for that: path → content.
    """

    answers: Answers
    files: Mapping[str, bytes]

    @cached_property
    def digest(self) -> str:
        """Hash over all that the definition is made from."""
        whole = hashlib.sha256(sys.version.encode())
        for path, content in sorted(self.files.items()):
            whole.update(f"\0{path}\0{len(content)}\0".encode() + content)
        return whole.hexdigest()


class Engine:
    """An engine that is given a definition, and the projects whose definitions differ in all possible ways."""

    def __init__(self, renderer: Renderer, space: Space, name: str, strength: int) -> None:
        """Look at what decides the definition.

        Args:
            renderer: renders the template.
            space: all answers.
            name: the choice of the orchestrator.
            strength: so many features meet in every way.
        """
        self.strength = strength
        self.name = name
        self._renderer = renderer
        self._space = Space({**space.domains, "orchestrator": (name,)}, space.rules)
        self._base = self._project(renderer.questionnaire.complete(self._space.among({}, {}) or {}))

    @cached_property
    def path(self) -> str | None:
        """Where a project has its definition; None if it has none."""
        command = COMMAND.search(self._base.files["Makefile"].decode())
        return command[1] if command else None

    @property
    def target(self) -> Path:
        """The file of the template."""
        return folder(ROOT / "template", self._overlay) / f"{self.path}{SUFFIX}"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What decides the definition is read under these names: by the code, and by the settings it adds."""
        template = self._renderer.template
        reads = [template.reads(file) for file in [*self._modules(), GRAPH]]
        return tuple(sorted(template.reads_of_slot(self._overlay, "config_toml").union(*reads)))

    @cached_property
    def projects(self) -> list[Project]:
        """Projects in which any `strength` features that go together occur together."""
        every: dict[Row, Answers] = {}
        for picked in self._space.pick(self._renderer.groups(self.names, self._space)):
            answers = self._renderer.questionnaire.complete(self._space.among(picked, {}) or {})
            every.setdefault(tuple(self.features(answers).items()), answers)
        return [self._project(every[features]) for features in sample(list(every), self.strength)]

    def texts(self, answers: Answers) -> dict[str, str]:
        """Return what free text and computed text stand for in a definition: text → expression."""
        catalog = self._renderer.questionnaire.catalog
        free = [name for name in self.names if name in catalog and not catalog.question(name).choices]
        seen = self._renderer.seen({*free, "package", "project_name", "cron"}, answers)
        package = str(seen["package"])
        texts = {str(text): f"{{{{ {name} }}}}" for name, text in seen.items() if isinstance(text, str) and text}
        return {**texts, package.upper(): "{{ package | upper }}"}

    def features(self, answers: Answers) -> dict[str, bool]:
        """Return what conditions can ask for: name → whether it is on, or not empty."""
        prefix = "use."
        apart = {f"{prefix}{half}" for name in self.names if name.startswith(prefix) for half in name[4:].split("/")}
        others = [name for name in self.names if not name.startswith(prefix)]
        return {name: bool(value) for name, value in self._renderer.seen([*others, *sorted(apart)], answers).items()}

    def axes(self, names: Iterable[str]) -> frozenset[str]:
        """Return the questions that decide features."""
        return frozenset().union(*(self._renderer.template.axes(name) for name in names))

    def environment(self) -> Path:
        """Return the folder of an environment with the engine's SDK, as locked; it is installed once."""
        pyproject, lock = (self._base.files[name].decode() for name in ("pyproject.toml", "uv.lock"))
        groups = ("--no-default-groups", "--group=orchestrator")
        return project_environment(f"definitions-{self.name}", pyproject, lock, groups=groups).parent

    @property
    def _overlay(self) -> str:
        return f"orchestrator/orchestrator_{self.name}"

    def _project(self, answers: Answers) -> Project:
        combination = Combination(answers)
        files: dict[str, bytes] = {}
        for file in self._renderer.template.files:
            rendering = self._renderer.rendering(file, combination) if _needed(file) else None
            if rendering is not None:
                files[rendering.path] = rendering.content
        return Project(combination, files)

    def _modules(self) -> list[str]:
        """Return the files of the template with the engine's own modules that write the definition."""
        switch = f"orchestrator_{self.name}"
        own: dict[str, list[str]] = {}
        for file in self._renderer.template.files:
            if switch in choices_of(file) and file.removesuffix(SUFFIX).endswith(".py") and "/adapters/" in file:
                own.setdefault(Path(file.removesuffix(SUFFIX)).stem, []).append(file)
        waiting, found = ["orchestration"], set()
        while waiting:
            module = waiting.pop()
            if module in own and module not in found:
                found.add(module)
                for text in self._every_rendering(own[module]):
                    waiting += [first or second for first, second in IMPORT.findall(text)]
        return sorted(file for module in found for file in own[module])

    def _every_rendering(self, files: Sequence[str]) -> Iterator[str]:
        for answers in self._renderer.examples(files, self._space):
            renderings = (self._renderer.rendering(file, answers) for file in files)
            yield from (rendering.content.decode() for rendering in renderings if rendering)


def sample(every: Sequence[Row], strength: int) -> list[Row]:
    """Return a few of many rows, in which any `strength` values that occur together in a row still do.

    Args:
        every: rows of as many values each.
        strength: 2 for pairs.
    """
    size = min(strength, len(every[0]))
    together = {row: frozenset(combinations(row, size)) for row in every}
    missing = list(dict.fromkeys(values for row in every for values in combinations(row, size)))
    rows = []
    while missing:
        fitting = [row for row in every if missing[0] in together[row]]
        rows.append(max(fitting, key=lambda row: len(together[row].intersection(missing))))
        missing = [values for values in missing if values not in together[rows[-1]]]
    return rows


def _needed(file: str) -> bool:
    """Tell whether a file of the template becomes one that `make definition` needs."""
    plain = re.sub(r"\{\{use\.\w+\}\}/", "", file).removesuffix(SUFFIX)
    return plain in READ or plain.startswith("src/")


def engines(only: str = "", strength: int = STRENGTH) -> list[Engine]:
    """Return the engines whose projects have a definition; the one of this name, or all."""
    questionnaire = Questionnaire(ROOT, ROOT / NAME)
    renderer = Renderer(TracedTemplate(ROOT, questionnaire.catalog), questionnaire, {})
    space = offered(questionnaire)
    names = [str(name) for name in space.domains["orchestrator"] if only in ("", name)]
    return [engine for engine in (Engine(renderer, space, name, strength) for name in names) if engine.path]


def defined(project: Project, path: str, environment: Path) -> str:
    """Return what `make definition` writes in a project; it is kept in .cache, by all that it is made from.

    Args:
        project: the project.
        path: of the definition in it.
        environment: with the SDK.

    Raises:
        DefinitionError: it fails.
    """
    kept = CACHE / "defined" / f"{project.digest}-{environment.name}"
    if kept.exists():
        return kept.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / NAME
        for file, content in project.files.items():
            (place / file).parent.mkdir(parents=True, exist_ok=True)
            (place / file).write_bytes(content)
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        variables = plain_environment() | {
            "UV_NO_SYNC": "1",
            "UV_PROJECT_ENVIRONMENT": str(environment),
            "PYTHONPATH": str(place / "src"),
        }
        command = ["make", "definition", f"UV={UV}"]
        done = subprocess.run(command, cwd=place, env=variables, capture_output=True, text=True)
        if done.returncode:
            raise DefinitionError(f"`make definition` failed:\n{done.stdout}{done.stderr}")
        text = (place / path).read_text(encoding="utf-8")
    kept.parent.mkdir(parents=True, exist_ok=True)
    begun = kept.with_name(f"{kept.name}-{os.getpid()}-{threading.get_ident()}")  # equal projects may run at once
    begun.write_text(text, encoding="utf-8")
    begun.replace(kept)  # whole, or not at all
    return text


def templated(text: str, texts: Mapping[str, str]) -> str:
    """Return a definition as a template: its braces are kept from Jinja, and texts are expressions again.

    Args:
        text: the definition.
        texts: text → the expression that gives it.
    """
    words = sorted(texts, key=len, reverse=True)
    token = re.compile("|".join([r"\{[{%#]", *map(re.escape, words)]))
    return token.sub(lambda found: texts.get(found[0], f"{{{{ '{found[0]}' }}}}"), text)


def merged(definitions: Sequence[str], features: Sequence[Mapping[str, bool]]) -> tuple[str, list[tuple[str, ...]]]:
    """Return one template that gives each of several, and the conditions that depend on more than one feature.

    Args:
        definitions: templates, line by line the same for the most part.
        features: what conditions can ask for, one for each definition.

    Raises:
        DefinitionError: two differ where nothing that can be asked for does, or have the same lines in another order.
    """
    numbers: defaultdict[Line, set[int]] = defaultdict(set)
    order: TopologicalSorter[Line] = TopologicalSorter()
    for number, text in enumerate(definitions):
        lines = placed(text)
        for line in lines:
            numbers[line].add(number)
            order.add(line)
        for line, following in pairwise(lines):
            order.add(following, line)
    written: list[str] = []
    mixed: list[tuple[str, ...]] = []
    for having, group in groupby(_in_order(order, list(numbers)), key=numbers.__getitem__):
        block = "".join(line[-1][0] for line in group)
        names, asked = condition(having, features)
        if len(names) > 1:
            mixed.append(names)
        written.append(f"{{% if {asked} %}}{block}{{% endif %}}" if names else block)
    return "".join(written), mixed


def placed(text: str) -> list[Line]:
    """Return the lines of a text, each below the less indented ones that it belongs to."""
    lines: list[Line] = []
    counted: Counter[tuple[Line, str]] = Counter()
    above: list[tuple[int, Line]] = [(-1, ())]
    indent = 0
    for line in text.splitlines(keepends=True):
        indent = len(line) - len(line.lstrip()) if line.strip() else indent  # an empty line goes with the one before
        while above[-1][0] >= indent:
            above.pop()
        parent = above[-1][1]
        counted[parent, line] += 1
        lines.append((*parent, (line, counted[parent, line])))
        above.append((indent, lines[-1]))
    return lines


def _in_order(order: "TopologicalSorter[Line]", seen: Sequence[Line]) -> Iterator[Line]:
    """Yield lines in an order that fits every text; of those that could be next, the one that was seen first."""
    places = {line: place for place, line in enumerate(seen)}
    try:
        order.prepare()
    except CycleError as error:
        raise DefinitionError(f"definitions have lines in different orders: {error.args[1][0][-1][0]!r}") from error
    waiting: list[int] = []
    while order.is_active():
        for line in order.get_ready():
            heappush(waiting, places[line])
        line = seen[heappop(waiting)]
        yield line
        order.done(line)


def condition(having: Set[int], features: Sequence[Mapping[str, bool]]) -> tuple[tuple[str, ...], str]:
    """Return the features that tell some variants from all others, as few as possible, and the expression that asks.

    Args:
        having: numbers of the variants.
        features: of each variant.

    Raises:
        DefinitionError: nothing tells them from the others.
    """
    names = [name for name in features[0] if len({each[name] for each in features}) > 1]
    for size in range(len(names) + 1):
        found: list[tuple[int, tuple[str, ...], str]] = []
        for chosen in combinations(names, size):
            seen = [tuple(each[name] for name in chosen) for each in features]
            on = {seen[number] for number in having}
            if on.isdisjoint(seen[number] for number in range(len(seen)) if number not in having):
                terms = (
                    " and ".join(name if value else f"not {name}" for name, value in zip(chosen, values, strict=True))
                    for values in sorted(on, reverse=True)
                )
                found.append((sum(values.count(False) for values in on), chosen, " or ".join(terms)))
        if found:
            _, chosen, expression = min(found)  # rather one that asks for something than for its absence
            return chosen, expression
    raise DefinitionError("definitions differ although the code that writes them reads the same")


def written(engine: Engine, pool: ThreadPoolExecutor) -> str:
    """Return the template of an engine's definition.

    Raises:
        DefinitionError: it cannot be written.
    """
    path, environment = str(engine.path), engine.environment()
    texts = list(pool.map(lambda project: defined(project, path, environment), engine.projects))
    answers = [project.answers for project in engine.projects]
    definitions = [templated(text, engine.texts(each)) for text, each in zip(texts, answers, strict=True)]
    result, mixed = merged(definitions, [engine.features(each) for each in answers])
    for names in mixed:
        if len(names) >= engine.strength and len(engine.axes(names)) > 1:
            raise DefinitionError(f"a line depends on {', '.join(names)} at once; raise STRENGTH in {__file__}")
    return HEAD + result


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the definitions; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--check", action="store_true", help="fail when a definition is stale instead of writing it")
    parser.add_argument("--all", action="store_true", help="let all features meet in every way, which takes longer")
    parser.add_argument("--only", metavar="ENGINE", default="", help="leave the definitions of others alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many projects run at once")
    options = parser.parse_args(arguments)
    chosen = engines(options.only, sys.maxsize if options.all else STRENGTH)
    if not chosen:
        parser.error(f"no engine {options.only!r} has a definition")
    stale = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for engine in chosen:
            try:
                text = written(engine, pool)
            except DefinitionError as error:
                print(f"{engine.name}: {error}", file=sys.stderr)
                return 1
            if not engine.target.exists() or engine.target.read_text(encoding="utf-8") != text:
                stale.append(engine.target)
                if not options.check:
                    engine.target.parent.mkdir(parents=True, exist_ok=True)
                    engine.target.write_text(text, encoding="utf-8")
    for path in stale:
        name = path.relative_to(ROOT)
        print(f"stale: {name}; `make definitions` writes it" if options.check else f"written: {name}")
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
