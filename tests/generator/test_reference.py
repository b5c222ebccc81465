"""The reference is what the program says."""

from conftest import ROOT

from mlops_new import reference


def test_the_committed_pages_are_fresh() -> None:
    for name, text in reference.pages().items():
        assert (ROOT / "docs" / "reference" / name).read_text() == text


def test_a_question_with_angle_brackets_is_no_tag() -> None:
    assert "### `author`\n\nWho is the author? (Name &lt;email&gt;, or" in reference.pages()["questions.md"]


def test_angle_brackets_in_code_stay_as_they_are() -> None:
    # In Markdown, code shows an entity as it is written.
    page = reference.pages()["switch.md"]
    assert "`<PACKAGE>_RUNS_URI`" in page
    assert "&lt;" not in page
