"""The repository's own Markdown: one sentence a line, no long lines, the field's words.

The template has tests of its own, and a program writes the reference.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, git
from wording import PRIVATE, SEARCH

COLUMNS = 120
ELSEWHERE = ("template/", "docs/reference/")
MORE = {
    r"anybody|(some|any|no) one": "a user, a caller, an operator, or the passive",
    r"mending": "fixing",
    r"(were|been|being) told": "get, be given",
    r"(try|tries|tried|trying) again": "retry",
    r"end(s)? badly": "fail",
    r"really (use|used|run)": "use, run",
    r"of one's own": "your own, its own",
}
"""Pattern of a word → the field's word, in Markdown beside those that code must not use either."""
ABBREVIATIONS = {"e.g.", "i.e.", "etc.", "vs.", "cf."}

FENCE = re.compile(r"\s*(```+|~~~+)")
MARKED = re.compile(r"<!-- [\w-]+: (?P<which>begin|end) -->")
SPAN = re.compile(r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)")
BULLET = re.compile(r"\s*(>\s*)*([-*+]|\d+[.)])?\s+")
TWO_SENTENCES = re.compile(r"""(?P<last>\S*[.!?])[*_)"']* +[*_("'\[`]*(?:[A-Z`])""")


def written(text: str) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line written by hand: no code blocks, nothing between the marks of a program."""
    fence, generated = "", False
    for number, line in enumerate(text.splitlines(), start=1):
        if found := FENCE.match(line):
            if not fence:
                fence = found[1]
            elif line.strip().startswith(fence):
                fence = ""
        elif mark := MARKED.fullmatch(line.strip()):
            generated = mark["which"] == "begin"
        elif not fence and not generated:
            yield number, line


def findings(text: str) -> Iterator[str]:
    """Yield what is wrong with a page, each finding with its line number."""
    for number, line in written(text):
        prose = SPAN.sub("``", line)
        for private in SEARCH.finditer(prose):
            yield f"{number}: {private[0]!r}; better: {PRIVATE[' '.join(private[0].lower().split())]}"
        for word, better in MORE.items():
            if found := re.search(rf"\b({word})\b", prose, re.IGNORECASE):
                yield f"{number}: {found[0]!r}; better: {better}"
        bare = BULLET.sub("", f" {line}", count=1)
        if bare.startswith("|"):
            continue
        if len(line) > COLUMNS and " " in bare:
            yield f"{number}: {len(line)} columns"
        if bare.startswith("#"):
            continue
        ends = TWO_SENTENCES.finditer(BULLET.sub("", f" {prose}", count=1))
        if any(found["last"].lower().lstrip("(") not in ABBREVIATIONS for found in ends):
            yield f"{number}: more than one sentence"


def pages() -> list[str]:
    """Return the paths of the Markdown files written by hand, including those not yet in Git."""
    names = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "*.md").splitlines()
    return [name for name in names if not name.startswith(ELSEWHERE) and (ROOT / name).is_file()]


def test_the_pages_are_found() -> None:
    assert {"README.md", "docs/template.md", "docs/adr/0001-overlays-and-slots.md"} <= set(pages())


def test_pages_are_readable() -> None:
    found = [f"{name}:{finding}" for name in pages() for finding in findings(Path(ROOT, name).read_text("utf-8"))]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("x " * 60 + "xx", "1: 122 columns"),
        ("- " + "x " * 60 + "x", "1: 123 columns"),
        ("A file. A folder.", "1: more than one sentence"),
        ("1. A file. `make` runs.", "1: more than one sentence"),
        ("- What is fetched. A folder.", "1: more than one sentence"),
        ("A file, etc.! A folder.", "1: more than one sentence"),
        ("**Split.** A row", "1: more than one sentence"),
        ('It says "no." Then it stops.', "1: more than one sentence"),
        ("Use a file, e.g. Makefile. It is read.", "1: more than one sentence"),
        ("```\nlong\n```\n\nWhoever\nreads", "5: 'Whoever'; better: the user, the caller or the operator"),
        ("| nobody |", "1: 'nobody'; better: no user, or nothing"),
        ("# What nobody reads", "1: 'nobody'; better: no user, or nothing"),
        ("it mends lines", "1: 'mends'; better: fixes"),
        ("the search goes on", "1: 'goes on'; better: continues, or resumes"),
        ("people are told", "1: 'are told'; better: get, or are given"),
    ],
)
def test_a_bad_line_is_found(text: str, finding: str) -> None:
    assert list(findings(text)) == [finding]


@pytest.mark.parametrize(
    "text",
    [
        "x" * 120,
        "- [link](https://example.com/" + "x" * 120 + ").",
        "| " + "A cell. Another. " * 20 + "|",
        "```text\n" + "Whoever. Nobody. " * 20 + "\n```",
        "<!-- table: begin -->\n" + "Whoever. Nobody. " * 20 + "\n<!-- table: end -->",
        "# 1. A title",
        "2. An item",
        "Use a file, e.g. Makefile.",
        "`a. B` and `whoever`",
        "A recommendation, an amendment, version 3.11.",
    ],
)
def test_a_good_line_is_not(text: str) -> None:
    assert list(findings(text)) == []
