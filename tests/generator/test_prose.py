"""The repository's own Markdown: one sentence a line, no long lines, the field's words.

`tests/render/test_rendered_prose.py` checks the pages of projects, and a program writes the reference.
"""

from pathlib import Path

import pytest
from conftest import ROOT, git
from prose import findings

ELSEWHERE = ("template/", "docs/reference/")


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
