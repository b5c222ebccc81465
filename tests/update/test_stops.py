"""A command that is stopped at any moment leaves a project as before or as after, once the next one ran.

What was stopped is the command line, on a project with edits of every kind; what comes next differs: the same command
again, another one, one that is stopped as well, or an edit first.
"""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Literal, NamedTuple, get_args

import pytest
from conftest import git
from project_files import write_files
from stopped import KINDS, SIGNALS, Kind, Stop
from stopped_commands import FAULTS, Commands, Ended, older, rendered

from mlops_new.update.tree import LINK, File

pytestmark = [pytest.mark.posix, pytest.mark.cached()]

NAME = "my-project"
AWS = {"cloud": "aws", "orchestrator": "airflow", "triggers": ["manual"]}
MINE = "line of the user's"
Entry = tuple[str, bytes]
"""Permissions of a file or folder, and what a file holds, or a link's target."""

Following = Literal["again", "update", "stop", "edit"]
FOLLOWING: tuple[Following, ...] = get_args(Following)
FEW, ALL = range(2), range(50)


class State(NamedTuple):
    """A project and what is beside it.

    Attributes:
        entries: files and folders.
        tracked: what Git's index says.
        unfinished: whether there is a transaction.
    """

    entries: dict[str, Entry]
    tracked: str
    unfinished: bool


class Scenario(NamedTuple):
    """A command and a project that it changes.

    Attributes:
        arguments: of the command line.
        folder: the project and what is beside it.
        before: the state of both.
        after: what it is when the command was not stopped.
        ended: how it ended then.
    """

    arguments: Sequence[str]
    folder: Path
    before: State
    after: State
    ended: Ended


def edited(files: dict[str, File], *paths: str) -> dict[str, File]:
    """Files with an edit at the end of some, and one at the start of others, which are named with a +."""
    for path in paths:
        name = path.removeprefix("+")
        mine, text = f"# {MINE} in {name}\n".encode(), files[name].data
        files[name] = File(mine + text if path.startswith("+") else text + mine, files[name].mode)
    return files


def update(project: Path) -> list[str]:
    """A project of an older template; the update meets edits, and sets files aside."""
    files = older(rendered(NAME, AWS))
    changed = next(path for path, file in sorted(files.items()) if file.data.startswith(b"# A line of the older"))
    files = edited(files, "Makefile", "config.toml", f"+{changed}", "gone.md", "src/my_project/features.py")
    write_files(project, {**files, "link": File(b"Makefile", LINK)})
    commit(project)
    write_files(project, {"Dockerfile": File(f"# {MINE}, untracked\n".encode())})
    return ["update", "--yes", "--keep", "../aside/here"]


def switch(project: Path) -> list[str]:
    """A project in which a switch meets edits, and sets files aside."""
    old = ("dags/training.py", "+src/my_project/adapters/orchestration.py")
    write_files(project, edited(rendered(NAME, AWS), "Makefile", "README.md", "config.toml", "pyproject.toml", *old))
    commit(project)
    return ["switch", "orchestrator=prefect", "--yes"]


def adopt(project: Path) -> list[str]:
    """A repository with files that are replaced, merged and united."""
    names = ("Makefile", "README.md", ".gitignore", "config.toml", "notes/mine.md", "docs/operations.md")
    write_files(project, {name: File(f"# {MINE} in {name}\n".encode()) for name in names})
    with (project / ".gitignore").open("a") as file:
        file.write("uv.lock\n")
    commit(project)
    write_files(project, {"uv.lock": File(f"# {MINE}, ignored\n".encode())})
    taken = [f"--take={name}" for name in ("Makefile", "uv.lock")]
    return ["adopt", "--defaults", "--yes", "--merge=README.md", *taken]


COMMANDS: Mapping[str, Callable[[Path], list[str]]] = {"update": update, "switch": switch, "adopt": adopt}


def commit(project: Path) -> None:
    """Commit everything, and add what people have beside that."""
    (project / "Makefile").chmod(0o600)
    git(project, "init", "--quiet", "--template=")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Work")
    write_files(project, {".env": File(f"{MINE}\n".encode()), "untracked/mine.txt": File(f"{MINE}\n".encode())})
    (project / "empty" / "inner").mkdir(parents=True)


def state(folder: Path) -> State:
    """What is in a folder with a project."""
    entries, project = {}, folder / NAME
    for parent, folders, files in os.walk(folder):
        if Path(parent) == project:
            folders.remove(".git")
        for path in (Path(parent) / name for name in [*files, *folders]):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                data = path.read_bytes()
            else:
                data = os.fsencode(path.readlink()) if stat.S_ISLNK(mode) else b""
            entries[path.relative_to(folder).as_posix()] = (stat.filemode(mode), data)
    index = git(project, "ls-files", "--stage", "-v", "-z") + git(project, "rev-parse", "HEAD")
    kept = project / ".git" / "mlops-new"
    unfinished = (project / ".git" / "index.lock").exists() or any(
        path.suffix != ".lock" for path in (kept.iterdir() if kept.is_dir() else ())
    )
    return State(entries, index, unfinished)


def copy(scenario: Scenario, folder: Path) -> None:
    """Copy a scenario's project and what is beside it."""
    subprocess.run(["cp", "-a", f"{scenario.folder}/.", folder], check=True)


@pytest.fixture(scope="module")
def commands(memory: Path) -> Iterator[Commands]:
    """Runs commands."""
    with tempfile.TemporaryDirectory(dir=memory) as name:
        server = Commands(Path(name))
        yield server
        server.close()


@pytest.fixture(scope="module")
def scenarios(commands: Commands, memory: Path) -> Callable[[str], Scenario]:
    """Makes a scenario, once, and has its command do all."""
    made: dict[str, Scenario] = {}

    def scenario(name: str) -> Scenario:
        if name not in made:
            # Where workers share tests, a module's fixtures may be set up again.
            folder = Path(tempfile.mkdtemp(prefix=f"stopped-{name}-", dir=memory))
            arguments = COMMANDS[name](folder / NAME)
            before = Scenario(arguments, folder, state(folder), state(folder), Ended(0, "", "", 0, 0))
            with tempfile.TemporaryDirectory(dir=memory) as other:
                copy(before, Path(other))
                ended = commands.run(arguments, Path(other) / NAME)
                made[name] = before._replace(after=state(Path(other)), ended=ended)
        return made[name]

    return scenario


def lines_of_the_user(found: State) -> set[bytes]:
    """All that the user wrote."""
    return {line for _, data in found.entries.values() for line in data.splitlines() if MINE.encode() in line}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_is_not_stopped_keeps_every_edit(name: str, scenarios: Callable[[str], Scenario]) -> None:
    scenario = scenarios(name)
    assert "Traceback" not in scenario.ended.stderr
    assert scenario.ended.code == (0 if name == "switch" else 1), scenario.ended
    assert lines_of_the_user(scenario.before)
    assert lines_of_the_user(scenario.before) <= lines_of_the_user(scenario.after)
    assert not scenario.after.unfinished
    assert "older/pyproject.md" not in scenario.after.entries
    aside = {"update": "aside/here/gone.md", "switch": f"{NAME}/kept", "adopt": f"{NAME}/.before-adopt/Makefile"}
    assert aside[name] in scenario.after.entries
    assert (scenario.ended.code == 1) == ("\0M " in scenario.after.tracked)
    assert 0 < scenario.ended.first < scenario.ended.operations


class Attempt:
    """A scenario whose command is stopped, and what comes next; all of it follows from a seed."""

    def __init__(self, scenario: Scenario, kind: Kind, seed: int, commands: Commands, folder: Path) -> None:
        """Copy the project into a folder that is empty."""
        self.scenario = scenario
        self.kind = kind
        self.random = Random(f"{scenario.arguments} {kind} {seed}")
        self.following = FOLLOWING[seed % len(FOLLOWING)]
        self.commands = commands
        self.folder = folder / "work"
        self.temporary = folder / "temporary"
        self.folder.mkdir()
        copy(scenario, self.folder)
        self.said: list[str] = []

    def problems(self, fault: str = "") -> Iterator[str]:
        """Stop the command and do what comes next; yields what is wrong."""
        after, before = self.scenario.after, self.scenario.before
        operations, first = self.scenario.ended[-2:]
        yield from self.stopped(self.kind, self.random.choice([1, first, first]), operations, fault)
        written = self.edit() if self.following == "edit" else None
        if self.following == "stop":
            yield from self.stopped(self.random.choice(KINDS), 1, operations, fault)
        ended = self.run(["update"] if self.following == "update" else self.scenario.arguments, fault=fault)
        yield from self.unsaid(ended)
        found = state(self.folder)
        if found.unfinished:
            yield "the next command leaves a transaction"
        for line in sorted(lines_of_the_user(before) - lines_of_the_user(found)):
            yield f"an edit is missing: {line!r}"
        if written:
            yield from self.different(found, *written)
        elif self.following == "update":
            if found not in (before, after):
                yield f"neither as before nor as after: {differences(found, before)}, {differences(found, after)}"
        elif found != (wanted := before if "was undone" in ended.stdout else after):  # after a full disk
            yield f"not as it should be: {differences(found, wanted)}"

    def run(self, arguments: Sequence[str], stop: Stop | None = None, fault: str = "") -> Ended:
        """Run a command, with an empty folder for temporary files."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir()
        ended = self.commands.run(arguments, self.folder / NAME, stop, fault, self.temporary)
        self.said += [f"{' '.join(arguments)}: {stop}: {ended.code}", ended.stdout[-300:], ended.stderr]
        return ended

    def stopped(self, kind: Kind, first: int, last: int, fault: str) -> Iterator[str]:
        """Stop the command at one of its operations; yields what is wrong at once."""
        delay = self.random.choice([0, self.random.random() / 500])
        stop = Stop(kind, self.random.randint(first, last), delay, self.random.random() < 0.5)
        before = state(self.folder)
        ended = self.run(self.scenario.arguments, stop, fault)
        if kind == "kill":
            return
        yield from self.unsaid(ended)
        found = state(self.folder)
        left = [path.name for path in self.temporary.rglob("*")]
        if left:
            yield f"{len(left)} temporary files are left: {left[:3]}"
        unchanged = ended.stderr.endswith(("Nothing was written.\n", "nothing was changed\n"))
        if unchanged and found != before and not before.unfinished:
            yield f"it says that nothing changed: {differences(found, before)}"
        if "Files are changed" in ended.stderr and found != self.scenario.after:
            yield f"it says that files are changed: {differences(found, self.scenario.after)}"
        as_it_was = before.unfinished and found == before
        promised = as_it_was or "`mlops-new update` again" in ended.stderr
        if found not in (self.scenario.before, self.scenario.after) and not promised:
            yield f"neither as before nor as after at once: {differences(found, self.scenario.before)}"
        if kind != "full disk" and ("\nStopped." in ended.stderr) != (ended.code == 128 + SIGNALS[kind]):
            yield f"it does not say that it was stopped: {ended.code}"

    def unsaid(self, ended: Ended) -> Iterator[str]:
        """Yield what a command should not say."""
        for word in ("Traceback", "defect", "Exception ignored"):
            if word in ended.stderr:
                yield f"{word}: {ended.stderr}"
        if ended.code not in (0, 1, 2, *(128 + number for number in SIGNALS.values())):
            yield f"it ended with {ended.code}"

    def edit(self) -> tuple[str, Entry]:
        """Write into a file that is there, or where the command adds one; returns its path and what it holds."""
        before, after = self.scenario.before.entries, self.scenario.after.entries
        changed = sorted(path for path in before | after if before.get(path) != after.get(path))
        files = [path for path in changed if (after.get(path) or before[path])[0].startswith("-")]
        path = self.random.choice([path for path in files if path.startswith(f"{NAME}/") and "/kept/" not in path])
        place = self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab") as file:
            file.write(f"{MINE}, later\n".encode())
        return path, state(self.folder).entries[path]

    def different(self, found: State, path: str, written: Entry) -> Iterator[str]:
        """Yield what is wrong where the user wrote into a file after the stop."""
        if written[1] not in [data for _, data in found.entries.values()]:
            yield f"what was written into {path} later is gone"
        own = {name for name, (_, data) in found.entries.items() if MINE.encode() + b", later" in data} | {path}
        own |= {str(parent) for name in own for parent in Path(name).parents}
        wrong = [
            {name for name in state.entries | found.entries if state.entries.get(name) != found.entries.get(name)} - own
            for state in (self.scenario.before, self.scenario.after)
        ]
        if all(wrong):
            yield f"neither as before nor as after: {wrong}"


def differences(found: State, wanted: State) -> str:
    """Say how one state differs from another."""
    paths = sorted(
        path for path in found.entries | wanted.entries if found.entries.get(path) != wanted.entries.get(path)
    )
    rest = [name for name in ("tracked", "unfinished") if getattr(found, name) != getattr(wanted, name)]
    return f"{len(paths)} paths, {[*rest, *paths[:5]]}"


def failures(
    scenario: Scenario, kind: Kind, seeds: Sequence[int], commands: Commands, memory: Path, fault: str = ""
) -> Iterator[str]:
    """Stop a command at the moment of each seed; yields what is wrong."""
    for seed in seeds:
        with tempfile.TemporaryDirectory(dir=memory) as name:
            attempt = Attempt(scenario, kind, seed, commands, Path(name))
            for problem in attempt.problems(fault):
                yield "\n".join([f"seed {seed}, then {attempt.following}: {problem}", *attempt.said])


Scenarios = Callable[[str], Scenario]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_stop_leaves_all_or_nothing(
    name: str, kind: Kind, scenarios: Scenarios, commands: Commands, memory: Path
) -> None:
    found = list(failures(scenarios(name), kind, FEW, commands, memory))
    assert not found, "\n\n".join(found)


@pytest.mark.full
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_stop_at_any_moment_leaves_all_or_nothing(
    name: str, kind: Kind, scenarios: Scenarios, commands: Commands, memory: Path
) -> None:
    found = list(failures(scenarios(name), kind, [seed for seed in ALL if seed not in FEW], commands, memory))
    assert not found, "\n\n".join(found)


FOUND: Mapping[str, tuple[str, Kind]] = {
    "copies_nothing_aside": ("switch", "kill"),
    "forgets_a_file_when_it_undoes": ("switch", "full disk"),
    "forgets_conflicts_when_it_finishes": ("adopt", "kill"),
    "lets_signals_in_while_files_are_put_in_place": ("switch", "terminate"),
    "writes_the_journal_first": ("adopt", "kill"),
}
"""Fault → what is stopped, and how, where it is not an update that is killed."""


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault: str, scenarios: Scenarios, commands: Commands, memory: Path) -> None:
    name, kind = FOUND.get(fault, ("update", "kill"))
    found = next(failures(scenarios(name), kind, ALL, commands, memory, fault), None)
    assert found, f"no stop shows that a command {fault.replace('_', ' ')}"


@pytest.mark.parametrize("kind", KINDS[1:3])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_program_that_a_shell_started_is_stopped_at_any_time(name: str, kind: Kind, tmp_path: Path) -> None:
    random = Random(f"{name} {kind}")
    project = tmp_path / "work" / NAME
    arguments = COMMANDS[name](project)
    if name == "update":  # from no other version, which copier would render for seconds
        arguments = ["update", "--yes", "--set=orchestrator=prefect", "--keep=../aside"]
        shutil.rmtree(project)
        switch(project)
    temporary = tmp_path / "temporary"
    for number in range(3):
        before = state(project.parent)
        temporary.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-m", "mlops_new", *arguments],
            cwd=project,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
        time.sleep(0.3 + number * random.random())
        process.send_signal(SIGNALS[kind])
        said = process.communicate(timeout=60)[1]
        assert "Traceback" not in said
        loaded = process.returncode != -SIGNALS[kind]  # before that, the signal does what it does by default
        assert not loaded or process.returncode in (0, 1, 2, 128 + SIGNALS[kind]), said
        assert list(temporary.iterdir()) == []
        temporary.rmdir()
        if "Nothing was written." in said or not loaded:
            assert state(project.parent) == before
