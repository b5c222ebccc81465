"""The check of our checks: its list stays current, and it reports a defect that no check catches."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from proof.linters.all import LINTERS
from scripts.mutants import checks
from scripts.mutants.all import MUTANTS
from scripts.mutants.base import Create, Delete, Edit, Mutant, Rename, Replace, StaleError
from scripts.mutants.planting import Copy, CopyError

ITSELF = {"coverage", "paths", "trace"}
"""What the proof finds without a linter."""


def test_there_are_many_of_many_kinds() -> None:
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS) >= 32
    assert len({mutant.kind for mutant in MUTANTS}) >= 20


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_each_can_be_planted_and_its_check_exists(mutant: Mutant) -> None:
    mutant.edit.verify(ROOT)
    if mutant.check.startswith(checks.PROOF):
        assert mutant.check.removeprefix(checks.PROOF) in {linter.name for linter in LINTERS} | ITSELF
    elif mutant.check.startswith(checks.LINT):
        assert f"python {mutant.check.removeprefix(checks.LINT)}\n" in (ROOT / "Makefile").read_text()
    else:
        file, _, test = mutant.check.partition("::")
        assert f"def {test.partition('[')[0]}" in (ROOT / file).read_text()


def test_the_tests_that_should_catch_one_are_found() -> None:
    wanted = sorted({mutant.check for mutant in MUTANTS if mutant.check.startswith("tests/")})
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--fresh", *wanted],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_linter_that_has_files_to_look_at_catches_one() -> None:
    named = {mutant.check.removeprefix(checks.PROOF) for mutant in MUTANTS if mutant.check.startswith(checks.PROOF)}
    assert {linter.name for linter in LINTERS if linter.expected} <= named


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a file and a check that the file has to pass."""
    folder = tmp_path / "original"
    folder.mkdir()
    (folder / "right.txt").write_text("right\n")
    (folder / "check.py").write_text(
        "import pathlib, sys\nsys.exit(pathlib.Path('right.txt').read_text() != 'right\\n')\n"
    )
    checks.call(folder, "git", "init", "--quiet")
    return folder


@pytest.mark.parametrize(
    ("edit", "check", "said"),
    [
        pytest.param(Replace("right.txt", "right", "wrong"), "lint:check.py", "caught by lint:check.py", id="caught"),
        pytest.param(Replace("right.txt", "right", "right"), "lint:check.py", "MISSED", id="no defect"),
        pytest.param(Create("new.txt", ""), "lint:check.py", "MISSED", id="missed"),
        pytest.param(
            Delete("check.py"), "lint:check.py", "caught by another: exit code 2 of lint:check.py", id="no check"
        ),
        pytest.param(Rename("right.txt", "other.txt"), "lint:check.py", "caught by lint:check.py", id="renamed"),
    ],
)
def test_what_a_check_misses_is_reported(edit: Edit, check: str, said: str, repository: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    copy = Copy(repository, tmp_path / "copy", install=False)
    assert copy.python == Path(sys.executable)
    assert copy.baseline(["lint:check.py"]) == []
    result = copy.judge(Mutant("one", "a defect", edit, check), ask_others=False)
    assert str(result) == said
    assert result.caught == said.startswith("caught by lint")
    assert copy.baseline(["lint:check.py"]) == []
    assert not (copy.root / "new.txt").exists()
    assert (repository / "right.txt").read_text() == "right\n"


def test_a_check_that_fails_without_a_defect_is_reported(repository: Path, tmp_path: Path) -> None:
    (repository / "right.txt").write_text("wrong\n")
    (tmp_path / "copy").mkdir()
    copy = Copy(repository, tmp_path / "copy", install=False)
    [failing] = copy.baseline(["lint:check.py"])
    assert failing.found == {"lint:check.py"}


@pytest.mark.parametrize(
    "edit",
    [
        Replace("right.txt", "wrong", "right"),
        Replace("right.txt", "r", "R"),
        Replace("missing.txt", "a", "b"),
        Create("right.txt", ""),
        Delete("missing.txt"),
        Rename("missing.txt", "other.txt"),
    ],
    ids=lambda edit: f"{type(edit).__name__} {edit.file}",
)
def test_an_edit_that_does_not_fit_any_more_is_refused(edit: Edit, tmp_path: Path) -> None:
    (tmp_path / "right.txt").write_text("right, right\n")
    with pytest.raises(StaleError):
        edit.verify(tmp_path)


def test_a_copy_that_would_not_be_tested_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    with pytest.raises(CopyError, match="cannot be installed"):
        Copy(repository, tmp_path / "copy")
