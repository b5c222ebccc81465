"""What is offered after a project is written: a repository, and an environment."""

import os
import sys
from pathlib import Path

import pexpect
import pytest
from conftest import IDENTITY, git

from mlops_new import beginning
from mlops_new.beginning import Done
from mlops_new.errors import UserError

pytestmark = pytest.mark.posix


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with a file and a Makefile."""
    folder = tmp_path / "my project"
    folder.mkdir()
    (folder / "file.txt").write_text("text\n")
    (folder / "Makefile").write_text("setup:\n\ttouch installed\n")
    return folder


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name for commits, whatever this machine has."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("person")
def test_a_project_is_committed_on_main(project: Path) -> None:
    assert not beginning.is_in_repository(project)
    beginning.commit(project)
    assert beginning.is_in_repository(project)
    assert git(project, "branch", "--show-current").strip() == "main"
    assert git(project, "ls-files").split() == ["Makefile", "file.txt"]
    assert git(project, "status", "--porcelain") == ""


def test_without_a_name_for_the_commit_the_way_on_is_said(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)
    for name, value in (("KEY", "user.useConfigOnly"), ("VALUE", "true")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}_0", value)
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    with pytest.raises(UserError, match=r"(?s)The project is complete; then run: cd '.*my project' && git commit"):
        beginning.commit(project)


def test_what_it_needs_is_installed(project: Path) -> None:
    beginning.install(project)
    assert (project / "installed").exists()
    (project / "Makefile").write_text("setup:\n\tfalse\n")
    with pytest.raises(UserError, match="`make setup` failed"):
        beginning.install(project)


def test_programs_that_are_missing_are_named(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not beginning.is_in_repository(project)
    with pytest.raises(UserError, match="git cannot be started"):
        beginning.commit(project)
    with pytest.raises(UserError, match="make cannot be started"):
        beginning.install(project)


def test_what_was_done_is_no_next_step(project: Path) -> None:
    every = beginning.steps(project, Done(), approval=True)
    assert every[1:] == [
        'git init --initial-branch=main && git add --all && git commit --message "Start"',
        "make setup test train promote serve",
    ]
    assert beginning.steps(project, Done(committed=True, installed=True), approval=False)[1:] == [
        "make test train serve"
    ]
    git(project, "init", "--quiet")
    assert beginning.steps(project, Done(), approval=False)[1].startswith("git add --all")


def test_the_name_is_asked_for_until_it_is_one(tmp_path: Path) -> None:
    terminal = pexpect.spawn(
        sys.executable, ["-m", "mlops_new"], cwd=tmp_path, encoding="utf-8", timeout=60, dimensions=(40, 100)
    )
    terminal.expect("What is the project called")
    terminal.send("\x15My Project\r")  # Ctrl-U empties the line
    terminal.expect("a project name starts with a lower-case letter")
    terminal.send("\x15churn-model\r")
    terminal.expect("What kind of problem")
    terminal.sendcontrol("c")
    terminal.expect(pexpect.EOF)
    assert list(tmp_path.iterdir()) == []
