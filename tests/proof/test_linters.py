"""Each linter catches its bad sample, and nothing of a project goes without a linter."""

from collections.abc import Callable
from pathlib import Path

import pytest

from proof.contents import Unit
from proof.lint import lint, lint_batch
from proof.linters import python
from proof.linters.all import LINTERS
from proof.linters.base import Linter, each
from proof.linters.python import engine


def units(linter: Linter) -> list[Unit]:
    """The bad sample as the linter gets to see it."""
    files = {path: content.encode() for path, content in linter.bad.items() if linter.wants(path)}
    return [Unit(files, {})] if linter.whole else [Unit({path: content}, {}) for path, content in files.items()]


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_a_bad_sample_is_caught(linter: Linter) -> None:
    assert units(linter), "the linter does not take its own sample"
    assert "".join(lint_batch(linter, [unit]) for unit in units(linter)) != ""
    assert linter.version() == linter.version() != ""


def test_names_are_unique_and_sorted() -> None:
    names = [linter.name for linter in LINTERS]
    assert names == sorted(set(names))


@pytest.mark.parametrize(
    ("pattern", "path", "wanted"),
    [
        ("*.py", "src/a/b.py", True),
        ("*.py", "src/a/b.pyi", False),
        ("infra/**", "infra/tests/a.tftest.hcl", True),
        ("infra/**", "other/infra/a.tf", False),
        (".github/workflows/*.yml", ".github/workflows/ci.yml", True),
        (".github/workflows/*.yml", ".github/dependabot.yml", False),
    ],
)
def test_patterns(pattern: str, path: str, wanted: bool) -> None:
    linter = Linter("x", (pattern,), each(lambda _: ""), {}, lambda: "1")
    assert linter.wants(path) == wanted
    assert not Linter("x", (pattern,), each(lambda _: ""), {}, lambda: "1", excludes=("*",)).wants(path)


def refuses(text: str) -> Linter:
    """A linter that refuses files with some text."""
    return Linter("x", ("*",), each(lambda file: f"{file}: bad" if text in file.read_text() else ""), {}, lambda: "1")


@pytest.mark.parametrize("bad", [[], [0], [6], [2, 3], list(range(7))])
def test_findings_are_narrowed_down_to_files(bad: list[int]) -> None:
    all_units = [Unit({f"{number}.txt": b"bad" if number in bad else b"good"}, {}) for number in range(7)]
    clean: list[Unit] = []
    found = list(lint(refuses("bad"), all_units, clean.extend))
    assert found == [(all_units[number], f"{number}.txt: bad") for number in bad]
    assert {unit.digest for unit in clean} == {unit.digest for unit in all_units} - {unit.digest for unit, _ in found}


def test_a_linter_that_a_bad_file_breaks_has_found_it() -> None:
    def breaks(_: Path) -> str:
        raise KeyError("panels")

    linter = Linter("x", ("*",), each(breaks), {}, lambda: "1")
    assert lint_batch(linter, [Unit({"a.json": b"{}"}, {})]) == "the linter failed: KeyError: 'panels'"


def test_a_linter_that_looks_at_projects_gets_nothing_but_its_files() -> None:
    def content(folder: Path) -> str:
        return ",".join(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))

    linter = Linter("x", ("*",), each(content), {}, lambda: "1", whole=True)
    assert lint_batch(linter, [Unit({"a/b.txt": b"", "c.txt": b""}, {})]) == "a/b.txt,c.txt"


def test_the_engine_of_a_project_is_identified_by_its_dependencies() -> None:
    assert engine("[dependency-groups]\norchestrator = []\n") == "orchestrator_none"
    with pytest.raises(ValueError, match="no orchestrator needs"):
        engine('[dependency-groups]\norchestrator = ["unheard-of>=1"]\n')


@pytest.fixture
def caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """The type checker's cache for an engine, in a folder of its own, that says whose it was at first."""
    monkeypatch.setattr(python, "CACHE", tmp_path)

    def make(orchestrator: str) -> Path:
        cache = python.cache(orchestrator)
        cache.mkdir()
        (cache / "of").write_text(orchestrator)
        return cache

    return make


def test_the_type_checker_starts_with_what_it_knows_of_the_most_similar_libraries(
    caches: Callable[[str], Path],
) -> None:
    for known in ("orchestrator_none", "orchestrator_kubeflow"):
        caches(known)
    vertex, ci = python.cache("orchestrator_vertex"), python.cache("orchestrator_ci")
    python.start(vertex, "orchestrator_vertex")
    python.start(ci, "orchestrator_ci")
    assert (vertex / "of").read_text() == "orchestrator_kubeflow"
    assert (ci / "of").read_text() == "orchestrator_none"


def test_the_type_checker_does_not_start_with_what_is_being_written(caches: Callable[[str], Path]) -> None:
    caches("orchestrator_kubeflow")
    vertex = python.cache("orchestrator_vertex")
    with python.busy["orchestrator_kubeflow"]:
        python.start(vertex, "orchestrator_vertex")
    assert not vertex.exists()


def test_types_of_many_projects_are_checked_together_and_only_the_bad_one_is_named() -> None:
    [mypy] = [linter for linter in LINTERS if linter.name == "mypy"]
    bad = {path: text.encode() for path, text in mypy.bad.items()}
    good = {**bad, "src/a/__init__.py": b"from a.b import y\n\nx: int = y\n", "src/a/b.py": b"y = 1\n"}
    units = [Unit(files, {}) for files in (good, bad, {**good, "src/a/c.py": b"z = 2\n"})]
    clean: list[Unit] = []
    [(unit, text)] = lint(mypy, units, clean.extend)
    assert unit is units[1]
    assert clean == [units[0], units[2]]
    assert "src/a/__init__.py:1: error: Incompatible types" in text
