"""From a wheel to a project, and from there to a newer template, without a network and without losing an edit."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pexpect
import pytest
from conftest import NO_NETWORK, ROOT, git
from reduced_template import REDUCED, reduced_template
from wheels import UV, installed

from mlops_new.bundle import CONTENT
from mlops_new.overlays import CORE

pytestmark = pytest.mark.cached("README.md")


def run(command: Sequence[str | Path], cwd: Path, **env: str) -> str:
    """Run a command that has to succeed; returns what it printed."""
    done = subprocess.run(command, cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


class Release:
    """A repository with two releases, and an environment with the wheel of each."""

    def __init__(self, folder: Path) -> None:
        """Commit this work tree, with fewer choices, as v0.1.0, and as v0.2.0 one that no longer offers wandb."""
        self.repository = folder / "repository"
        reduced_template(self.repository, REDUCED)
        listed = run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], ROOT).splitlines()
        for name in listed:
            if (ROOT / name).is_file() and not name.startswith(CONTENT):
                (self.repository / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.repository / name)
        self.git("init", "--quiet", "--initial-branch=main")
        self.old = self.release(folder / "old", "0.1.0")
        makefile = self.repository / "template" / CORE / "Makefile.jinja"
        makefile.write_text(makefile.read_text().replace("help: ## show this help", "help: ## show all targets"))
        (self.repository / "template" / "NEW.md.jinja").write_text("# New in {{ project_name }}\n")
        architecture = self.repository / "questions" / "2_architecture.yml"
        retired = "      status: retired\n      validator: it went away; choose mlflow\n"
        text, count = re.subn(r"(      value: wandb\n      when: .*\n)", rf"\1{retired}", architecture.read_text())
        assert count == 1
        architecture.write_text(text)
        changelog = self.repository / "CHANGELOG.md"
        changelog.write_text(
            changelog.read_text() + "\n## 0.2.0 - 2027-02-01\n\n- All targets.\n\n## 0.1.0 - 2027-01-01\n\n- First.\n"
        )
        self.new = self.release(folder / "new", "0.2.0")

    def git(self, *arguments: str) -> str:
        """Run Git in the repository."""
        return git(self.repository, *arguments)

    def release(self, environment: Path, version: str) -> Path:
        """Commit, tag, build a wheel and install it; returns the program."""
        pyproject = self.repository / "pyproject.toml"
        pyproject.write_text(
            re.sub(r'^version = ".*"', f'version = "{version}"', pyproject.read_text(), flags=re.MULTILINE)
        )
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"Release {version}")
        self.git("tag", f"v{version}")
        run([UV, "build", "--quiet", "--wheel", "--out-dir", environment / "dist"], self.repository)
        [wheel] = (environment / "dist").glob("*.whl")
        return installed(wheel, environment / "venv")


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Two releases."""
    return Release(tmp_path_factory.mktemp("releases"))


@pytest.fixture
def project(releases: Release, tmp_path: Path) -> Path:
    """A project from the first wheel, in Git, with an edit of the user's."""
    run([releases.old, "my-project", "--defaults"], tmp_path, **NO_NETWORK)
    folder = tmp_path / "my-project"
    assert "_commit: v0.1.0" in (folder / ".copier-answers.yml").read_text()
    run(["git", "init", "--quiet"], folder)
    edited = folder / "config.toml"
    edited.write_text(edited.read_text().replace('target = "target"', 'target = "price"'))
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Commit everything."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Work")


def check_updated(folder: Path) -> None:
    """The template's changes are in, the user's edit is still there."""
    assert "show all targets" in (folder / "Makefile").read_text()
    assert (folder / "NEW.md").read_text() == "# New in my-project\n"
    assert 'target = "price"' in (folder / "config.toml").read_text()
    assert "_commit: v0.2.0" in (folder / ".copier-answers.yml").read_text()
    assert not list(folder.rglob("*.rej"))


def test_a_newer_wheel_updates_a_project_offline(releases: Release, project: Path) -> None:
    printed = run([releases.new, "update", "--yes"], project, **NO_NETWORK)
    assert "From v0.1.0 to v0.2.0" in printed
    assert "added    NEW.md" in printed
    assert "## 0.2.0 - 2027-02-01\n\n- All targets." in printed
    assert "First." not in printed
    check_updated(project)
    commit(project)
    assert "no files change" in run([releases.new, "update", "--yes"], project, **NO_NETWORK)
    assert run(["git", "status", "--porcelain"], project) == ""


def test_a_question_that_is_new_gets_its_default(releases: Release, project: Path) -> None:
    answers = project / ".copier-answers.yml"
    text, count = re.subn(r"^python: .*\n", "", answers.read_text(), flags=re.MULTILINE)
    assert count == 1
    answers.write_text(text)
    commit(project)
    run([releases.new, "update", "--yes"], project, **NO_NETWORK)
    assert "\npython: '3.12'\n" in answers.read_text()
    check_updated(project)


def test_plain_copier_updates_a_project_that_came_from_a_wheel(
    releases: Release, project: Path, tmp_path: Path
) -> None:
    url = run([sys.executable, "-c", "from mlops_new import source; print(source.repository_url())"], tmp_path).strip()
    # The repository's address leads to the local repository; nothing else is different from a person who is online.
    local = {
        **NO_NETWORK,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{releases.repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"{url}.git",
        "COPIER_CACHE_DIR": str(tmp_path / "cache"),
    }
    copier = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
    run(copier, project, **local)
    check_updated(project)
    commit(project)
    run(copier, project, **local)
    assert run(["git", "status", "--porcelain"], project) == ""


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="defaults"),
        pytest.param({"cloud": "aws", "orchestrator": "airflow", "tracker": "wandb", "serving": "batch"}, id="aws"),
        pytest.param({"team": "large", "problem": "regression", "description": 'a "b" {{ c }}: #d'}, id="quotes"),
        pytest.param({"triggers": ["manual"], "approval": True, "monthly_budget": 0}, id="types"),
    ],
)
def test_every_way_in_gives_the_same_project(releases: Release, given: dict[str, object], tmp_path: Path) -> None:
    plain = tmp_path / "plain" / "my-project"
    run(
        [
            sys.executable,
            "-m",
            "copier",
            "copy",
            "--defaults",
            "--quiet",
            "--vcs-ref=v0.1.0",
            *(f"--data={name}={_text(value)}" for name, value in given.items()),
            releases.repository,
            plain,
        ],
        tmp_path,
        **NO_NETWORK,
    )
    settings = [f"--set={name}={_text(value)}" for name, value in given.items()]
    run([releases.old, "options/my-project", "--defaults", *settings], tmp_path, **NO_NETWORK)
    (tmp_path / "answers.json").write_text(json.dumps(given))
    run([releases.old, "file/my-project", "--answers=answers.json"], tmp_path, **NO_NETWORK)
    for way in ("options", "file"):
        other = tmp_path / way / "my-project"
        run(["diff", "--recursive", "--exclude=.copier-answers.yml", plain, other], tmp_path)
        assert _answers(plain) == _answers(other)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _answers(folder: Path) -> list[str]:
    """What the answers file says, apart from where the template came from."""
    lines = (folder / ".copier-answers.yml").read_text().splitlines()
    return [line for line in lines if not line.startswith("_src_path")]


def test_an_edit_that_meets_a_change_is_marked_as_a_conflict(releases: Release, project: Path) -> None:
    makefile = project / "Makefile"
    makefile.write_text(makefile.read_text().replace("help: ## show this help", "help: ## show my help"))
    commit(project)
    done = subprocess.run([releases.new, "update", "--yes"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    assert "conflict Makefile" in done.stdout
    text = makefile.read_text()
    assert "show my help" in text
    assert "show all targets" in text


def test_json_shows_what_would_change_and_changes_it_only_with_yes(releases: Release, project: Path) -> None:
    shown = json.loads(run([releases.new, "update", "--json"], project, **NO_NETWORK))
    assert (shown["from"], shown["to"], shown["applied"]) == ("v0.1.0", "v0.2.0", False)
    assert {"path": "NEW.md", "kind": "added", "cause": "template"} in shown["changes"]
    assert run(["git", "status", "--porcelain"], project) == ""
    done = json.loads(run([releases.new, "update", "--json", "--yes"], project, **NO_NETWORK))
    assert done == {**shown, "applied": True}
    check_updated(project)


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 1)])
def test_a_person_is_shown_the_changes_and_asked(answer: str, code: int, releases: Release, project: Path) -> None:
    terminal = pexpect.spawn(str(releases.new), ["update"], cwd=str(project), encoding="utf-8", timeout=60)
    terminal.expect("added    NEW.md")
    terminal.expect("Change these files")
    assert run(["git", "status", "--porcelain"], project) == ""
    terminal.send(f"{answer}\r")
    terminal.expect("Done" if code == 0 else "Nothing was written")
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == code
    if code == 0:
        check_updated(project)
    else:
        assert run(["git", "status", "--porcelain"], project) == ""


def test_without_a_terminal_and_without_yes_nothing_is_changed(releases: Release, project: Path) -> None:
    done = subprocess.run(
        [releases.new, "update"], cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "pass --yes" in done.stderr
    assert run(["git", "status", "--porcelain"], project) == ""


def test_a_project_in_a_folder_of_a_repository_is_updated(releases: Release, project: Path, tmp_path: Path) -> None:
    top = tmp_path / "monorepo"
    (top / "teams").mkdir(parents=True)
    shutil.rmtree(project / ".git")
    inner = project.rename(top / "teams" / "my-project")
    (top / "other.txt").write_text("other\n")
    run(["git", "init", "--quiet"], top)
    commit(top)
    assert "added    NEW.md" in run([releases.new, "update", "teams/my-project", "--yes"], top, **NO_NETWORK)
    check_updated(inner)
    assert "other.txt" not in run(["git", "status", "--porcelain"], top)
    commit(top)
    assert "no files change" in run([releases.new, "update", "--yes"], inner, **NO_NETWORK)


def test_an_older_program_does_not_take_a_project_back(releases: Release, project: Path) -> None:
    run([releases.new, "update", "--yes"], project, **NO_NETWORK)
    commit(project)
    done = subprocess.run([releases.old, "update", "--yes"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 1
    assert "is of template version v0.2.0, which mlops-new 0.1.0 does not hold" in done.stderr
    assert "Traceback" not in done.stderr
    assert run(["git", "status", "--porcelain"], project) == ""


def test_update_can_change_an_answer(releases: Release, project: Path) -> None:
    printed = run([releases.old, "update", "--yes", "--set", "orchestrator=airflow"], project, **NO_NETWORK)
    assert "Still v0.1.0: " in printed
    assert (project / "dags").is_dir()
    assert "orchestrator: airflow" in (project / ".copier-answers.yml").read_text()
    assert 'target = "price"' in (project / "config.toml").read_text()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        pytest.param("cloud=mars", "is not one of the choices; choose", id="unknown choice"),
        pytest.param("iac=terraform", "rule iac-needs-infrastructure", id="rule"),
        pytest.param("nonsense=1", "there is no such question", id="unknown question"),
    ],
)
def test_update_refuses_a_wrong_answer(setting: str, message: str, releases: Release, project: Path) -> None:
    done = subprocess.run(
        [releases.new, "update", "--yes", "--set", setting], cwd=project, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert run(["git", "status", "--porcelain"], project) == ""


def test_an_answer_that_is_no_longer_offered_is_asked_for(releases: Release, project: Path) -> None:
    # Copier alone would silently put the default in its place, and take the files of the old answer away.
    run([releases.old, "update", "--yes", "--set=tracker=wandb"], project, **NO_NETWORK)
    commit(project)
    done = subprocess.run([releases.new, "update", "--yes"], cwd=project, capture_output=True, text=True)
    assert done.returncode == 2
    assert "tracker: 'wandb' is no longer offered: it went away; choose mlflow" in done.stderr
    assert "--set NAME=VALUE" in done.stderr
    assert run(["git", "status", "--porcelain"], project) == ""
    run([releases.new, "update", "--yes", "--set", "tracker=mlflow"], project, **NO_NETWORK)
    check_updated(project)
    assert "tracker: mlflow" in (project / ".copier-answers.yml").read_text()


def test_an_answer_that_stops_applying_goes_away(releases: Release, project: Path) -> None:
    run([releases.old, "update", "--yes", "--set=cloud=aws", "--set=aws_region=us-east-1"], project, **NO_NETWORK)
    commit(project)
    done = subprocess.run(
        [releases.new, "update", "--yes", "--set=cloud=local", "--set=iac=none"],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "aws_region" not in (project / ".copier-answers.yml").read_text()
    check_updated(project)


def test_a_changed_answer_brings_its_overlay_and_takes_the_old_one(releases: Release, project: Path) -> None:
    # Plain copier gets the new answer; the update itself reads the template from the wheel's repository.
    url = run([sys.executable, "-c", "from mlops_new import source; print(source.repository_url())"], project).strip()
    local = {
        **NO_NETWORK,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{releases.repository}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"{url}.git",
        "COPIER_CACHE_DIR": str(project.parent / "cache"),
    }
    assert not (project / "dags").exists()
    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet", "--data=orchestrator=airflow"]
    run(command, project, **local)
    assert (project / "dags").is_dir()
    check_updated(project)
    commit(project)
    run([*command[:-1], "--data=orchestrator=none"], project, **local)
    assert not (project / "dags").exists()


@pytest.mark.parametrize("state", ["dirty", "no git", "no commit", "no answers", "no version"])
def test_an_update_that_could_lose_something_is_refused(releases: Release, project: Path, state: str) -> None:
    if state == "dirty":
        (project / "config.toml").write_text("mine")
    elif state == "no git":
        shutil.rmtree(project / ".git")
    elif state == "no commit":
        shutil.rmtree(project / ".git")
        run(["git", "init", "--quiet"], project)
    elif state == "no version":
        answers = project / ".copier-answers.yml"
        answers.write_text(re.sub(r"^_commit.*\n", "", answers.read_text(), flags=re.MULTILINE))
        commit(project)
    else:
        (project / ".copier-answers.yml").unlink()
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    done = subprocess.run([releases.new, "update", "--yes"], cwd=project, capture_output=True, text=True)
    assert done.returncode == (2 if state == "no answers" else 1)
    assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_version_that_was_released_cannot_be_built_with_another_template(releases: Release, tmp_path: Path) -> None:
    copy = tmp_path / "repository"
    run(["git", "clone", "--quiet", releases.repository, copy], tmp_path)
    (copy / "template" / "OTHER.md").write_text("other\n")
    done = subprocess.run(
        [UV, "build", "--wheel", "--out-dir", tmp_path / "dist"], cwd=copy, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "raise the version" in done.stderr


def test_an_unpacked_sdist_builds_the_same_wheel(releases: Release, tmp_path: Path) -> None:
    run([UV, "build", "--quiet", "--sdist", "--out-dir", tmp_path / "dist"], releases.repository)
    [sdist] = (tmp_path / "dist").glob("*.tar.gz")
    run([UV, "build", "--quiet", "--wheel", sdist, "--out-dir", tmp_path / "wheel"], tmp_path)
    [wheel] = (tmp_path / "wheel").glob("*.whl")
    run([installed(wheel, tmp_path / "venv"), "my-project", "--defaults"], tmp_path, **NO_NETWORK)
    assert (tmp_path / "my-project" / "NEW.md").is_file()
