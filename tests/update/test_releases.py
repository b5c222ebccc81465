"""From every released version of the template to this one, from a wheel and with plain copier, without a network.

`released.bundle` holds the template of each version that was released, and nothing else of it.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import NO_NETWORK, ROOT, git
from project_files import write_files
from wheels import installed, repository, wheel

from mlops_new import bundle, source
from mlops_new.answers import COPIER_FILE
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from mlops_new.update import migrations, record, tree, versions
from mlops_new.update.tree import File, Tree
from proof.cover import cover
from proof.space import offered
from proof.tools import plain_environment

pytestmark = pytest.mark.cached("tests/update/released.bundle")

RELEASED = ROOT / "tests" / "update" / "released.bundle"
NAME = "my-project"
MINE = b"\nThis line is mine.\n"
HOOK = "src/my_project/features.py"
"""What no update touches."""
EDITED = ("README.md", "config.toml", "src/my_project/steps/train.py", HOOK)
"""Files to which the user adds a line."""
DELETED = "docs/notebook.md"
ADDED = {"src/my_project/mine.py": File(b"MINE = 1\n"), "notes/a file of mine.txt": File(b"mine\n")}


@dataclass(frozen=True)
class Newest:
    """This work tree's version, installed from a wheel that carries the released ones, too.

    Attributes:
        program: the installed command.
        bundle: the templates that the wheel carries.
    """

    program: Path
    bundle: Path


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newest]:
    """The newest version, which this process knows as well."""
    folder = tmp_path_factory.mktemp("newest")
    copy = repository(folder / "repository")
    git(copy, "fetch", "--quiet", str(RELEASED), "refs/tags/*:refs/tags/*")
    found = Newest(installed(wheel(copy, folder), folder / "venv"), copy / "src" / "mlops_new" / "template.bundle")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "bundle_path", lambda: found.bundle)
        yield found


def rows(tag: str) -> list[dict[str, Value]]:
    """Answers to a released version in which each choice occurs that it offers."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "template"
        clone = ["git", "clone", "--quiet", "--branch", tag, "-c", "core.autocrlf=false"]
        subprocess.run([*clone, str(RELEASED), str(folder)], check=True, capture_output=True)
        return cover(offered(Questionnaire(folder, Path(name) / NAME)), 1)


CASES = [
    pytest.param(tag, row, id=f"{tag}-{number}", marks=[pytest.mark.full] if number > 1 else [])
    for tag in bundle.tags(RELEASED)
    for number, row in enumerate(rows(tag))
]


@pytest.fixture
def project(newest: Newest, tag: str, row: Mapping[str, Value], tmp_path: Path) -> tuple[Path, Tree]:
    """A project of a released version with edits, and what it has to be once it is updated."""
    answers = {"project_name": NAME, **row}
    old = versions.recorded(source.copier_url(), tag, answers, NAME)
    folder = tmp_path / NAME
    edits = [path for path in EDITED if path in old]
    edited = {path: _edited(path, old[path]) for path in edits} | ADDED
    write_files(folder, {path: file for path, file in {**old, **edited}.items() if path != DELETED})
    held = record.read(folder)
    migrated, _ = migrations.migrate(held.answers, held.version, migrations.load(ROOT))
    questionnaire = Questionnaire(ROOT, folder)
    new = versions.current(record.changed(questionnaire, record.known(migrated, questionnaire), {}))
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Work")
    wanted = {**new, HOOK: old[HOOK]}
    wanted |= {path: _edited(path, wanted[path]) for path in edits} | ADDED
    return folder, {path: file for path, file in wanted.items() if path not in (DELETED, COPIER_FILE)}


def _edited(path: str, file: File) -> File:
    """Return a file with the line of the user, where no version of the template changes the lines beside it."""
    return File(MINE + file.data if path == "README.md" else file.data + MINE, file.mode)


def files(folder: Path) -> Tree:
    """The files of a project, apart from the record of its answers."""
    found = tree.read_all(folder)
    return {path: file for path, file in found.items() if not path.startswith(".git/") and path != COPIER_FILE}


@pytest.mark.parametrize(("tag", "row"), CASES)
def test_a_project_of_a_released_version_becomes_one_of_this_version(
    newest: Newest, project: tuple[Path, Tree]
) -> None:
    folder, wanted = project
    environment = plain_environment() | NO_NETWORK
    done = subprocess.run(
        [newest.program, "update", "--yes"], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert files(folder) == wanted
    assert record.read(folder).version == f"v{source.version()}"


@pytest.mark.parametrize(("tag", "row"), CASES)
def test_plain_copier_gives_the_same(newest: Newest, project: tuple[Path, Tree], tmp_path: Path) -> None:
    folder, wanted = project
    # The repository's address leads to the bundle; nothing else is different from a person who is online.
    environment = plain_environment() | {
        **NO_NETWORK,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{newest.bundle}.insteadOf",
        "GIT_CONFIG_VALUE_0": f"{source.repository_url()}.git",
        "COPIER_CACHE_DIR": str(tmp_path / "cache"),
    }
    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert files(folder) == wanted
    assert record.read(folder).version == f"v{source.version()}"
