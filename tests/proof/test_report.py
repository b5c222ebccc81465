"""The report: what it says follows from the numbers, whatever the tools print."""

import json
import shlex
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mlops_new import answers, source
from mlops_new.questionnaire import Questionnaire
from proof.report import (
    FileNumbers,
    Finding,
    LinterNumbers,
    Report,
    SpaceNumbers,
    command,
    conclusion,
    merge,
    page,
    read,
    summary,
    write,
)

SPACE = SpaceNumbers(
    raw=48_384_921_600_000,
    offered=18_662_400,
    valid=3_110_400,
    refused={"terraform-needs-aws": 9_331_200},
    listed_refused={"terraform-needs-aws": 24_192_460_800_000, "vertex-needs-gcp": 7_000_001},
    core=72,
    pairs=57,
    triples=412,
)
README = FileNumbers(
    path="README.md.jinja",
    reads=("cloud", "serving"),
    renderings=1_234,
    rendered=1_234,
    distinct=1_001,
    exact=True,
    parts=False,
    seconds=2.5,
)
PLAIN = FileNumbers(
    path=".gitignore", reads=(), renderings=1, rendered=1, distinct=1, exact=True, parts=False, seconds=0.01
)
TIDY = LinterNumbers("tidy", 4_002, 3_003, 0, 1.5, idle=False, exact=True)
MYPY = LinterNumbers("mypy", 12, 0, 0, 61.0, idle=False, exact=True)
IDLE = LinterNumbers("helm", 0, 0, 0, 0.0, idle=True, exact=True)
FINDING = Finding("tidy", ("README.md",), {"project_name": "my-project", "cloud": "aws"}, "no newline at the end")
CLEAN = Report(
    version="0.1.0",
    level="full",
    shard="1/1",
    started="2026-11-21T07:47:19Z",
    seconds=754.3,
    space=SPACE,
    files=(README, PLAIN),
    linters=(TIDY, MYPY, IDLE),
    findings=(),
    unchecked={"Bicep types": "no registry has its compiler"},
    slowest=(("mypy", 61.0), ("tidy", 1.5)),
)
FAILED = replace(CLEAN, findings=(FINDING,), linters=(replace(TIDY, findings=1), MYPY, IDLE))
HOSTILE = "</pre><script>alert(1)</script><img src=//x onerror=alert(1)>\x1b[31mred\x1b[0m\x00\x08 [bold]&amp; \"'"


class Page(HTMLParser):
    """Reads a page; fails on tags that do not match."""

    EMPTY = frozenset({"meta", "wbr", "br", "hr", "img", "link", "input"})

    def __init__(self, html: str) -> None:
        """Read it all."""
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it."""
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """It closes the last one that is open."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Text that a reader sees."""
        if not {"style", "script"} & set(self.open):
            self.words += data


def test_json_gives_the_report_back(tmp_path: Path) -> None:
    report = replace(FAILED, findings=(replace(FINDING, answers={"triggers": ["data"], "spot": True, "budget": 2}),))
    write(report, tmp_path / "new" / "folder")
    assert read(tmp_path / "new" / "folder" / "report.json") == report
    assert json.loads((tmp_path / "new" / "folder" / "report.json").read_text())["space"]["raw"] == SPACE.raw
    assert (tmp_path / "new" / "folder" / "report.html").read_text() == page(report)


@pytest.mark.parametrize("report", [CLEAN, FAILED, replace(CLEAN, files=(), linters=(), unchecked={}, slowest=())])
def test_page_is_well_formed_and_needs_nothing_else(report: Report) -> None:
    html = page(report)
    tags = Page(html).tags
    assert not [attributes for _, attributes in tags if {"src", "href", "srcset", "action"} & set(attributes)]
    assert not {"link", "img", "iframe"} & {tag for tag, _ in tags}
    assert "url(" not in html
    assert "@import" not in html
    assert "://" not in html


@pytest.mark.parametrize(
    "hostile",
    [
        replace(FAILED, findings=(Finding(HOSTILE, (HOSTILE,), {"description": HOSTILE}, HOSTILE),)),
        replace(CLEAN, version=HOSTILE, level=HOSTILE, started=HOSTILE, shard=HOSTILE),
        replace(CLEAN, unchecked={HOSTILE: HOSTILE}, slowest=((HOSTILE, 1.0),)),
        replace(CLEAN, files=(replace(README, path=HOSTILE, reads=(HOSTILE,)),)),
        replace(CLEAN, linters=(replace(TIDY, name=HOSTILE), replace(IDLE, name=HOSTILE))),
        replace(CLEAN, space=replace(SPACE, refused={HOSTILE: 1}, listed_refused={HOSTILE: 1})),
    ],
)
def test_what_tools_print_is_shown_and_not_obeyed(hostile: Report) -> None:
    shown = Page(page(hostile))
    plain = Page(page(CLEAN))
    assert [tag for tag, _ in shown.tags].count("script") == [tag for tag, _ in plain.tags].count("script")
    assert not [attributes for _, attributes in shown.tags if "onerror" in attributes]
    assert "<script>alert(1)</script>" in shown.words
    assert not {"\x1b", "\x00", "\x08"} & set(shown.words)
    lines = summary(hostile)
    assert not {"\x1b", "\x00", "\x08"} & set(lines)


def test_terminal_shows_brackets_as_they_are() -> None:
    assert "[bold]x[/red]" in summary(replace(FAILED, findings=(replace(FINDING, text="[bold]x[/red]"),)))


def test_success_is_claimed_when_everything_was_looked_at() -> None:
    assert conclusion(CLEAN).state == "proved"
    assert (
        conclusion(CLEAN).headline == "Every one of 3,110,400 valid combinations renders only files that pass 2 linters"
    )
    for text in (Page(page(CLEAN)).words, summary(CLEAN)):
        assert conclusion(CLEAN).headline in text
        assert "1,235 of 1,235 renderings of 2 template files were rendered, 1,002 distinct contents" in text


@pytest.mark.parametrize(
    ("report", "state"),
    [
        (FAILED, "failed"),
        (replace(CLEAN, findings=(FINDING,)), "failed"),
        (replace(CLEAN, linters=(replace(TIDY, findings=1),)), "failed"),
        (replace(FAILED, level="pairs"), "failed"),
        (replace(CLEAN, level="pairs"), "partial"),
        (replace(CLEAN, shard="1/2"), "partial"),
        (replace(CLEAN, files=(README, replace(PLAIN, exact=False))), "partial"),
        (replace(CLEAN, files=(replace(README, rendered=1_233), PLAIN)), "partial"),
        (replace(CLEAN, files=()), "partial"),
        (replace(CLEAN, linters=()), "partial"),
        (replace(CLEAN, linters=(IDLE,)), "partial"),
        (replace(CLEAN, linters=(TIDY, replace(MYPY, units=0))), "partial"),
        (replace(CLEAN, space=replace(SPACE, valid=0)), "partial"),
    ],
)
def test_success_is_never_claimed_of_less(report: Report, state: str) -> None:
    assert conclusion(report).state == state
    for text in (page(report), summary(report)):
        assert "Every one of" not in text
        assert "✓ Proved" not in text
        assert conclusion(report).headline in text


def test_a_file_that_was_rendered_by_parts_is_named() -> None:
    report = replace(CLEAN, files=(replace(README, rendered=99, exact=False, parts=True), PLAIN))
    assert conclusion(report).state == "proved"
    for text in (Page(page(report)).words, summary(report)):
        assert "README.md.jinja has 1,234 renderings: each of its parts was rendered in every way" in text
    assert conclusion(replace(report, level="pairs")).state == "partial"


def test_a_partial_verdict_says_what_is_missing() -> None:
    assert "57 combinations" in " ".join(conclusion(replace(CLEAN, level="pairs")).details)
    assert "Shard 2/3 only" in " ".join(conclusion(replace(CLEAN, shard="2/3")).details)
    inexact = replace(CLEAN, files=(README, replace(PLAIN, exact=False)))
    assert "1 template file not rendered in every way." in conclusion(inexact).details


def test_numbers_shown_are_those_of_the_data() -> None:
    words = Page(page(CLEAN)).words
    for number in (SPACE.raw, SPACE.offered, SPACE.valid, SPACE.core, SPACE.pairs, SPACE.triples):
        assert f"{number:,}" in words
    for number in (*SPACE.refused.values(), *SPACE.listed_refused.values(), TIDY.units, TIDY.cached, README.distinct):
        assert f"{number:,}" in words
    for text in ("16.7\N{NO-BREAK SPACE}%", "reads cloud, serving", "reads no answer", "helm (idle)", "12 min 34 s"):
        assert text in words
    for text in ("4,002", "3,003", "idle: helm", "not checked: Bicep types: no registry has its compiler"):
        assert text in summary(CLEAN)


def test_files_with_the_most_renderings_come_first_and_none_is_left_out() -> None:
    files = tuple(replace(PLAIN, path=f"file-{number:02}", renderings=number + 1) for number in range(40))
    words = Page(page(replace(CLEAN, files=files))).words
    places = [words.index(file.path) for file in reversed(files)]
    assert places == sorted(places)


def test_every_finding_comes_with_a_command_that_reproduces_it(tmp_path: Path) -> None:
    given: dict[str, Any] = {"project_name": "my-project", "description": "it's <b>", "cloud": "aws"}
    given |= {"triggers": ["schedule", "data"], "approval": True, "budget": 200}
    line = command(given)
    report = replace(FAILED, findings=(replace(FINDING, answers=given),))
    assert line in Page(page(report)).words
    assert line in summary(report)
    shell = shlex.split(line)
    assert shell[:2] == ["mlops-new", "my-project"]
    questionnaire = Questionnaire(source.root(), tmp_path / "my-project")
    settings = [word for word in shell[2:] if word != "--set"]
    assert answers.from_settings(settings, questionnaire) == {k: v for k, v in given.items() if k != "project_name"}


def test_terminal_shows_the_first_findings_and_counts_the_others() -> None:
    many = tuple(replace(FINDING, text=f"problem {number}") for number in range(40))
    lines = summary(replace(FAILED, findings=many))
    assert "problem 14" in lines
    assert "problem 15" not in lines
    assert "25 more findings" in lines
    assert page(replace(FAILED, findings=many)).count("<article>") == 40


FIRST = replace(CLEAN, shard="1/2", seconds=10.0, files=(README,), linters=(replace(TIDY, units=2), IDLE))
SECOND = replace(
    FAILED,
    shard="2/2",
    seconds=5.0,
    started="2026-11-21T07:00:00Z",
    files=(PLAIN,),
    linters=(replace(TIDY, units=3, findings=1), replace(IDLE, units=1, idle=False)),
    unchecked={"Helm hooks": "they need a cluster"},
    slowest=(("tidy", 2.0), ("helm", 100.0)),
)


def test_merge_sums_and_unites() -> None:
    merged = merge([FIRST, SECOND])
    assert merged == merge([SECOND, FIRST])
    assert (merged.shard, merged.seconds, merged.started) == ("1/1", 15.0, "2026-11-21T07:00:00Z")
    assert merged.files == (README, PLAIN)
    assert merged.linters == (
        replace(TIDY, units=5, cached=6_006, findings=1, seconds=3.0),
        replace(IDLE, units=1, idle=False),
    )
    assert merged.findings == (FINDING,)
    assert merged.unchecked == {**CLEAN.unchecked, "Helm hooks": "they need a cluster"}
    assert merged.slowest == (("helm", 100.0), ("mypy", 61.0), ("tidy", 3.5))
    assert conclusion(merged).state == "failed"


def test_merge_counts_a_finding_of_two_shards_once() -> None:
    other = replace(FINDING, answers={"cloud": "local"})
    merged = merge([replace(FAILED, shard="1/2"), replace(FAILED, shard="2/2", findings=(other,))])
    assert merged.findings == (FINDING,)
    assert merged.linters[0].findings == 1


@pytest.mark.parametrize(
    ("rendered", "exact", "whole"),
    [((600, 634), False, (1_234, True)), ((600, 633), False, (1_233, False)), ((1_234, 0), True, (1_234, True))],
)
def test_merge_knows_when_shards_have_rendered_all_of_a_file(
    rendered: tuple[int, int], exact: bool, whole: tuple[int, bool]
) -> None:
    parts = [replace(README, rendered=rendered[0], exact=exact), replace(README, rendered=rendered[1], exact=False)]
    merged = merge([replace(CLEAN, shard=f"{n + 1}/2", files=(part,)) for n, part in enumerate(parts)])
    assert (merged.files[0].rendered, merged.files[0].exact) == whole


def test_merge_of_the_only_shard_changes_nothing() -> None:
    assert merge([FAILED]) == FAILED


def test_merged_shards_prove_what_one_run_would() -> None:
    halves = [replace(CLEAN, shard="1/2", files=(README,)), replace(CLEAN, shard="2/2", files=(PLAIN,))]
    assert [conclusion(half).state for half in halves] == ["partial", "partial"]
    assert conclusion(merge(halves)).state == "proved"


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([], "no reports"),
        ([FIRST, replace(SECOND, version="0.2.0")], "version"),
        ([FIRST, replace(SECOND, level="pairs")], "level"),
        ([FIRST, replace(SECOND, space=replace(SPACE, valid=1))], "space"),
        ([FIRST, replace(SECOND, files=(replace(README, renderings=5),))], "README.md.jinja"),
        ([FIRST, replace(SECOND, shard="1/2")], "not all shards"),
        ([FIRST, replace(SECOND, shard="2/3")], "not all shards"),
        ([FIRST, replace(SECOND, shard="two")], "no shard"),
        ([FIRST], "not all shards"),
        ([FIRST, SECOND, FIRST], "not all shards"),
    ],
)
def test_merge_refuses_what_does_not_belong_together(reports: list[Report], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        merge(reports)


def test_a_linter_that_looked_at_a_cover_only_is_named() -> None:
    partly = replace(CLEAN, linters=(*CLEAN.linters, replace(MYPY, name="links", exact=False)))
    assert conclusion(partly).state == "proved"
    assert "links looked at projects as a whole: at every three choices that go together." in conclusion(partly).details
    assert not any("as a whole: at every" in detail for detail in conclusion(CLEAN).details)
