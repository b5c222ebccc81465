"""A change of the template comes with a line in the change log, and with a version that was not released yet."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, git
from packaging.version import Version

from mlops_new import bundle, source
from scripts.template_change import problems

CHANGELOG = "# Changes\n\n## Unreleased\n\n- Before.\n\n## 0.1.0 - 2027-01-01\n\n- One.\n"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a released version, a later one, and a branch for a change."""
    files = {
        "template/one.txt": "one\n",
        "questions/1.yml": "a: 1\n",
        "copier.yml": "b: 1\n",
        "src/code.py": "\n",
        "CHANGELOG.md": CHANGELOG,
        "pyproject.toml": '[project]\nversion = "0.1.0"\n',
    }
    for name, text in files.items():
        write(tmp_path / name, text)
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    commit(tmp_path)
    git(tmp_path, "tag", "v0.1.0")
    write(tmp_path / "pyproject.toml", '[project]\nversion = "0.2.0"\n')
    commit(tmp_path)
    git(tmp_path, "switch", "--quiet", "--create", "change")
    return tmp_path


def write(path: Path, text: str) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(repository: Path) -> None:
    """Commit everything."""
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", "x")


def nothing(_: Path) -> None:
    """Leave a change as it is."""


@pytest.mark.parametrize("path", ["template/one.txt", "template/new.txt", "questions/1.yml", "copier.yml"])
@pytest.mark.parametrize("then", [commit, nothing], ids=["committed", "not yet"])
def test_a_change_of_the_template_needs_a_line(path: str, then: Callable[[Path], None], repository: Path) -> None:
    write(repository / path, "changed\n")
    then(repository)
    [problem] = problems(repository, "main")
    assert problem == f"{path} changed, and CHANGELOG.md says nothing new; add a line below Unreleased"
    write(repository / "CHANGELOG.md", CHANGELOG.replace("- Before.", "- Before.\n- Changed."))
    then(repository)
    assert problems(repository, "main") == []


def test_a_line_that_was_there_or_stands_elsewhere_is_no_line_about_the_change(repository: Path) -> None:
    write(repository / "template/one.txt", "changed\n")
    write(repository / "CHANGELOG.md", CHANGELOG.replace("- One.", "- One.\n- Changed."))
    assert len(problems(repository, "main")) == 1
    write(repository / "CHANGELOG.md", CHANGELOG.replace("- Before.\n", ""))
    assert len(problems(repository, "main")) == 1


def test_other_changes_need_no_line(repository: Path) -> None:
    write(repository / "src/code.py", "changed\n")
    assert problems(repository, "main") == []


def test_what_the_base_got_since_is_no_change(repository: Path) -> None:
    git(repository, "switch", "--quiet", "main")
    write(repository / "template/one.txt", "changed on main\n")
    commit(repository)
    git(repository, "switch", "--quiet", "change")
    assert problems(repository, "main") == []


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9"])
def test_a_released_version_gets_no_other_template(version: str, repository: Path) -> None:
    write(repository / "pyproject.toml", f'[project]\nversion = "{version}"\n')
    write(repository / "template/one.txt", "changed\n")
    write(repository / "CHANGELOG.md", CHANGELOG.replace("- Before.", "- Changed."))
    [problem] = problems(repository, "main")
    assert "v0.1.0 was released with another template; raise the version in pyproject.toml" in problem


def test_a_base_that_is_not_there_is_reported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.template_change", "no-such-branch"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: ")


def test_this_version_is_newer_than_those_that_were_released() -> None:
    released = [Version(tag) for tag in bundle.tags(ROOT / "tests" / "update" / "released.bundle")]
    assert released
    assert Version(source.version()) > max(released)
