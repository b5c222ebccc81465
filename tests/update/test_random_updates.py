"""Updates of projects that were edited in every way, to templates that changed in every way, from seeds."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import pytest
from cases import Case, make, version_of
from conftest import IDENTITY
from expected import Result, expected, wrong
from project_files import write_files
from template_versions import NUMBER, Files, Versions, read

from mlops_new import render, source
from mlops_new.answers import COPIER_FILE
from mlops_new.catalog import Value
from mlops_new.errors import UpdateError
from mlops_new.update import applying, planning, repository, transaction, versions
from mlops_new.update.merge import Outcome, Reason, Text
from mlops_new.update.repository import Repository
from mlops_new.update.tree import REGULAR, File

pytestmark = pytest.mark.cached()

merging = import_module("mlops_new.update.merge")
"""The module, whose name in its package is that of its function."""
FEW, ALL = range(100), range(1000)
DIFFERENT_OWNER = "GIT_TEST_ASSUME_DIFFERENT_OWNER"
"""Lets Git take every repository for one of another user."""


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
        inside = case.layout in ("folder", "link", "submodule") or case.seed % 2 == 1
        self.project = top / ("teams/my-project" if inside else "my-project")
        self.repository = self.project if case.layout in ("repository", "submodule") else top
        self.project.mkdir(parents=True)
        self.named = self.project
        if case.layout == "link":
            self.named = folder / "link"
            self.named.symlink_to(self.project)
        elif case.seed % 3 == 0:
            self.named = Path(os.path.relpath(self.project))
        write_files(self.project, case.ours)
        self._commit()
        write_files(self.project, case.untracked)
        for path in case.folders:
            (self.project / path / "inner").mkdir(parents=True)
        self.outside = self._outside()

    def _commit(self) -> None:
        top = self.folder / "work"
        if self.repository != self.project:
            write_files(
                top, {"other.txt": self.case.base["README.md"], "teams/other/other.txt": self.case.base["Makefile"]}
            )
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
        ignored = ["*.ignored", *(PurePosixPath(path).name for path in self.case.ignored)]
        (self.git_folder() / "info" / "exclude").write_text("\n".join(ignored) + "\n")
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
        found: dict[str, Files] = {"work": {}, "main": {}}
        for name in found:
            files = read(self.folder / name)
            prefix = self.project.relative_to(self.folder / "work").as_posix() + "/"
            found[name] = {path: file for path, file in files.items() if not path.startswith(prefix)}
        return found

    def plan(self) -> planning.Update:
        """Work out the update."""
        return planning.plan(self.named, self.case.settings, "rej" if self.case.reject else "inline", self.keep)

    def update(self, around: Callable[[], AbstractContextManager[None]] = nullcontext) -> Result:
        """Update the project, commit, and try to update it again.

        Args:
            around: settings of Git while the update works.
        """
        result = Result()
        with around():
            planned = self.plan()
            try:
                applying.apply(self.named, planned)
            except UpdateError as error:
                result.refused = str(error)
        result.conflicts = {item.path for item in planned.conflicts}
        result.left_out = {item.path for item in planned.changes if item.kind == "left out"}
        result.changes = {item.path for item in planned.changes} | {
            item.moved_from for item in planned.changes if item.moved_from
        }
        result.blocked = set(planned.blocked)
        result.files = {**self._hidden(), **read(self.project)}
        result.kept = read(self.keep) if self.keep else {}
        result.outside = self._outside() != self.outside
        if result.refused:
            return result
        unmerged = git(self.project, "ls-files", "-z", "--unmerged", ".").split("\0")
        result.unmerged = {entry.partition("\t")[2] for entry in unmerged if entry}
        git(self.repository, "add", "--all", "--sparse", ".")
        git(self.repository, "commit", "--quiet", "--message=Update", "--allow-empty")
        result.status = git(self.repository, "status", "--porcelain")
        again = planning.plan(self.named)
        result.again = {step.path for step in again.steps} | {item.path for item in again.changes}
        with pytest.MonkeyPatch.context() as patch:
            use(self.case, patch, "v0.3.0")
            later = planning.plan(self.named)
        result.later = {step.path for step in later.steps} | {item.path for item in later.changes}
        return result

    def _hidden(self) -> Files:
        """Return the files that a sparse checkout leaves out, which an update must not have changed."""
        listed = git(self.project, "ls-files", "-z", "-t", ".").split("\0")
        return {entry[2:]: self.case.ours[entry[2:]] for entry in listed if entry.startswith("S ")}


def git(folder: Path, *arguments: str | Path) -> str:
    """Run Git in a folder, without the settings that an update gets."""
    own = {name: value for name, value in os.environ.items() if name != DIFFERENT_OWNER}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**own, "GIT_CONFIG_GLOBAL": os.devnull}, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    return os.fsdecode(done.stdout)


def use(case: Case, patch: pytest.MonkeyPatch, later: str = "") -> None:
    """Let updates know the two versions of a case instead of those of this program.

    Args:
        case: the case.
        patch: what lets them.
        later: tag of a version with the template of the newer one, to update to instead.
    """

    def recorded(_: str, version: str, answers: dict[str, Value], __: str) -> Files:
        known = {case.old.tag: case.old, case.new.tag: case.new}[version]
        return known.render(known.questionnaire.complete(answers))

    def current(answers: dict[str, Value]) -> Files:
        files = case.new.render(answers)
        said = files[COPIER_FILE].data.replace(f"_commit: {case.new.tag}".encode(), f"_commit: {after}".encode())
        return {**files, COPIER_FILE: File(said)}

    after = later or case.new.tag
    patch.setattr(source, "root", lambda: case.new.root)
    patch.setattr(source, "version", lambda: after.removeprefix("v"))
    patch.setattr(source, "template_versions", lambda: frozenset({case.old.tag, case.new.tag}))
    patch.setattr(versions, "current", current)
    patch.setattr(versions, "recorded", recorded)
    patch.setattr(render, "templates", lambda _: {})
    patch.setattr(render, "is_users", lambda path: PurePosixPath(path).match("src/*/features.py"))


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


FAULTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {}
"""Name → plants a fault in updates."""


def fault(plant: Callable[[pytest.MonkeyPatch], None]) -> Callable[[pytest.MonkeyPatch], None]:
    """Plant a fault in updates, for which a failure has to be found."""
    FAULTS[plant.__name__] = plant
    return plant


def _change_text(patch: pytest.MonkeyPatch, change: Callable[[Text, bytes, bytes, bytes], Text]) -> None:
    merge_text = repository.merge_text

    def faulty(ours: bytes, base: bytes, theirs: bytes, *, reject: bool = False) -> Text:
        return change(merge_text(ours, base, theirs, reject=reject), ours, base, theirs)

    patch.setattr(planning, "merge_text", faulty)


def _change_outcomes(patch: pytest.MonkeyPatch, change: Callable[[Outcome], Outcome | None]) -> None:
    merge = merging.merge

    def faulty(*trees: Any) -> list[Outcome]:  # noqa: ANN401 - passed on
        return [changed for item in merge(*trees) if (changed := change(item))]

    patch.setattr(planning, "merge", faulty)


def _take_theirs(patch: pytest.MonkeyPatch, reason: Reason) -> None:
    _change_outcomes(
        patch, lambda item: replace(item, kind="changed", file=item.theirs) if item.reason == reason else item
    )


@fault
def drops_lines_of_the_user(patch: pytest.MonkeyPatch) -> None:
    _change_text(patch, lambda merged, ours, base, theirs: Text(theirs, False))


@fault
def drops_lines_of_the_template(patch: pytest.MonkeyPatch) -> None:
    _change_text(patch, lambda merged, ours, base, theirs: Text(ours, False))


@fault
def adds_lines_twice(patch: pytest.MonkeyPatch) -> None:
    def twice(merged: Text, ours: bytes, base: bytes, theirs: bytes) -> Text:
        added = [line for line in ours.splitlines(keepends=True) if line not in base.splitlines(keepends=True)]
        return merged._replace(data=merged.data + b"".join(added))

    _change_text(patch, twice)


@fault
def tells_of_no_conflict(patch: pytest.MonkeyPatch) -> None:
    _change_text(patch, lambda merged, *_: Text(merged.data, False, merged.rejected))


@fault
def loses_what_is_rejected(patch: pytest.MonkeyPatch) -> None:
    _change_text(patch, lambda merged, *_: Text(merged.data, merged.conflict))


@fault
def loses_ends_of_lines(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merging, "_lines", lambda *data: data[-1](*(text.replace(b"\r\n", b"\n") for text in data[:-1])))


@fault
def takes_what_is_binary_from_the_template(patch: pytest.MonkeyPatch) -> None:
    _take_theirs(patch, "binary")


@fault
def replaces_a_link(patch: pytest.MonkeyPatch) -> None:
    _take_theirs(patch, "type")


@fault
def removes_an_edited_file(patch: pytest.MonkeyPatch) -> None:
    _change_outcomes(
        patch, lambda item: replace(item, kind="removed", file=None) if item.reason == "modify/delete" else item
    )


@fault
def leaves_a_removed_file(patch: pytest.MonkeyPatch) -> None:
    _change_outcomes(patch, lambda item: None if item.kind == "removed" else item)


@fault
def leaves_out_a_new_file(patch: pytest.MonkeyPatch) -> None:
    _change_outcomes(patch, lambda item: None if item.kind == "added" and item.path.endswith(".bin") else item)


@fault
def brings_back_a_deleted_file(patch: pytest.MonkeyPatch) -> None:
    _change_outcomes(
        patch, lambda item: replace(item, kind="added", file=item.theirs) if item.kind == "left out" else item
    )


@fault
def replaces_a_file_that_both_added(patch: pytest.MonkeyPatch) -> None:
    _take_theirs(patch, "add/add")


@fault
def forgets_a_mode(patch: pytest.MonkeyPatch) -> None:
    _change_outcomes(
        patch,
        lambda item: replace(item, file=item.file._replace(mode=REGULAR)) if item.file and item.ours else item,
    )


@fault
def forgets_what_the_user_moved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merging, "renames", lambda *_: {})


@fault
def forgets_what_the_template_moved(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planning, "renames", lambda *_: {})


@fault
def forgets_that_the_template_was_updated(patch: pytest.MonkeyPatch) -> None:
    _change_outcomes(patch, lambda item: None if item.path == COPIER_FILE else item)


@fault
def overwrites_what_git_does_not_hold(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(planning, "_blocked", lambda *_: {})


@fault
def removes_a_folder_with_all_in_it(patch: pytest.MonkeyPatch) -> None:
    def remove(self: transaction.Transaction, folder: Path) -> None:
        if folder != self.root:
            shutil.rmtree(folder, ignore_errors=True)

    patch.setattr(transaction.Transaction, "_remove_empty", remove)


@fault
def keeps_nothing(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(applying, "set_aside", lambda *_: {})


@fault
def marks_no_conflict_for_git(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Repository, "mark", lambda *_: None)


@fault
def takes_the_project_for_the_repository(patch: pytest.MonkeyPatch) -> None:
    found = Repository.of
    patch.setattr(Repository, "of", lambda project: replace(found(project), prefix=""))


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(name: str, templates: Versions, memory: Path, plain_git: None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        FAULTS[name](patch)
        assert next(failures(FEW, templates, memory), None), f"no case finds an update that {name.replace('_', ' ')}"


@pytest.mark.parametrize("number", range(NUMBER))
def test_no_edit_is_lost(number: int, templates: Versions, memory: Path, plain_git: None) -> None:
    found = list(failures([seed for seed in FEW if version_of(seed) == number], templates, memory))
    assert not found, "\n".join(found)


@pytest.mark.full
@pytest.mark.parametrize("number", range(NUMBER))
def test_no_edit_is_ever_lost(number: int, templates: Versions, memory: Path, plain_git: None) -> None:
    seeds = [seed for seed in ALL if seed not in FEW and version_of(seed) == number]
    found = list(failures(seeds, templates, memory))
    assert not found, "\n".join(found)


class Hostile(NamedTuple):
    """Settings of Git that an update must not depend on.

    Attributes:
        settings: a file of settings; {folder} is a folder with `ignored`, `attributes` and `hooks`.
        attributes: attributes of the repository.
        environment: variables.
    """

    settings: str = ""
    attributes: str = ""
    environment: Mapping[str, str] = {}


SPARSE = "sparse checkout"
HOSTILE = {
    "excludesFile": Hostile("[core]\n excludesFile = {folder}/ignored"),
    "attributesFile": Hostile("[core]\n attributesFile = {folder}/attributes"),
    "apply.whitespace": Hostile(
        "[apply]\n whitespace = error-all\n ignoreWhitespace = change\n"
        "[core]\n whitespace = blank-at-eol,cr-at-eol,tab-in-indent"
    ),
    "quotePath": Hostile("[core]\n quotePath = false\n precomposeUnicode = true"),
    "autocrlf": Hostile("[core]\n autocrlf = true\n safecrlf = true\n eol = crlf"),
    "showUntrackedFiles": Hostile(
        "[status]\n showUntrackedFiles = no\n relativePaths = false\n branch = true\n short = true\n renames = copies\n"
        "[color]\n ui = always\n[column]\n ui = always"
    ),
    "hooksPath": Hostile(
        "[core]\n hooksPath = {folder}/hooks\n fsmonitor = {folder}/hooks/fsmonitor\n untrackedCache = true\n"
        " editor = false\n pager = false"
    ),
    "renames": Hostile(
        "[merge]\n renames = false\n renameLimit = 1\n conflictStyle = zdiff3\n verbosity = 5\n"
        "[diff]\n renames = copies\n renameLimit = 1\n algorithm = patience\n noprefix = true\n interHunkContext = 9"
    ),
    "diff driver": Hostile(
        '[diff]\n external = false\n[diff "mine"]\n command = false\n textconv = false\n binary = true',
        "* diff=mine",
    ),
    "merge driver": Hostile(
        '[merge]\n default = mine\n[merge "mine"]\n driver = echo mine > %A', "* merge=mine\n*.md merge=union"
    ),
    "safe.directory": Hostile("[safe]\n directory = *", environment={DIFFERENT_OWNER: "1"}),
    SPARSE: Hostile(),
}
"""Settings that users have, each with others of its kind."""


def surroundings(folder: Path) -> Path:
    """Write the files that hostile settings name; returns their folder."""
    (folder / "hooks").mkdir(parents=True)
    (folder / "ignored").write_text("*\n!*/\n")
    (folder / "attributes").write_text("*.lock binary\n*.md -text -diff merge=union\n*.py -merge\n* whitespace=fix\n")
    names = ("pre-commit", "post-checkout", "post-index-change", "reference-transaction", "post-merge", "fsmonitor")
    for name in names:
        (folder / "hooks" / name).write_text("#!/bin/sh\nexit 1\n")
        (folder / "hooks" / name).chmod(0o755)
    return folder


@contextmanager
def set_up(name: str, run: Run, folder: Path) -> Iterator[None]:
    """Give a repository and its user hostile settings."""
    hostile = HOSTILE[name]
    settings = run.folder / "gitconfig"
    settings.write_text(hostile.settings.replace("{folder}", str(folder)) + "\n")
    attributes = run.git_folder() / "info" / "attributes"
    attributes.write_text(hostile.attributes + "\n")
    if name == SPARSE:
        git(
            run.repository,
            "sparse-checkout",
            "set",
            "--no-cone",
            "/*",
            "!*.md",
            "!tests/",
            "!src/*/s*",
            "!*.bin",
            "!mine/",
        )
    with pytest.MonkeyPatch.context() as patch:
        for variable, value in {**hostile.environment, "GIT_CONFIG_GLOBAL": str(settings)}.items():
            patch.setenv(variable, value)
        yield
    attributes.unlink()


def different(
    seeds: Iterable[int], names: Callable[[int], Sequence[str]], templates: Versions, memory: Path
) -> Iterator[str]:
    """Work out the update of each seed with hostile settings, and carry it out with some; yields what is different.

    Args:
        seeds: the cases.
        names: seed → the settings; the update is carried out with the last.
        templates: the versions.
        memory: folder for the projects.
    """
    with tempfile.TemporaryDirectory(dir=memory) as inner:
        folder = surroundings(Path(inner) / "settings")
        for seed in seeds:
            case = make(seed, templates)
            *planned, applied = names(seed)
            with tempfile.TemporaryDirectory(dir=memory) as name, pytest.MonkeyPatch.context() as patch:
                use(case, patch)
                run = Run(case, Path(name))
                usual = _told(run.plan())
                for settings in planned:
                    with set_up(settings, run, folder):
                        if _told(run.plan()) != usual:
                            yield f"seed {seed} with {settings}: something else is planned"
                    if settings == SPARSE:
                        git(run.repository, "sparse-checkout", "disable")
                wanted = expected(case, run.scratch)
                for problem in wrong(case, wanted, run.update(partial(set_up, applied, run, folder))):
                    yield f"seed {seed} with {applied}: {problem}"


def _told(planned: planning.Update) -> object:
    """Return what an update would do, apart from what lies on the disk, which a sparse checkout has a say in."""
    return planned.changes, planned.blocked


def in_turn(seed: int, count: int) -> list[str]:
    """Return some of the hostile settings, which differ from seed to seed, as does the last."""
    first = seed % NUMBER + seed // NUMBER * count
    return [list(HOSTILE)[(first + number) % len(HOSTILE)] for number in range(count)]


@pytest.mark.parametrize("number", range(NUMBER))
def test_settings_of_git_have_no_say(number: int, templates: Versions, memory: Path, plain_git: None) -> None:
    seeds = [seed for seed in FEW if version_of(seed) == number][:1]
    found = list(different(seeds, partial(in_turn, count=len(HOSTILE)), templates, memory))
    assert not found, "\n".join(found)


@pytest.mark.full
@pytest.mark.parametrize("number", range(NUMBER))
def test_settings_of_git_never_have_a_say(number: int, templates: Versions, memory: Path, plain_git: None) -> None:
    seeds = [seed for seed in ALL if version_of(seed) == number]
    found = list(different(seeds, partial(in_turn, count=len(HOSTILE)), templates, memory))
    assert not found, "\n".join(found)
