"""Every distinct file of any core combination, judged by real tools, each of which is shown to catch a bad sample."""

import hashlib
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest
from conftest import ROOT
from linters import LINTERS, Linter

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.catalog import Value, load
from mlops_new.questionnaire import Questionnaire
from mlops_new.space import core_combinations


def variants() -> list[dict[str, Value]]:
    """All core combinations, with the other axes cycled so that each of their choices occurs often."""
    catalog = load(ROOT)
    core = core_combinations(catalog)
    others = [
        question
        for question in catalog.questions
        if len(question.offered) > 1 and not question.multiselect and question.name not in core[0]
    ]
    found = []
    for number, answers in enumerate(core):
        chosen = dict(answers)
        for place, question in enumerate(others):
            choice = question.offered[(number // (place % 3 + 1) + place) % len(question.offered)]
            if question.name != "iac" or answers["cloud"] != "local":
                chosen[question.name] = choice.value
        found.append(chosen)
    # What only one combination in many has.
    found += [
        {"cloud": "aws", "problem": problem, "latency": "realtime"} for problem in ("classification", "regression")
    ]
    found += [{"orchestrator": "airflow", "triggers": ["schedule"], "retraining": "hourly", "approval": True}]
    return found


@pytest.fixture(scope="session")
def pool(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Path inside a project → files with each distinct content, in folders that look like the project around them."""
    folder = tmp_path_factory.mktemp("pool")
    contents: dict[tuple[str, str], Path] = {}
    pooled: defaultdict[str, list[Path]] = defaultdict(list)
    for number, given in enumerate(variants()):
        project = folder / f"{number:02}" / "my-project"
        render.create(check(Questionnaire(source.root(), project), given), project)
        (project / ".pooled").touch()
        for path in sorted(project.rglob("*")):
            if path.is_file() and path.name != ".pooled":
                relative = path.relative_to(project).as_posix()
                key = (relative, _identity(path, project))
                if key not in contents:
                    contents[key] = path
                    pooled[relative].append(path)
    return dict(pooled)


def _identity(path: Path, project: Path) -> str:
    """Hash of a file's content; a folder that a tool reads as a whole counts as a whole."""
    whole = {"infra", "monitoring"} & set(path.relative_to(project).parts)
    files = sorted(path.parent.glob("*")) if whole else [path]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_rendered_files_are_clean(linter: Linter, pool: dict[str, list[Path]]) -> None:
    files = [file for path, found in pool.items() if linter.wants(path) for file in found]
    assert files, f"{linter.name} has nothing to look at"
    assert linter.lint(files) == ""


@pytest.mark.parametrize("linter", LINTERS, ids=lambda linter: linter.name)
def test_a_bad_sample_is_caught(linter: Linter, tmp_path: Path) -> None:
    (tmp_path / ".pooled").touch()
    path, content = linter.bad
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
    assert linter.wants(path)
    assert linter.lint([file]) != ""


def test_linters_are_in_alphabetical_order() -> None:
    assert [linter.name for linter in LINTERS] == sorted(linter.name for linter in LINTERS)


def test_every_kind_of_file_has_a_linter_of_its_own(pool: dict[str, list[Path]]) -> None:
    general = {"leftovers", "secrets", "tidy"}
    # Python is checked by ruff, mypy and the tests of each project; make runs in tests/run; the rest is plain text.
    elsewhere = {".py", ".typed", "Makefile", ".gitignore", ".dockerignore", ".env.example", ".hcl", ".example"}
    for path in pool:
        name = Path(path).name
        special = [linter for linter in LINTERS if linter.name not in general and linter.wants(path)]
        assert special or name in elsewhere or Path(path).suffix in elsewhere, path


def test_make_knows_every_target_that_the_readme_names(pool: dict[str, list[Path]]) -> None:
    for readme in pool["README.md"]:
        project = readme.parent
        targets = re.findall(r"`make ([a-z-]+)", readme.read_text())
        assert "setup" in targets
        for name in set(targets):
            subprocess.run(["make", "--dry-run", name], cwd=project, check=True, capture_output=True)
