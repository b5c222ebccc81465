"""What a run has proved: numbers and findings, as JSON for programs, a page and lines on a terminal for users."""

import io
import json
import re
import shlex
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlops_new.catalog import Value

T = TypeVar("T")
PAGE = "report.html.jinja"
FEW = 4
"""Paths that a terminal names one by one."""
MOST = 15
"""Rows of a table before the page folds the others away, and findings that a terminal shows."""


@dataclass(frozen=True)
class SpaceNumbers:
    """How many combinations of answers there are.

    Attributes:
        raw: all listed choices combined.
        offered: offered choices combined.
        valid: those of `offered` that no rule refuses.
        refused: rule → combinations of `offered` that it refuses; several rules can refuse the same one.
        listed_refused: the same over `raw`.
        core: valid combinations of the core axes.
        pairs: rows of a cover in which every valid pair of choices occurs.
        triples: the same for every three choices; None where only pairs are proved.
    """

    raw: int
    offered: int
    valid: int
    refused: Mapping[str, int]
    listed_refused: Mapping[str, int]
    core: int
    pairs: int
    triples: int | None


@dataclass(frozen=True)
class FileNumbers:
    """How often one file of the template is rendered differently.

    Attributes:
        path: in the template.
        reads: the answers that its content depends on.
        renderings: combinations of these answers in the whole valid space.
        rendered: how many of them this run has rendered.
        distinct: different contents among those.
        exact: every rendering was rendered.
        parts: there are too many for that, so every part of the file was rendered in every way, and every three choices
            together.
        seconds: that rendering took.
    """

    path: str
    reads: tuple[str, ...]
    renderings: int
    rendered: int
    distinct: int
    exact: bool
    parts: bool
    seconds: float


@dataclass(frozen=True)
class LinterNumbers:
    """What one linter has looked at.

    Attributes:
        name: of the linter.
        units: distinct files, or folders for a linter that looks at a project as a whole.
        cached: units whose verdict was known from an earlier run.
        findings: how many of the report's findings are its own.
        seconds: that it ran.
        idle: no file of the template is for it.
        exact: the units are all there can be, not only those of a cover.
    """

    name: str
    units: int
    cached: int
    findings: int
    seconds: float
    idle: bool
    exact: bool


@dataclass(frozen=True)
class Finding:
    """What a linter refuses.

    Attributes:
        linter: its name.
        paths: in the project.
        answers: an example of answers that render it.
        text: what the linter says.
    """

    linter: str
    paths: tuple[str, ...]
    answers: Mapping[str, Value]
    text: str


@dataclass(frozen=True)
class Report:
    """One run, or all shards of one.

    Attributes:
        version: of mlops-new.
        level: "pairs" renders a cover, "full" every rendering of every file.
        shard: which part of the work this is, as in "2/4"; "1/1" is all of it.
        started: in UTC, ISO 8601.
        seconds: that it took; of several shards, their sum.
        space: the combinations of answers.
        files: of the template.
        linters: all of them, the idle ones included.
        findings: of all linters.
        unchecked: what no tool can check → why.
        slowest: parts of the work with their seconds.
    """

    version: str
    level: str
    shard: str
    started: str
    seconds: float
    space: SpaceNumbers
    files: tuple[FileNumbers, ...]
    linters: tuple[LinterNumbers, ...]
    findings: tuple[Finding, ...]
    unchecked: Mapping[str, str]
    slowest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Conclusion:
    """What the numbers allow to say: "proved" of all combinations, "partial" of some, "failed" with findings."""

    state: Literal["proved", "partial", "failed"]
    headline: str
    details: tuple[str, ...]


def conclusion(report: Report) -> Conclusion:
    """Conclude what was proved; success is claimed only for what was checked."""
    judges = [linter for linter in report.linters if linter.units]
    rendered = sum(file.rendered for file in report.files)
    renderings = sum(file.renderings for file in report.files)
    looked = (
        f"{_number(rendered)} of {_number(renderings)} renderings of {_count(len(report.files), 'template file')} "
        f"were rendered, {_count(sum(file.distinct for file in report.files), 'distinct content')} among them."
    )
    # A linter's own count is believed, too: a finding that got lost on the way must not turn into success.
    found = max(len(report.findings), sum(linter.findings for linter in report.linters))
    if found:
        accusers = {finding.linter for finding in report.findings}
        accusers |= {linter.name for linter in report.linters if linter.findings}
        return Conclusion("failed", _count(found, "finding"), (f"Reported by {', '.join(sorted(accusers))}.", looked))
    missing = _missing(report)
    if not missing:
        every = f"Every one of {_number(report.space.valid)} valid combinations"
        said = f"{every} renders only files that pass {_count(len(judges), 'linter')}"
        partly = [linter.name for linter in judges if not linter.exact]
        together = (f"{' and '.join(partly)} looked at projects as a whole: at every three choices that go together.",)
        parts = (_by_parts(file) for file in report.files if file.parts)
        return Conclusion("proved", said, (*parts, *(together if partly else ()), looked))
    return Conclusion("partial", "No findings so far; not every combination was looked at", (*missing, looked))


def _by_parts(file: FileNumbers) -> str:
    return (
        f"{file.path} has {_number(file.renderings)} renderings: each of its parts was rendered in every way, "
        "and the whole with every three choices that go together."
    )


def _missing(report: Report) -> tuple[str, ...]:
    """Return what keeps a run without findings from claiming every combination."""
    reasons = []
    if report.level != "full":
        rows = f"{_count(report.space.pairs, 'combination')} that cover every pair of choices"
        reasons.append(f"Level {report.level}: {rows}, out of {_number(report.space.valid)} valid ones.")
    if report.shard != "1/1":
        reasons.append(f"Shard {report.shard} only; merge it with the others.")
    partly = sum(not (file.parts or (file.exact and file.rendered >= file.renderings)) for file in report.files)
    if report.level == "full" and partly:
        reasons.append(f"{_count(partly, 'template file')} not rendered in every way.")
    if blind := [linter.name for linter in report.linters if not (linter.idle or linter.units)]:
        reasons.append(f"Looked at nothing: {', '.join(blind)}.")
    if not (report.space.valid and report.files and any(linter.units for linter in report.linters)):
        reasons.append("Nothing was judged.")
    return tuple(reasons)


def command(answers: Mapping[str, Value]) -> str:
    """Return a shell command that creates a project with these answers."""
    name = str(answers.get("project_name", "my-project"))
    settings = [f"{key}={_setting(value)}" for key, value in answers.items() if key != "project_name"]
    return " ".join(["mlops-new", shlex.quote(name), *(f"--set {shlex.quote(setting)}" for setting in settings)])


def _setting(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def write(report: Report, folder: Path) -> None:
    """Write report.json and report.html into a folder, which is made if it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    data = json.dumps(report, default=_plain, indent=1, ensure_ascii=False)
    (folder / "report.json").write_text(data + "\n", encoding="utf-8")
    (folder / "report.html").write_text(page(report), encoding="utf-8")


def _plain(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else vars(value)


def read(path: Path) -> Report:
    """Read a report.json."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Report(
        **{
            **data,
            "space": SpaceNumbers(**data["space"]),
            "files": tuple(FileNumbers(**{**file, "reads": tuple(file["reads"])}) for file in data["files"]),
            "linters": tuple(LinterNumbers(**linter) for linter in data["linters"]),
            "findings": tuple(Finding(**{**item, "paths": tuple(item["paths"])}) for item in data["findings"]),
            "slowest": tuple((name, seconds) for name, seconds in data["slowest"]),
        }
    )


def page(report: Report) -> str:
    """Return the report as a self-contained HTML page."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: _printable(value) if type(value) is str else value,
    )
    environment.filters |= {"number": _number, "duration": _duration, "command": command, "share": _share}
    files = sorted(report.files, key=lambda file: (-file.renderings, file.path))
    linters = sorted(report.linters, key=lambda linter: (-linter.findings, linter.idle, linter.name))
    slowest = sorted(report.slowest, key=lambda part: -part[1])
    return environment.get_template(PAGE).render(
        report=report, conclusion=conclusion(report), files=files, linters=linters, slowest=slowest, most=MOST
    )


def summary(report: Report) -> str:
    """Return the report for a terminal, without colours."""
    out = io.StringIO()
    console = Console(file=out, width=100, color_system=None)

    def line(text: str) -> None:
        console.print(Text(_printable(text)), soft_wrap=True)

    groups: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for finding in report.findings:
        groups[finding.linter, finding.text].append(finding)
    for (accuser, text), findings in list(groups.items())[:MOST]:
        where = ", ".join(findings[0].paths) if len(findings[0].paths) <= FEW else "a project as a whole"
        times = f" ({_number(len(findings))} times)" if len(findings) > 1 else ""
        line(f"{accuser}: {where}{times}\n{text.rstrip()}\n  {command(findings[0].answers)}\n")
    if len(groups) > MOST:
        line(f"… and {_count(len(groups) - MOST, 'more finding')}\n")
    table = Table("linter", box=None, pad_edge=False)
    for column in ("units", "cached", "findings", "time"):
        table.add_column(column, justify="right")
    for linter in report.linters:
        if not linter.idle:
            numbers = (_number(number) for number in (linter.units, linter.cached, linter.findings))
            table.add_row(Text(_printable(linter.name)), *numbers, _duration(linter.seconds))
    console.print(table)
    if idle := [linter.name for linter in report.linters if linter.idle]:
        line(f"idle: {', '.join(idle)}")
    for thing, reason in report.unchecked.items():
        line(f"not checked: {thing}: {reason}")
    said = conclusion(report)
    line("\n".join(("", f"{said.headline}.", *said.details, f"It took {_duration(report.seconds)}.")))
    return "\n".join(text.rstrip() for text in out.getvalue().splitlines())


def merge(reports: Sequence[Report]) -> Report:
    """Join the reports of all shards of one run, which share its renderings and units out among them.

    Raises:
        ValueError: they are of different runs, or not all of the shards.
    """
    if not reports:
        raise ValueError("there are no reports to merge")
    ordered = sorted(reports, key=_shard)
    first = ordered[0]
    for name in ("version", "level", "space"):
        if any(getattr(report, name) != getattr(first, name) for report in ordered):
            raise ValueError(f"the reports differ in their {name}")
    if [_shard(report) for report in ordered] != [(n + 1, len(reports)) for n in range(len(reports))]:
        raise ValueError(f"not all shards, each once: {', '.join(report.shard for report in ordered)}")
    findings: dict[tuple[str, tuple[str, ...], str], Finding] = {}
    repeated: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for report in ordered:
        for finding in report.findings:
            if findings.setdefault((finding.linter, finding.paths, finding.text), finding) is not finding:
                repeated[finding.linter] += 1
        for name, seconds in report.slowest:
            parts[name] += seconds  # type: ignore[assignment]  # a Counter adds floats as well
    return replace(
        first,
        shard="1/1",
        started=min(report.started for report in reports),
        seconds=sum(report.seconds for report in reports),
        files=tuple(_file(same) for same in _grouped((report.files for report in ordered), lambda file: file.path)),
        linters=tuple(
            _linter(same, repeated) for same in _grouped((report.linters for report in ordered), lambda one: one.name)
        ),
        findings=tuple(findings.values()),
        unchecked={thing: reason for report in ordered for thing, reason in report.unchecked.items()},
        slowest=tuple(parts.most_common()),
    )


def _shard(report: Report) -> tuple[int, int]:
    found = re.fullmatch(r"(\d+)/(\d+)", report.shard)
    if found is None:
        raise ValueError(f"{report.shard} is no shard such as 1/4")
    return int(found[1]), int(found[2])


def _grouped(parts: Iterable[Iterable[T]], key: Callable[[T], str]) -> Iterable[list[T]]:
    groups: defaultdict[str, list[T]] = defaultdict(list)
    for part in parts:
        for item in part:
            groups[key(item)].append(item)
    return groups.values()


def _file(same: Sequence[FileNumbers]) -> FileNumbers:
    first = same[0]
    if any((file.reads, file.renderings) != (first.reads, first.renderings) for file in same):
        raise ValueError(f"the reports differ in what {first.path} reads")
    rendered = sum(file.rendered for file in same)
    return replace(
        first,
        # Rows of a cover can render a file alike in several shards.
        rendered=min(rendered, first.renderings),
        distinct=sum(file.distinct for file in same),
        exact=any(file.exact for file in same) or rendered == first.renderings,
        seconds=sum(file.seconds for file in same),
    )


def _linter(same: Sequence[LinterNumbers], repeated: Mapping[str, int]) -> LinterNumbers:
    return replace(
        same[0],
        units=sum(linter.units for linter in same),
        cached=sum(linter.cached for linter in same),
        findings=sum(linter.findings for linter in same) - repeated.get(same[0].name, 0),
        seconds=sum(linter.seconds for linter in same),
        idle=all(linter.idle for linter in same),
    )


def _printable(text: str) -> str:
    """Remove colours and other control sequences of terminals, which HTML may not hold either."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    hidden = {char for char in plain if unicodedata.category(char) in {"Cc", "Cf", "Cs"}} - {"\n", "\t"}
    return "".join("\N{REPLACEMENT CHARACTER}" if char in hidden else char for char in plain)


def _number(number: int) -> str:
    return f"{number:,}"


def _count(number: int, noun: str) -> str:
    return f"{_number(number)} {noun}{'' if number == 1 else 's'}"


def _duration(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def _share(part: float, whole: float) -> str:
    """Return a percentage that says 0 or 100 only when it is."""
    percent = 100 * part / whole if whole else 0
    if 0 < percent < 0.1:
        return "<\N{NO-BREAK SPACE}0.1\N{NO-BREAK SPACE}%"
    if 99.9 < percent < 100:
        return ">\N{NO-BREAK SPACE}99.9\N{NO-BREAK SPACE}%"
    return f"{percent:.1f}".removesuffix(".0") + "\N{NO-BREAK SPACE}%"
