"""A template of two versions, and projects of the older one for plain `copier update` and for `mlops-new update`."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conftest import NO_NETWORK, ROOT, git
from project_files import write_files
from reduced_template import REDUCED, reduced_template, withdraw
from template_versions import Version

from mlops_new import overlays, source
from mlops_new.catalog import Value
from mlops_new.update.migrations import TABLE

NAME = "my-project"
OFFERED = {
    **REDUCED,
    "problem": ["classification"],
    "cloud": ["local"],
    "orchestrator": ["none"],
    "serving": ["rest"],
    "iac": ["none"],
    "triggers": ["manual"],
}
"""Fewer choices still: copier takes a second for every fifty files of a template."""
CORE = f"template/{overlays.CORE}"
GIT_THAT_KILLS = """#!/bin/sh
case "$*" in
{pattern}) kill -9 $PPID; exit 1 ;;
esac
exec {git} "$@"
"""

Edit = Callable[[Path], object]


@dataclass(frozen=True)
class Updated:
    """A project that a program updated, or was to.

    Attributes:
        project: its folder.
        code: exit code of the program.
        printed: what it printed.
    """

    project: Path
    code: int
    printed: str

    def text(self, path: str) -> str:
        """Return what a file holds, ends of lines included."""
        return (self.project / path).read_bytes().decode("utf-8", "replace")

    def status(self) -> set[str]:
        """Return what Git says of each file that is not as committed."""
        return set(git(self.project, "status", "--porcelain", "--untracked-files=all").splitlines())


@dataclass(frozen=True)
class Both:
    """The same project, updated by each program."""

    copier: Updated
    ours: Updated


class TwoPrograms:
    """Updates projects from v0.1.0 to v0.2.0 of a template that changed in every way."""

    def __init__(self, folder: Path) -> None:
        """Make a checkout of mlops-new with both versions of the template as tags."""
        self._folder = folder
        self._checkout = folder / "checkout"
        self._count = 0
        old = reduced_template(folder / "old", OFFERED)
        _leave_out_modules(old)
        self._old = Version(old, "v0.1.0", {})
        shutil.copytree(old, self._checkout)
        git(self._checkout, "init", "--quiet", "--initial-branch=main")
        self._release("v0.1.0")
        change_template(self._checkout)
        shutil.copytree(ROOT / "src", self._checkout / "src", ignore=shutil.ignore_patterns("__pycache__"))
        metadata = self._checkout / "src" / "mlops_new-0.2.0.dist-info" / "METADATA"
        metadata.parent.mkdir()
        metadata.write_text(
            f"Metadata-Version: 2.4\nName: mlops-new\nVersion: 0.2.0\n"
            f"Project-URL: Repository, {source.repository_url()}\n"
        )
        (self._checkout / "CHANGELOG.md").write_text("# Changes\n\n## 0.2.0 - 2027-02-01\n\n- All targets.\n")
        self._release("v0.2.0")

    def _release(self, tag: str) -> None:
        commit(self._checkout)
        git(self._checkout, "tag", tag)

    def project(self, *edits: Edit, **answers: Value) -> Path:
        """Write a project of the older version, edit it, and commit that."""
        self._count += 1
        folder = self._folder / str(self._count) / NAME
        complete = self._old.questionnaire.complete({"project_name": NAME, **answers})
        write_files(folder, self._old.render(complete))
        git(folder, "init", "--quiet", "--template=")
        for edit in edits:
            edit(folder)
        commit(folder)
        return folder

    def update(
        self,
        *edits: Edit,
        uncommitted: Edit | None = None,
        settings: str = "",
        answers: Mapping[str, Value] | None = None,
    ) -> Both:
        """Update the same project with each program.

        Args:
            edits: what the user changed and committed.
            uncommitted: what the user changed and did not commit.
            settings: the user's settings of Git.
            answers: those of the project.
        """
        done = []
        for program in (self.copier, self.mlops_new):
            project = self.project(*edits, **answers or {})
            if uncommitted:
                uncommitted(project)
            done.append(program(project, settings=settings))
        return Both(*done)

    def copier(
        self,
        project: Path,
        *arguments: str,
        cwd: Path | None = None,
        settings: str = "",
        killed_at: str = "",
        online: bool = True,
    ) -> Updated:
        """Run plain `copier update --defaults`.

        Args:
            project: the project.
            arguments: of the command.
            cwd: where it is run; the project if not given.
            settings: the user's settings of Git.
            killed_at: pattern of the arguments of Git at which it is killed.
            online: whether the address of the template leads to the repository.
        """
        # The address leads to the local repository; nothing else is different from a user who is online.
        local = {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{self._checkout}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"{source.repository_url()}.git",
        }
        own = {"COPIER_CACHE_DIR": str(self._folder / "cache" if online else project.parent / "cache")}
        command = ["copier", "update", "--defaults", *arguments]
        return self._run(project, command, cwd, settings, killed_at, own | local if online else own)

    def mlops_new(
        self,
        project: Path,
        *arguments: str,
        cwd: Path | None = None,
        settings: str = "",
        killed_at: str = "",
    ) -> Updated:
        """Run `mlops-new update --yes`; arguments as for `copier`."""
        own = {"PYTHONPATH": str(self._checkout / "src")}
        return self._run(project, ["mlops_new", "update", "--yes", *arguments], cwd, settings, killed_at, own)

    def _run(
        self,
        project: Path,
        command: list[str],
        cwd: Path | None,
        settings: str,
        killed_at: str,
        own: Mapping[str, str],
    ) -> Updated:
        user = project.parent / "gitconfig"
        user.write_text(settings)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environment |= {"GIT_CONFIG_GLOBAL": str(user), "GIT_CONFIG_NOSYSTEM": "1", **NO_NETWORK, **own}
        if killed_at:
            program = project.parent / "bin" / "git"
            program.parent.mkdir(exist_ok=True)
            program.write_text(GIT_THAT_KILLS.format(pattern=killed_at, git=shutil.which("git")))
            program.chmod(0o755)
            environment["PATH"] = f"{program.parent}{os.pathsep}{environment['PATH']}"
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=cwd or project, env=environment, capture_output=True, text=True
        )
        return Updated(project, done.returncode, done.stdout + done.stderr)


def commit(folder: Path) -> None:
    """Commit everything that is not ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=Work")


def change(file: Path, old: str, new: str) -> None:
    """Replace a text that a file has."""
    text = file.read_bytes().decode()
    assert old in text, f"{file} has no {old!r}"
    file.write_bytes(text.replace(old, new).encode())


def change_last_version(lock: Path, version: str) -> None:
    """Let a lock have another version of its last package."""
    text, count = re.subn(r'(?s)(.*\nversion = ")[^"]*', rf"\g<1>{version}", lock.read_text(), count=1)
    assert count == 1
    lock.write_text(text)


def change_template(root: Path) -> None:
    """Change, add, remove and rename files of a template, rename a question, and retire a choice."""
    core = root / CORE
    change(core / "Makefile.jinja", "help: ## show this help", "help: ## show all targets")
    change(core / "config.toml.jinja", "margin = 0.05", "margin = 0.06")
    change(core / ".editorconfig.jinja", "max_line_length = 120", "max_line_length = 110")
    change(core / "docs" / "notebook.md.jinja", "# From a notebook to this project", "# From a notebook to here")
    change(core / "notebooks" / "explore.ipynb.jinja", '"import io\\n"', '"import io as streams\\n"')
    [compose] = (root / "template").rglob("compose.yaml.jinja")
    change(compose, "# Serving with its monitoring", "# Serving and monitoring")
    (core / "Dockerfile.jinja").chmod(0o755)
    (core / "NEW.md.jinja").write_text("# New in {{ project_name }}\n")
    (core / "data-report").mkdir()
    (core / "data-report" / "README.md").write_text("# What `make data-report` writes\n")
    [removed] = (root / "template").rglob("pull_request_template.md*")
    removed.unlink()
    [renamed] = (root / "template").rglob("rules_test.yml*")
    renamed.rename(renamed.with_name(renamed.name.replace("rules_test", "rules.test")))
    [slots] = (root / "template").rglob("{{use.framework_sklearn}}/_slots.jinja")
    change(slots, '"threadpoolctl>=3.5"', '"threadpoolctl>=3.6"')
    [lock] = (root / "template").rglob("{{use.orchestrator_none}}/uv.lock.jinja")
    change_last_version(lock, "90.0.0")
    for path in [*(root / "questions").iterdir(), *(root / "template").rglob("*.jinja")]:
        text = path.read_text()
        if "monthly_budget" in text:
            path.write_text(re.sub(r"\bmonthly_budget\b", "spending_limit", text))
    (root / TABLE).write_text("migrations:\n- version: 0.2.0\n  rename: {monthly_budget: spending_limit}\n")
    withdraw(root, "tracker", ["wandb"], "retired")
    overlays.write(root)


def _leave_out_modules(root: Path) -> None:
    """Leave the Python modules of projects out, but for the user's: no difference needs them, and copier is slow."""
    template = root / "template"
    for path in [*template.rglob("*.py"), *template.rglob("*.py.jinja")]:
        if path.name != "features.py" and "_includes" not in path.parts:
            path.unlink()
    overlays.write(root)
