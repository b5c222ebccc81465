"""The Markdown of projects: one sentence a line, no long lines, the field's words, whatever the answers are.

Only Markdown is rendered, so that a cover in which any two answers meet takes seconds.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from prose import findings

from mlops_new import source
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from mlops_new.template import Template
from proof.cover import cover
from proof.space import Space, offered

NAMES = {"project_name": "my-project", "description": "An example.", "package": "my_project"}


@pytest.fixture(scope="module")
def space() -> Space:
    """All that can be answered."""
    return offered(Questionnaire(source.root(), Path("my-project")))


@pytest.fixture(scope="module")
def rows(space: Space) -> list[dict[str, Value]]:
    """Answers in which any two that go together meet."""
    return cover(space, 2)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    """The template as far as Markdown is made of it."""
    root = tmp_path_factory.mktemp("template")
    names = [name for name in source.files() if _makes_pages(name)]
    for name in names:
        copy = root / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((ROOT / name).read_bytes())
    return Template(root, names, root / "store")


def _makes_pages(name: str) -> bool:
    return name.endswith((".md.jinja", ".md", "/_slots.jinja")) or not name.startswith("template/{{")


def test_every_orchestrator_is_covered(space: Space, rows: list[dict[str, Value]]) -> None:
    assert {row["orchestrator"] for row in rows} == set(space.domains["orchestrator"])


def test_pages_are_readable(template: Template, rows: list[dict[str, Value]], tmp_path: Path) -> None:
    found: dict[str, str] = {}
    pages = set()
    for number, row in enumerate(rows):
        project = tmp_path / str(number)
        template.write({**row, **NAMES}, project, {})
        for page in project.rglob("*.md"):
            name = page.relative_to(project).as_posix()
            pages.add(name)
            text = page.read_text(encoding="utf-8")
            for finding, line in _with_lines(text):
                found.setdefault(f"{finding}: {line}", f"{name} ({row['orchestrator']})")
    assert {"README.md", "docs/architecture.md", "docs/decisions.md", "docs/notebook.md", "docs/runbook.md"} <= pages
    assert not found, "\n" + "\n".join(f"{where}: {finding}" for finding, where in found.items())


def _with_lines(text: str) -> Iterator[tuple[str, str]]:
    lines = text.splitlines()
    for finding in findings(text):
        number, _, what = finding.partition(": ")
        yield what, lines[int(number) - 1]
