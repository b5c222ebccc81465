"""An update that is stopped at any moment leaves the project as before or as after, once the next command ran."""

import errno
import os
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from conftest import git
from project_files import all_files, write_files
from stopped import NOT_REACHED, full_disk, in_child, kill
from typer.testing import CliRunner

from mlops_new.answers import COPIER_FILE
from mlops_new.cli import app
from mlops_new.errors import UpdateError
from mlops_new.update import applying, planning, reporting, transaction, tree
from mlops_new.update.repository import Repository
from mlops_new.update.tree import EXECUTABLE, LINK, File

State = tuple[dict[str, File], frozenset[str], str]
"""Files, folders and index of a project."""

LINES = "".join(f"line {number}\n" for number in range(20))
ANSWERS = File(b"_commit: v0.1.0\n_src_path: other\n")
BASE = {
    COPIER_FILE: ANSWERS,
    "changed.txt": File(LINES.encode()),
    "conflict.txt": File(b"old\n"),
    "goes.txt": File(b"goes\n"),
    "folder/only.txt": File(b"goes with its folder\n"),
    "swapped": File(b"a file that becomes a folder\n"),
    "turned/inner.txt": File(b"in a folder that becomes a file\n"),
    "script.sh": File(b"#!/bin/sh\n"),
    "link": File(b"changed.txt", LINK),
    "moved.txt": File(LINES.replace("line", "row").encode()),
}
THEIRS = {
    COPIER_FILE: File(ANSWERS.data.replace(b"v0.1.0", b"v0.2.0")),
    "changed.txt": File(LINES.replace("line 3\n", "new 3\n").encode()),
    "conflict.txt": File(b"new\n"),
    "swapped/deep/inner.txt": File(b"in a folder that was a file\n"),
    "turned": File(b"a file that was a folder\n"),
    "script.sh": File(b"#!/bin/sh\n", EXECUTABLE),
    "link": File(b"script.sh", LINK),
    "there/moved.txt": BASE["moved.txt"],
    "new/one.txt": File(b"one\n"),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with edits, of which an update changes files in every way; its template is not rendered."""
    folder = tmp_path / "project"
    write_files(folder, BASE)
    (folder / "changed.txt").write_text(LINES.replace("line 15\n", "mine 15\n"))
    (folder / "conflict.txt").write_text("mine\n")
    (folder / ".gitignore").write_text("*.ignored\n")
    (folder / "empty").mkdir()
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Work")
    write_files(folder, {"untracked": File(b"u\n"), "new.ignored": File(b"i\n")})
    found = planning.Rendered("v0.1.0", "v0.2.0", BASE, THEIRS, THEIRS)
    monkeypatch.setattr(planning, "rendered", lambda *_: found)
    return folder


def state(folder: Path) -> State:
    """What an update may change, and what it must not."""
    found = all_files(folder)
    folders = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if tree.read_file(path) is None}
    index = git(folder, "ls-files", "--stage", "-z")
    return found, frozenset(path for path in folders if path.partition("/")[0] != ".git"), index


def copy(project: Path, number: int) -> Path:
    """A copy of the project with its repository."""
    folder = project.parent / f"copy-{number}" / project.name
    folder.parent.mkdir()
    subprocess.run(["cp", "-a", project, folder.parent], check=True)
    return folder


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are killed where they can be forked")
@pytest.mark.parametrize("event", [kill, full_disk])
def test_an_update_that_is_stopped_at_any_moment_is_finished_or_undone(
    event: Callable[[], None], project: Path
) -> None:
    planned = planning.plan(project)
    before = state(project)
    done = copy(project, 0)
    applying.apply(done, planned)
    after = state(done)
    assert before != after
    seen = set()
    for number in range(1, 2000):
        folder = copy(project, number)
        code = in_child(partial(applying.apply, folder, planned), number, event)
        if code == NOT_REACHED:
            break
        said = applying.recover(folder)
        found = state(folder)
        nearest = before if code == 1 else after
        wrong = [path for path in found[0].keys() | nearest[0] if found[0].get(path) != nearest[0].get(path)]
        assert found in (before, after), (number, code, said, wrong, found[1] ^ nearest[1])
        if code == 1:
            assert found == before, (number, said)
        assert applying.recover(folder) is None
        seen.add((found == after, said is not None))
    else:
        pytest.fail("the update did not end")
    assert number > 50
    if event is kill:
        assert {(False, False), (True, True)} <= seen


def test_files_are_as_the_merge_says(project: Path) -> None:
    applying.apply(project, planning.plan(project))
    files, folders, index = state(project)
    assert files["changed.txt"].data == LINES.replace("line 3\n", "new 3\n").replace("line 15\n", "mine 15\n").encode()
    assert files["script.sh"].mode == EXECUTABLE
    assert files["link"].data == b"script.sh"
    assert files["there/moved.txt"] == BASE["moved.txt"]
    assert files["untracked"].data == b"u\n"
    assert files["new.ignored"].data == b"i\n"
    assert "empty" in folders
    assert "folder" not in folders
    assert files["swapped/deep/inner.txt"] == THEIRS["swapped/deep/inner.txt"]
    assert files["turned"] == THEIRS["turned"]
    assert [entry.split()[2][:1] for entry in index.split("\0") if "conflict.txt" in entry] == ["1", "2", "3"]
    assert git(project, "status", "--porcelain", "conflict.txt").startswith("UU")


def test_what_somebody_changed_after_the_kill_stays(project: Path) -> None:
    planned = planning.plan(project)
    repository = Repository.of(project)
    note = {"before": "v0.1.0", "after": "v0.2.0", "to_decide": "all", "entries": ""}
    transaction.prepare(project, repository.store, list(planned.steps), note)
    (project / "changed.txt").write_text("changed since\n")
    assert applying.interrupted(project)
    said, to_decide = applying.recover(project) or ("", "")
    assert "was finished, except for changed.txt, which you changed since" in said
    assert to_decide == "all"
    assert not applying.interrupted(project)
    assert (project / "changed.txt").read_text() == "changed since\n"
    assert (project / "new" / "one.txt").is_file()


def test_a_check_tells_of_an_interrupted_update_and_the_next_update_says_what_to_decide(project: Path) -> None:
    planned = planning.plan(project)
    repository = Repository.of(project)
    note = {"before": "v0.1.0", "after": "v0.2.0", "to_decide": reporting.to_decide(planned.conflicts), "entries": ""}
    transaction.prepare(project, repository.store, list(planned.steps), note)
    before = state(project)
    told = CliRunner().invoke(app, ["update", str(project), "--check"])
    assert "was interrupted; without --check, the next one finishes or undoes it" in str(told.exception)
    assert state(project) == before
    finished = CliRunner().invoke(app, ["update", str(project)])
    assert "The update from v0.1.0 to v0.2.0 that was interrupted was finished" in finished.output
    assert "conflict.txt: content: search for <<<<<<< and decide" in str(finished.exception)
    assert state(project) != before


def test_permissions_of_a_file_stay(project: Path) -> None:
    (project / "changed.txt").chmod(0o600)
    (project / "script.sh").chmod(0o600)
    applying.apply(project, planning.plan(project))
    assert (project / "changed.txt").stat().st_mode & 0o777 == 0o600
    assert (project / "script.sh").stat().st_mode & 0o777 == 0o700


def test_a_file_that_changed_since_the_plan_stops_an_update(project: Path) -> None:
    planned = planning.plan(project)
    before = state(project)
    (project / "changed.txt").write_text("changed since\n")
    with pytest.raises(UpdateError, match=r"changed\.txt changed meanwhile; nothing was changed"):
        applying.apply(project, planned)
    (project / "changed.txt").write_bytes(before[0]["changed.txt"].data)
    assert state(project) == before


def test_two_updates_at_once_do_not_mix(project: Path) -> None:
    planned = planning.plan(project)
    with applying.lock(Repository.of(project)), pytest.raises(UpdateError, match="by another process"):
        applying.apply(project, planned)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("new/one.txt", "untracked"), ("new/one.txt", "ignored"), ("new", "file"), ("new/one.txt", "folder")],
)
def test_what_is_in_the_way_stops_an_update_or_is_set_aside(path: str, kind: str, project: Path) -> None:
    place = project / path
    place.parent.mkdir(exist_ok=True)
    if kind == "ignored":
        (project / ".git" / "info" / "exclude").write_text(f"{path}\n")
    if kind == "folder":
        place.mkdir()
        place = place / "mine"
    place.write_text("mine\n")
    before = state(project)
    planned = planning.plan(project)
    assert planned.blocked == {path: ("new/one.txt",)}
    with pytest.raises(UpdateError, match="nothing was changed; move yours away"):
        applying.apply(project, planned)
    assert state(project) == before
    keep = project.parent / "kept"
    applying.apply(project, planning.plan(project, keep=keep))
    assert (keep / place.relative_to(project)).read_text() == "mine\n"
    assert (project / "new" / "one.txt").read_text() == "one\n"


def test_a_folder_without_files_is_not_in_the_way(project: Path) -> None:
    (project / "new" / "one.txt" / "empty").mkdir(parents=True)
    planned = planning.plan(project)
    assert not planned.blocked
    applying.apply(project, planned)
    assert (project / "new" / "one.txt").read_text() == "one\n"


@pytest.mark.parametrize(("path", "text"), [("goes.txt", "goes\nmine\n"), ("moved/goes.txt", "goes\n")])
def test_an_edited_or_moved_file_that_goes_stays_or_is_set_aside(path: str, text: str, project: Path) -> None:
    (project / "moved").mkdir()
    (project / "goes.txt").rename(project / path)
    (project / path).write_text(text)
    git(project, "add", "--all", "goes.txt", path)
    git(project, "commit", "--quiet", "--message", "Edit")
    planned = planning.plan(project)
    assert (path, "modify/delete") in [(item.path, item.reason) for item in planned.conflicts]
    keep = project.parent / "kept"
    aside = planning.plan(project, keep=keep)
    assert path not in [item.path for item in aside.conflicts]
    applying.apply(project, aside)
    assert (keep / path).read_text() == text
    assert not (project / path).exists()


def test_files_that_a_sparse_checkout_leaves_out_are_removed_and_set_aside(project: Path) -> None:
    (project / "goes.txt").write_text("goes\nmine\n")
    git(project, "commit", "--quiet", "--all", "--message", "Edit")
    git(project, "sparse-checkout", "set", "--no-cone", "/*", "!*.txt")
    keep = project.parent / "kept"
    applying.apply(project, planning.plan(project, keep=keep))
    assert (keep / "goes.txt").read_text() == "goes\nmine\n"
    gone = ("goes.txt", "folder/only.txt", "moved.txt")
    assert not set(gone) & set(git(project, "ls-files").splitlines())
    assert (project / "there" / "moved.txt").is_file()


def test_a_folder_that_a_sparse_checkout_leaves_out_is_in_the_way(project: Path) -> None:
    (project / "new" / "one.txt").mkdir(parents=True)
    (project / "new" / "one.txt" / "mine").write_text("mine\n")
    git(project, "add", "new")
    git(project, "commit", "--quiet", "--message", "Edit")
    git(project, "sparse-checkout", "set", "--no-cone", "/*", "!mine")
    assert not (project / "new").exists()
    planned = planning.plan(project)
    assert planned.blocked == {"new/one.txt": ("new/one.txt",)}
    with pytest.raises(UpdateError, match="nothing was changed; move yours away"):
        applying.apply(project, planned)
    keep = project.parent / "kept"
    applying.apply(project, planning.plan(project, keep=keep))
    assert (keep / "new" / "one.txt" / "mine").read_text() == "mine\n"
    assert (project / "new" / "one.txt").read_text() == "one\n"
    assert "new/one.txt/mine" not in git(project, "ls-files")


def test_files_and_what_is_set_aside_may_be_on_another_disk(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "goes.txt").write_text("goes\nmine\n")
    git(project, "commit", "--quiet", "--all", "--message", "Edit")
    one, two, keep = (copy(project, 1), copy(project, 2), project.parent / "kept")
    applying.apply(one, planning.plan(one, keep=keep / "1"))
    replace, store = Path.replace, Repository.of(two).store

    def on_one_disk(self: Path, target: Path) -> Path:
        if store in self.parents:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", on_one_disk)
    applying.apply(two, planning.plan(two, keep=keep / "2"))
    assert state(one) == state(two)
    assert all_files(keep / "1") == all_files(keep / "2") != {}
    assert not list(two.rglob("*.mlops-new"))
