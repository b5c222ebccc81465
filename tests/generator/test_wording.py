"""Program, proof, scripts, benchmarks, tests, questions and template are written in the field's words."""

import pytest
from conftest import ROOT, git
from wording import PRIVATE, findings, spoken

FOLDERS = ("src", "proof", "scripts", "benchmarks", "tests")
OWN = ("wording.py", "test_wording.py", "test_prose.py")
"""Files that have to name the words."""


def test_no_program_uses_a_private_word() -> None:
    programs = [ROOT / "hatch_build.py", *(path for name in FOLDERS for path in (ROOT / name).rglob("*.py"))]
    assert len(programs) > 100
    found = [
        finding
        for path in programs
        if path.name not in OWN
        for finding in findings(path.relative_to(ROOT).as_posix(), spoken(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n".join(found)


def test_no_question_and_no_file_of_the_template_uses_a_private_word() -> None:
    """Read names, too: those of tests and of Terraform's `run` blocks are what a user reads when one fails."""
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "questions", "template").splitlines()
    names = [name for name in listed if (ROOT / name).is_file()]
    assert any(name.endswith(".tftest.hcl.jinja") for name in names)
    found = [
        finding
        for name in names
        for finding in findings(name, (ROOT / name).read_text(encoding="utf-8").replace("_", " "))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("word", PRIVATE)
def test_every_private_word_is_found_in_any_text(word: str) -> None:
    assert [*findings("page.md", f"One.\n\n{word.capitalize()}: two.\n")] == [
        f"page.md:3: '{word}': say {PRIVATE[word]}"
    ]


def test_what_is_said_is_read_and_what_is_named_is_not() -> None:
    program = (
        '"""Whoever\nreads."""\n'
        "nobody = 1  # somebody's\n"
        "# it goes\n"
        "# on\n"
        "def mend(): return f'{nobody} {{mended}}', 'a\\nb'\n"
        "recommend = mender = 'is  told'\n"
    )
    told = [finding.partition(": say ")[0] for finding in findings("a.py", spoken(program))]
    assert [finding for finding in told if "'nobody'" not in finding] == [
        "a.py:1: 'whoever'",
        "a.py:3: 'somebody'",
        "a.py:4: 'goes on'",
        "a.py:6: 'mended'",
        "a.py:7: 'is told'",
    ]


def test_a_phrase_is_found_where_a_line_breaks_it() -> None:
    assert [*findings("a.md", "x\nIt goes\non.")] == ["a.md:2: 'goes on': say continues, or resumes"]


def test_what_can_be_told_apart_is_fine() -> None:
    assert [*findings("a.md", "They can be told apart, or be told\nfrom others.")] == []
