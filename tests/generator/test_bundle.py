"""The bundle: what is in it, that it is the same every time, and that the repository is left alone."""

import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import git

from mlops_new.bundle import VersionError, build, files


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a template and something that is none."""
    folder = tmp_path / "repository"
    for name, text in {
        "copier.yml": "a: 1\n",
        "questions/a.yml": "b: 1\n",
        "template/one.txt": "one\n",
        "src/program.py": "print()\n",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    """Commit everything."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Work")


def opened(bundle: Path, version: str) -> dict[str, str]:
    """Path → content of one version in a bundle."""
    clone = bundle.with_suffix(f".{version}")
    subprocess.run(["git", "clone", "--quiet", "--branch", version, bundle, clone], check=True, capture_output=True)
    return {name: (clone / name).read_text() for name in git(clone, "ls-files").splitlines()}


def test_it_holds_the_template_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    build(repository, tmp_path / "b.bundle", "0.1.0", release=True)
    assert opened(tmp_path / "b.bundle", "v0.1.0") == {
        "copier.yml": "a: 1\n",
        "questions/a.yml": "b: 1\n",
        "template/one.txt": "one\n",
    }


def test_the_same_content_gives_the_same_bytes(repository: Path, tmp_path: Path) -> None:
    build(repository, tmp_path / "one.bundle", "0.1.0", release=True)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "Later")
    build(clone, tmp_path / "two.bundle", "0.1.0", release=True)
    assert (tmp_path / "one.bundle").read_bytes() == (tmp_path / "two.bundle").read_bytes()


def test_every_release_is_in_it(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "v0.1.0")
    (repository / "template" / "one.txt").write_text("two\n")
    commit(repository)
    git(repository, "tag", "v0.2.0")
    (repository / "template" / "one.txt").write_text("three\n")
    build(repository, tmp_path / "b.bundle", "0.3.0", release=True)
    texts = [opened(tmp_path / "b.bundle", tag)["template/one.txt"] for tag in ("v0.1.0", "v0.2.0", "v0.3.0")]
    assert texts == ["one\n", "two\n", "three\n"]


def test_a_released_version_cannot_change(repository: Path, tmp_path: Path) -> None:
    git(repository, "tag", "v0.1.0")
    (repository / "src" / "program.py").write_text("print(2)\n")
    build(repository, tmp_path / "b.bundle", "0.1.0", release=True)
    (repository / "template" / "one.txt").write_text("changed\n")
    with pytest.raises(VersionError, match="raise the version"):
        build(repository, tmp_path / "b.bundle", "0.1.0", release=True)
    build(repository, tmp_path / "trial.bundle", "0.1.0", release=False)
    assert opened(tmp_path / "trial.bundle", "v0.1.0")["template/one.txt"] == "changed\n"


def test_uncommitted_changes_count(repository: Path, tmp_path: Path) -> None:
    (repository / "template" / "new.txt").write_text("new\n")
    (repository / "template" / "one.txt").unlink()
    build(repository, tmp_path / "b.bundle", "0.1.0", release=False)
    held = opened(tmp_path / "b.bundle", "v0.1.0")
    assert held["template/new.txt"] == "new\n"
    assert "template/one.txt" not in held


def test_an_ignore_rule_hides_no_file_of_the_template(repository: Path, tmp_path: Path) -> None:
    # A tracked file stays tracked whatever .gitignore, or a user's own ignore file, says later.
    (repository / ".gitignore").write_text("one.txt\n*.pyc\n")
    (repository / "template" / "left.pyc").write_text("left over\n")
    build(repository, tmp_path / "b.bundle", "0.1.0", release=False)
    held = opened(tmp_path / "b.bundle", "v0.1.0")
    assert held["template/one.txt"] == "one\n"
    assert "template/left.pyc" not in held


def test_the_files_are_those_that_the_bundle_gets(repository: Path, tmp_path: Path) -> None:
    (repository / ".gitignore").write_text("one.txt\n*.pyc\n")
    (repository / "template" / "left.pyc").write_text("left over\n")
    (repository / "template" / "new.txt").write_text("new\n")
    build(repository, tmp_path / "b.bundle", "0.1.0", release=False)
    assert set(files(repository)) == set(opened(tmp_path / "b.bundle", "v0.1.0"))
    (repository / "template" / "one.txt").unlink()
    assert set(files(repository)) == {"copier.yml", "questions/a.yml", "template/new.txt"}


def test_the_files_of_an_unpacked_archive_need_no_repository(repository: Path) -> None:
    shutil.rmtree(repository / ".git")
    assert set(files(repository)) == {"copier.yml", "questions/a.yml", "template/one.txt"}


def test_the_repository_is_left_as_it_was(repository: Path, tmp_path: Path) -> None:
    (repository / "template" / "new.txt").write_text("new\n")

    def state() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in repository.rglob("*") if path.is_file()}

    git(repository, "status")  # refreshes the index once, which is Git's own business
    before = state()
    build(repository, tmp_path / "b.bundle", "0.1.0", release=False)
    assert state() == before


def test_a_hook_of_another_repository_does_not_redirect_it(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "elsewhere" / "index"))
    build(repository, tmp_path / "b.bundle", "0.1.0", release=False)
    monkeypatch.undo()
    assert "template/one.txt" in opened(tmp_path / "b.bundle", "v0.1.0")


@pytest.mark.posix  # calls tar
def test_an_unpacked_archive_without_git_is_enough(repository: Path, tmp_path: Path) -> None:
    build(repository, tmp_path / "one.bundle", "0.1.0", release=True)
    archive = tmp_path / "archive"
    archive.mkdir()
    with subprocess.Popen(["git", "archive", "HEAD"], cwd=repository, stdout=subprocess.PIPE) as packed:
        subprocess.run(["tar", "--extract"], cwd=archive, stdin=packed.stdout, check=True)
    build(archive, tmp_path / "two.bundle", "0.1.0", release=True)
    assert (tmp_path / "one.bundle").read_bytes() == (tmp_path / "two.bundle").read_bytes()
