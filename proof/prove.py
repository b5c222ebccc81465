"""The whole proof: counts the space, renders it, lets the linters judge it, and reports."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from mlops_new import source
from mlops_new.overlays import choices_of
from mlops_new.questionnaire import Questionnaire

from .clean_units import CleanUnits
from .contents import Contents, Rendered, Unit
from .cover import cover
from .lint import lint
from .linters.all import LINTERS
from .linters.base import Linter
from .renderings import Answers, Renderer
from .report import FileNumbers, Finding, LinterNumbers, Report, SpaceNumbers
from .space import Space, core_combinations, listed, offered
from .trace import TracedTemplate

NAME = "my-project"
OTHER_TEXTS: tuple[Answers, ...] = (
    {
        "project_name": "x",
        "description": 'It\'s "quoted", {braced}, ${dollar}, %{percent} & <tagged>: # yes \\ no',
        "author": "J. \"Quoted\" O'Brien {x} \\ <j.o'brien+x@mail-1.example.com>",
        "license": "mit",
    },
    {
        "project_name": "a-name-of-forty-characters-is-a-long-one",
        "description": "x" * 200,
        "author": "x" * 200,
        "license": "apache",
        "monthly_budget": 0,
    },
    {
        "project_name": "z9",
        "description": "Сколько стоит дом? — «много» 💶",
        "author": "Ñandú 日本 💶 <a@example.com>",
        "license": "proprietary",
        "monthly_budget": 100_000_000,
    },
)
"""Answers to the questions that have no choices, in place of the default ones, and licences, which name the author."""
UNCHECKED = {
    ".dockerignore": "no linter reads it; the image's build does",
    ".editorconfig": "no linter reads it; a test holds the files of projects to it",
    ".env.example": "comments and names only; the settings' tests of each project read the names",
    ".gitignore": "no linter reads it; the tests that use a project compare what Git would add",
    "LICENSE": "a text for people; a test compares it with the official one",
    "backend.hcl.example": "an example that is copied and filled in by hand",
    "py.typed": "empty on purpose",
}
"""Names of files that only the linters for every kind of text check → why."""
GENERAL = frozenset({"gitleaks", "leftovers", "links", "tidy"})
"""Linters of every kind of file, which do not count as coverage."""
SLOWEST = 10


@dataclass(frozen=True)
class Options:
    """How much to prove.

    Attributes:
        full: every rendering of every file, not only a cover of all pairs of choices.
        jobs: linters that run at the same time.
        shard: number of this shard, from 1, and how many there are.
    """

    full: bool
    jobs: int
    shard: tuple[int, int] = (1, 1)


Progress = Callable[[str, int, int], None]
"""Progress callback: phase, done, total."""


def prove(root: Path, cache: Path, options: Options, progress: Progress, linters: Sequence[Linter] = LINTERS) -> Report:
    """Prove what the options ask for.

    Args:
        root: folder that holds copier.yml, questions/ and template/.
        cache: folder for verdicts.
        options: how much.
        progress: progress callback.
        linters: the linters.

    Raises:
        UntraceableError: what a file reads cannot be traced.
        UntracedReadError: a file reads something else.
        ToolError: a linter is missing.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    progress("counting", 0, 1)
    questionnaire = Questionnaire(root, root / NAME)
    space = offered(questionnaire)
    core = core_combinations(questionnaire)
    pairs = cover(space, 2, core)
    triples = cover(space, 3) if options.full else None
    others = _with_other_texts(space, core, full=options.full)
    rows = [*pairs, *(triples or ())]
    template = TracedTemplate(root, questionnaire.catalog)
    renderer = Renderer(template, questionnaire, {"_src_path": NAME})
    contents = Contents(renderer, space, rows, others, full=options.full)

    files: dict[str, Rendered] = {}
    numbers: list[FileNumbers] = []
    for number, file in enumerate(template.files):
        progress("rendering", number, len(template.files))
        at = time.monotonic()
        files[file] = rendered = contents.of_file(file)
        # Every shard renders every file; one of them counts it.
        mine = number % options.shard[1] == options.shard[0] - 1
        numbers.append(
            FileNumbers(
                path=file,
                reads=tuple(sorted(template.reads(file))),
                renderings=rendered.renderings,
                rendered=rendered.rendered if mine else 0,
                distinct=len(rendered.contents) if mine else 0,
                exact=rendered.exact,
                parts=rendered.parts,
                seconds=time.monotonic() - at if mine else 0.0,
            )
        )
    paths = {path for rendered in files.values() for unit in rendered.contents for path in unit.files}
    found = {linter: _units(linter, files, paths, contents) for linter in linters}
    work = {linter: [u for u in units if _in_shard(u, options.shard)] for linter, (_, units) in found.items()}
    exact = {linter: all_there_can_be for linter, (all_there_can_be, _) in found.items()}
    judged, findings = _judge(work, exact, paths, CleanUnits(cache), options, progress)
    unchecked, unknown = _without_linter(files, linters)
    twice = _written_twice(files, renderer, space)
    slowest = [(f"linter {one.name}", one.seconds) for one in judged]
    slowest += [(f"rendering {one.path}", one.seconds) for one in numbers]
    return Report(
        version=source.version(),
        level="full" if options.full else "pairs",
        shard=f"{options.shard[0]}/{options.shard[1]}",
        started=started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - began,
        space=_space_numbers(questionnaire, space, len(core), len(pairs), None if triples is None else len(triples)),
        files=tuple(numbers),
        linters=tuple(judged),
        findings=(*findings, *unknown, *twice),
        unchecked=unchecked,
        slowest=tuple(sorted(slowest, key=lambda part: -part[1])[:SLOWEST]),
    )


def _with_other_texts(space: Space, core: Sequence[Answers], *, full: bool) -> list[Answers]:
    """Combine other texts with every core answer, or with `full` with every core combination."""
    if full:
        return [{**answers, **text} for text in OTHER_TEXTS for answers in core]
    number = {"text": tuple(range(len(OTHER_TEXTS)))}
    meeting = Space({**number, **{axis: space.domains[axis] for axis in core[0]}}, space.rules)
    rows = ((row.pop("text"), row) for row in cover(meeting, 2))
    return [{**row, **OTHER_TEXTS[text]} for text, row in rows if isinstance(text, int)]


def _space_numbers(
    questionnaire: Questionnaire, space: Space, core: int, pairs: int, triples: int | None
) -> SpaceNumbers:
    every = listed(questionnaire.catalog)
    return SpaceNumbers(
        raw=every.size,
        offered=space.size,
        valid=space.valid,
        refused={rule.id: space.refused_by(rule) for rule in space.rules},
        listed_refused={rule.id: every.refused_by(rule) for rule in every.rules},
        core=core,
        pairs=pairs,
        triples=triples,
    )


def _units(
    linter: Linter, files: dict[str, Rendered], paths: set[str], contents: Contents
) -> tuple[bool, tuple[Unit, ...]]:
    """Return whether these are all units that a linter can ever get, and the units."""
    wanted = set(filter(linter.wants, paths))
    mine = {
        file: [unit for unit in rendered.contents if not wanted.isdisjoint(unit.files)]
        for file, rendered in files.items()
    }
    mine = {file: units for file, units in mine.items() if units}
    if linter.whole and mine:
        return contents.of_files(list(mine))
    exact = all(files[file].exact or files[file].parts for file in mine)
    return exact, tuple({unit.digest: unit for units in mine.values() for unit in units}.values())


def _in_shard(unit: Unit, shard: tuple[int, int]) -> bool:
    return int(unit.digest[:8], 16) % shard[1] == shard[0] - 1


def _judge(
    work: dict[Linter, list[Unit]],
    exact: dict[Linter, bool],
    paths: set[str],
    clean_units: CleanUnits,
    options: Options,
    progress: Progress,
) -> tuple[list[LinterNumbers], list[Finding]]:
    pending = {linter: [u for u in units if not clean_units.contains(linter, u)] for linter, units in work.items()}
    total = sum(map(len, work.values()))
    left = sum(map(len, pending.values()))
    progress("linting", total - left, total)
    seconds: defaultdict[str, float] = defaultdict(float)
    findings: list[Finding] = []

    def run(job: tuple[Linter, list[Unit]]) -> None:
        nonlocal left
        linter, units = job
        at = time.monotonic()

        def done(clean: list[Unit]) -> None:
            nonlocal left
            clean_units.add(linter, clean)
            left -= len(clean)
            progress(f"linting: {linter.name}", total - left, total)

        for unit, text in lint(linter, units, done):
            findings.append(Finding(linter.name, tuple(sorted(unit.files)), unit.answers, text))
            left -= 1
        seconds[linter.name] += time.monotonic() - at

    # Linters that look at whole projects take longest, so they go first; before the second part of any of them comes
    # the first of every other, since it leaves something behind that others use.
    ordered = sorted(pending, key=lambda linter: (not linter.whole, -len(pending[linter])))
    parts = [(linter, *part) for linter in ordered for part in enumerate(split(linter, pending[linter], options.jobs))]
    jobs = [(linter, part) for linter, _, part in sorted(parts, key=lambda each: (not each[0].whole, each[1]))]
    with ThreadPoolExecutor(options.jobs) as workers:
        for future in [workers.submit(run, job) for job in jobs]:
            future.result()
    judged = [
        LinterNumbers(
            name=linter.name,
            units=len(units),
            cached=len(units) - len(pending[linter]),
            findings=sum(finding.linter == linter.name for finding in findings),
            seconds=seconds[linter.name],
            idle=not any(map(linter.wants, paths)),
            exact=exact[linter],
        )
        for linter, units in work.items()
    ]
    return judged, sorted(findings, key=lambda found: (found.linter, found.paths, str(found.answers)))


def split(linter: Linter, units: list[Unit], jobs: int) -> list[list[Unit]]:
    """Split units among workers: an equal share, at least a batch, or a whole group of units (`group_by`).

    The units of a group keep the order of the catalogue, whose first choice is the plainest: what
    a linter caches for the first units is then needed by the others, too.
    """
    jobs = min(jobs, -(-len(units) // linter.batch))
    parts: defaultdict[object, list[Unit]] = defaultdict(list)
    for number, unit in enumerate(units):
        parts[unit.answers[linter.group_by] if linter.group_by else number % jobs].append(unit)
    return list(parts.values())


def _written_twice(files: dict[str, Rendered], renderer: Renderer, space: Space) -> Iterator[Finding]:
    """Yield paths that two files of the template give to one project."""
    writers: defaultdict[str, list[str]] = defaultdict(list)
    for file, rendered in files.items():
        for path in {path for unit in rendered.contents for path in unit.files}:
            writers[path].append(file)
    for path, several in writers.items():
        for pair in combinations(several, 2):
            choices = [choice for file in pair for choice in choices_of(file)]
            example = renderer.example((half for c in choices for half in renderer.template.switch(c)), space)
            if example is not None:
                yield Finding("paths", (path,), example, f"written by {' and by '.join(pair)}")


def _without_linter(files: dict[str, Rendered], linters: Sequence[Linter]) -> tuple[dict[str, str], list[Finding]]:
    """Return names of files that only the general linters check, with the reason; a finding if there is none."""
    unchecked: dict[str, str] = {}
    findings: list[Finding] = []
    for rendered in files.values():
        for unit in rendered.contents[:1]:
            (path,) = unit.files
            if any(linter.wants(path) for linter in linters if linter.name not in GENERAL):
                continue
            name = Path(path).name
            if name in UNCHECKED:
                unchecked[name] = UNCHECKED[name]
            else:
                findings.append(Finding("coverage", (path,), unit.answers, "no linter looks at this kind of file"))
    return unchecked, findings
