"""Updates of projects that were edited in every way, to templates that changed in every way, from seeds."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cases import Case, make, version_of
from expected import Expected, Result, expected, wrong
from template_versions import NUMBER, Files, Versions, read

from mlops_new import source
from mlops_new import update as updates
from mlops_new.errors import UpdateError
from mlops_new.update import versions
from mlops_new.update.tree import EXECUTABLE, LINK

FEW, ALL = range(100), range(1000)
IDENTITY = {
    "GIT_AUTHOR_NAME": "a",
    "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a",
    "GIT_COMMITTER_EMAIL": "a@example.com",
}


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A folder for many small files, in memory where there is enough of it."""
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    large = shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > 2**29
    with tempfile.TemporaryDirectory(prefix="mlops-new-", dir=shared if large else None) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def templates(memory: Path) -> Versions:
    """The versions to update between."""
    return Versions(memory)


@pytest.fixture
def plain_git(monkeypatch: pytest.MonkeyPatch, memory: Path) -> None:
    """No settings of Git but its own."""
    for name, value in IDENTITY.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


class Run:
    """A case as a project on the disk."""

    def __init__(self, case: Case, folder: Path) -> None:
        """Write the project, commit the user's files, and add those that Git does not hold."""
        self.case = case
        self.folder = folder
        self.keep = folder / "kept" if case.keep else None
        self.scratch = folder / "scratch"
        self.scratch.mkdir(parents=True)
        top = folder / "work"
        inside = case.layout in ("folder", "link", "submodule") or case.seed % 2
        self.project = top / ("teams/my-project" if inside else "my-project")
        self.repository = self.project if case.layout in ("repository", "submodule") else top
        self.project.mkdir(parents=True)
        self.named = self.project
        if case.layout == "link":
            self.named = folder / "link"
            self.named.symlink_to(self.project)
        elif case.seed % 3 == 0:
            self.named = Path(os.path.relpath(self.project))
        _write(self.project, case.ours)
        self._commit()
        _write(self.project, case.untracked)
        self.outside = self._outside()

    def _commit(self) -> None:
        top = self.folder / "work"
        if self.repository != self.project:
            _write(top, {"other.txt": self.case.base["README.md"], "teams/other/other.txt": self.case.base["Makefile"]})
        if self.case.layout == "worktree":
            main = self.folder / "main"
            main.mkdir()
            git(main, "init", "--quiet", "--template=")
            git(main, "commit", "--quiet", "--allow-empty", "--message=Start")
            git(main, "worktree", "add", "--quiet", "--no-checkout", self.folder / "tree")
            (self.folder / "tree" / ".git").rename(top / ".git")
            git(main, "worktree", "repair", top)
        elif self.case.layout == "submodule":
            git(top, "init", "--quiet", "--template=")
            modules = top / ".git" / "modules"
            modules.mkdir()
            git(self.project, "init", "--quiet", "--template=", f"--separate-git-dir={modules / 'my-project'}")
        else:
            git(self.repository, "init", "--quiet", "--template=")
        (self.git_folder() / "info").mkdir(exist_ok=True)
        (self.git_folder() / "info" / "exclude").write_text("*.ignored\n")
        git(self.repository, "add", "--all", "--force", ".")
        git(self.repository, "commit", "--quiet", "--message=Work")
        if self.case.layout == "submodule":
            (top / ".gitmodules").write_text('[submodule "p"]\n\tpath = teams/my-project\n\turl = ./p\n')
            git(top, "-c", "advice.addEmbeddedRepo=false", "add", "--all")
            git(top, "commit", "--quiet", "--message=Work")

    def git_folder(self) -> Path:
        """Return the folder with what all work trees of the repository share."""
        return self.repository / git(self.repository, "rev-parse", "--git-common-dir").strip()

    def _outside(self) -> dict[str, Files]:
        found = {"work": {}, "main": {}}
        for name in found:
            files = read(self.folder / name)
            prefix = self.project.relative_to(self.folder / "work").as_posix() + "/"
            found[name] = {path: file for path, file in files.items() if not path.startswith(prefix)}
        return found

    def update(self) -> Result:
        """Update the project, commit, and try to update it again."""
        case = self.case
        result = Result()
        planned = updates.plan(self.named, case.settings, "rej" if case.reject else "inline", self.keep)
        result.conflicts = {item.path for item in planned.conflicts}
        result.left_out = {item.path for item in planned.changes if item.kind == "left out"}
        result.changes = {item.path for item in planned.changes} | {
            item.moved_from for item in planned.changes if item.moved_from
        }
        result.blocked = set(planned.blocked)
        try:
            updates.apply(self.named, planned)
        except UpdateError as error:
            result.refused = str(error)
        result.files = read(self.project)
        result.kept = read(self.keep) if self.keep else {}
        result.outside = self._outside() != self.outside
        if result.refused:
            return result
        unmerged = git(self.project, "ls-files", "-z", "--unmerged", ".").split("\0")
        result.unmerged = {entry.partition("\t")[2] for entry in unmerged if entry}
        git(self.repository, "add", "--all", ".")
        git(self.repository, "commit", "--quiet", "--message=Update", "--allow-empty")
        result.status = git(self.repository, "status", "--porcelain")
        again = updates.plan(self.named)
        result.again = {step.path for step in again.steps} | {item.path for item in again.changes}
        return result


def git(folder: Path, *arguments: str | Path) -> str:
    """Run Git in a folder."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr
    return os.fsdecode(done.stdout)


def _write(folder: Path, files: Files) -> None:
    for path, file in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if file.mode == LINK:
            target.symlink_to(os.fsdecode(file.data))
        else:
            target.write_bytes(file.data)
            if file.mode == EXECUTABLE:
                target.chmod(0o755)


def use(case: Case, patch: pytest.MonkeyPatch) -> None:
    """Let updates know the two versions of a case instead of those of this program."""

    def recorded(_: str, version: str | None, answers: dict[str, object], __: str) -> Files:
        assert version == case.old.tag
        return case.old.render(case.old.questionnaire.complete(answers))  # type: ignore[arg-type]

    patch.setattr(source, "root", lambda: case.new.root)
    patch.setattr(source, "version", lambda: case.new.tag.removeprefix("v"))
    patch.setattr(source, "template_versions", lambda: frozenset({case.old.tag, case.new.tag}))
    patch.setattr(versions, "current", case.new.render)
    patch.setattr(versions, "recorded", recorded)


def failures(seeds: Sequence[int], templates: Versions, memory: Path) -> Iterator[str]:
    """Update the project of each seed; yields what is wrong."""
    for seed in seeds:
        case = make(seed, templates)
        with tempfile.TemporaryDirectory(dir=memory) as name, pytest.MonkeyPatch.context() as patch:
            use(case, patch)
            run = Run(case, Path(name))
            wanted = expected(case, run.scratch)
            for problem in wrong(case, wanted, run.update()):
                yield f"seed {seed}: {problem}"


@pytest.mark.parametrize("number", range(NUMBER))
def test_no_edit_is_lost(number: int, templates: Versions, memory: Path, plain_git: None) -> None:
    found = list(failures([seed for seed in FEW if version_of(seed) == number], templates, memory))
    assert not found, "\n".join(found)
