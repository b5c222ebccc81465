"""Where a project is put, and that nothing else is touched."""

import errno
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from mlops_new import render
from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.errors import DestinationError, RenderError
from mlops_new.questionnaire import Questionnaire


@pytest.fixture
def answers(questionnaire: Questionnaire) -> Mapping[str, Value]:
    """The recommended answers."""
    return check(questionnaire, {})


def files(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())


def test_what_is_returned_is_what_was_written(tmp_path: Path, answers: Mapping[str, Value]) -> None:
    written = render.create(answers, tmp_path / "new" / "my-project")
    assert written == files(tmp_path / "new" / "my-project") == render.plan(answers)
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["my-project"]


def test_others_may_read_the_project_as_far_as_the_umask_allows(tmp_path: Path, answers: Mapping[str, Value]) -> None:
    (tmp_path / "compared").mkdir()
    render.create(answers, tmp_path / "my-project")
    assert (tmp_path / "my-project").stat().st_mode == (tmp_path / "compared").stat().st_mode


def test_an_empty_folder_stays_the_same_folder(tmp_path: Path, answers: Mapping[str, Value]) -> None:
    # A shell that stands in it, or a mount, would otherwise be left with a folder that is gone.
    empty = tmp_path / "my-project"
    empty.mkdir(mode=0o750)
    before = empty.stat()
    written = render.create(answers, empty)
    assert (empty.stat().st_ino, empty.stat().st_mode) == (before.st_ino, before.st_mode)
    assert files(empty) == written


def test_the_folder_one_stands_in(tmp_path: Path) -> None:
    folder = tmp_path / "my-project"
    folder.mkdir()
    code = (
        "import sys, pathlib\n"
        "from mlops_new import cli\n"
        "try:\n"
        "    cli.main(['.', '--defaults'])\n"
        "except SystemExit as stop:\n"
        "    print('here:', pathlib.Path('README.md').is_file(), pathlib.Path.cwd())\n"
        "    sys.exit(stop.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"here: True {folder}" in done.stdout
    assert 'name = "my-project"' in (folder / "pyproject.toml").read_text()


def test_an_empty_folder_is_empty_again_after_a_failure(
    tmp_path: Path, answers: Mapping[str, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = tmp_path / "my-project"
    empty.mkdir()
    real, moves = Path.replace, 0

    def replace(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == 4:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(RenderError, match="nothing is left behind"):
        render.create(answers, empty)
    assert moves == 4
    assert list(empty.iterdir()) == []


def test_a_link_to_an_empty_folder_is_followed(tmp_path: Path, answers: Mapping[str, Value]) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "my-project").symlink_to(tmp_path / "real")
    render.create(answers, tmp_path / "my-project")
    assert (tmp_path / "my-project").is_symlink()
    assert (tmp_path / "real" / "pyproject.toml").is_file()


@pytest.mark.posix  # depends on how long a name may be
@pytest.mark.parametrize("path", ["x" * 300, f"{'d' * 300}/my-project"])
def test_a_path_that_the_file_system_refuses_is_the_users_mistake(
    path: str, tmp_path: Path, answers: Mapping[str, Value]
) -> None:
    with pytest.raises(DestinationError, match="cannot be written"):
        render.create(answers, tmp_path / path)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_quicker_keeps_the_folder(
    tmp_path: Path, answers: Mapping[str, Value], monkeypatch: pytest.MonkeyPatch
) -> None:
    destination = tmp_path / "my-project"
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        destination.mkdir()
        (destination / "theirs").write_text("theirs")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(RenderError, match="not empty"):
        render.create(answers, destination)
    assert files(tmp_path) == ["my-project/theirs"]


@pytest.mark.posix  # sends a signal
def test_a_cancelled_job_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from mlops_new import cli\n"
        "Path.write_bytes = lambda *_: os.kill(os.getpid(), signal.SIGTERM)\n"
        "cli.main(['my-project', '--defaults'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 143
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
