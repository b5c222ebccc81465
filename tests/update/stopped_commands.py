"""Commands of `mlops-new` in processes that can be stopped: `Commands` asks a server for each, which is this program.

The server has loaded `mlops-new`, and forks for each command, so that hundreds of them take minutes. A process that it
forks does what the program does, from the handlers of signals to the end of the interpreter.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from stopped import Stop, stop_this_process

from mlops_new import source
from mlops_new.__main__ import main
from mlops_new.answers import COPIER_FILE, check
from mlops_new.questionnaire import Questionnaire
from mlops_new.update import adopt, applying, transaction, versions
from mlops_new.update.repository import Repository
from mlops_new.update.tree import EXECUTABLE, REGULAR, File

OLDER = "v0.0.1"
"""An older version of the template, made of this one."""
LATER = ("docs/architecture.md", "Dockerfile", "tests/test_pipeline.py")
"""Files of this version that the older one does not have."""


class Ended(NamedTuple):
    """How a command ended.

    Attributes:
        code: its exit code, or minus a signal.
        stdout: what it printed.
        stderr: its messages.
        operations: how many file operations it began.
        first: the number of the first of its transaction; 0 if there was none.
    """

    code: int
    stdout: str
    stderr: str
    operations: int
    first: int


class Commands:
    """Runs commands, one at a time."""

    def __init__(self, folder: Path) -> None:
        """Start the server.

        Args:
            folder: one of its own, for what it needs.
        """
        self._folder = folder
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(folder)}
        self._server = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin
        self._server.stdin.close()
        self._server.wait(60)

    def run(
        self,
        arguments: Sequence[str],
        folder: Path,
        stop: Stop | None = None,
        fault: str = "",
        temporary: Path | None = None,
    ) -> Ended:
        """Run a command.

        Args:
            arguments: of the command line.
            folder: where.
            stop: what stops it.
            fault: name of a fault in the program.
            temporary: folder for temporary files.
        """
        assert self._server.stdin
        assert self._server.stdout
        counted = self._folder / "counted"
        asked = [list(arguments), str(folder), stop, fault, str(temporary or self._folder), str(counted)]
        self._server.stdin.write(json.dumps(asked) + "\n")
        self._server.stdin.flush()
        ended = json.loads(self._server.stdout.readline())
        return Ended(*ended, *(int(number) for number in counted.read_text().split()))


def older(files: Mapping[str, File]) -> dict[str, File]:
    """Return what an older version of the template gives, where this one gives some files."""
    found = {path: file for path, file in files.items() if path not in LATER}
    for number, path in enumerate(sorted(found)):
        file = found[path]
        if path == COPIER_FILE:
            found[path] = File(file.data.replace(f"_commit: v{source.version()}".encode(), b"_commit: v0.0.1"))
        elif number % 3 == 0 and path.endswith((".md", ".py", ".toml")):
            found[path] = File(b"# A line of the older template\n" + file.data, file.mode)
        elif number % 7 == 0:
            found[path] = File(file.data, REGULAR if file.mode == EXECUTABLE else EXECUTABLE)
    found["older/pyproject.md"] = found.pop("README.md")
    found["gone.md"] = File(b"".join(b"row %d\n" % number for number in range(30)))
    found["folder/deep/gone.sh"] = File(b"#!/bin/sh\n", EXECUTABLE)
    return found


def rendered(name: str, settings: Mapping[str, Any]) -> dict[str, File]:
    """Return what this version gives."""
    return versions.current(check(Questionnaire(source.root(), Path(name)), {"project_name": name, **settings}))


FAULTS: dict[str, Callable[[], None]] = {}
"""Name → plants a fault in a process."""


def fault(plant: Callable[[], None]) -> Callable[[], None]:
    """Plant a fault, for which a stop has to be found that shows it."""
    FAULTS[plant.__name__] = plant
    return plant


@fault
def forgets_a_file_when_it_undoes() -> None:
    undo = transaction.Transaction.undo
    transaction.Transaction.undo = lambda self: undo(replace(self, steps=self.steps[1:]))  # type: ignore[method-assign]


@fault
def does_not_finish_what_was_interrupted() -> None:
    vars(applying)["recover"] = lambda *_: None


@fault
def copies_nothing_aside() -> None:
    for module in (applying, adopt):
        vars(module)["set_aside"] = lambda *_: {}


@fault
def forgets_conflicts_when_it_finishes() -> None:
    recover, mark = applying.recover, Repository.mark

    def faulty(*arguments: Any) -> applying.Recovery | None:  # noqa: ANN401 - passed on
        Repository.mark = lambda *_: None  # type: ignore[method-assign]
        try:
            return recover(*arguments)
        finally:
            Repository.mark = mark  # type: ignore[method-assign]

    vars(applying)["recover"] = faulty


@fault
def lets_signals_in_while_files_are_put_in_place() -> None:
    for module in (applying, transaction):
        vars(module)["undisturbed"] = contextlib.nullcontext


@fault
def writes_the_journal_first() -> None:
    prepare, write = transaction.prepare, transaction.write

    def faulty(root: Path, store: Path, steps: list[transaction.Step], *rest: Any) -> object:  # noqa: ANN401 - passed on
        prepared = prepare(root, store, steps, *rest)
        ordered = sorted(steps, key=lambda step: (step.after is not None, step.path))
        shutil.rmtree(store / "after")
        for number, step in enumerate(ordered):
            if step.after is not None:
                write(store / "after" / str(number), step.after)
        return prepared

    transaction.prepare = faulty  # type: ignore[assignment]


@fault
def leaves_its_journal() -> None:
    transaction.Transaction.close = lambda self: None  # type: ignore[method-assign]


def serve() -> None:
    """Run the commands that standard input asks for."""
    source.files()
    recorded, known = versions.recorded, dict[str, dict[str, File]]()

    def of_older(address: str, version: str | None, answers: Mapping[str, Any], project: str) -> dict[str, File]:
        if version != OLDER:
            return recorded(address, version, answers, project)
        return known[project]

    settings = {"cloud": "aws", "orchestrator": "airflow", "triggers": ["manual"]}
    known["my-project"] = older(rendered("my-project", settings))
    source._scratch_owner().cleanup()  # each process has one of its own
    source._scratch_owner.cache_clear()
    versions.recorded = of_older
    held = frozenset({OLDER, f"v{source.version()}"})
    source.template_versions = lambda: held  # type: ignore[assignment]
    for line in sys.stdin:
        asked = json.loads(line)
        pipes = [os.pipe() for _ in ("stdout", "stderr")]
        child = os.fork()
        if not child:
            _become(*asked, pipes=pipes)
            main()
        for _, writing in pipes:
            os.close(writing)
        said = [Path(f"/dev/fd/{reading}").read_text() for reading, _ in pipes]
        for reading, _ in pipes:
            os.close(reading)
        print(json.dumps([_wait(child), *said]), flush=True)


def _become(
    arguments: list[str],
    folder: str,
    stop: list[Any] | None,
    fault: str,
    temporary: str,
    counted: str,
    *,
    pipes: Sequence[tuple[int, int]],
) -> None:
    """Make of this process, which was forked, one that a shell started."""
    os.setsid()
    os.chdir(folder)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for descriptor, (reading, writing) in enumerate(pipes, start=1):
        os.dup2(writing, descriptor)
        os.close(reading)
        os.close(writing)
    os.environ["TMPDIR"] = tempfile.tempdir = temporary
    sys.argv[1:] = arguments
    if fault:
        FAULTS[fault]()
    stop_this_process(Stop(*stop) if stop else None, Path(counted))


def _wait(child: int) -> int:
    """Wait until a process has ended, and what it started: a kill leaves that at work."""
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    for _ in range(200):
        try:
            os.killpg(child, 0)
        except ProcessLookupError:
            break
        time.sleep(0.01)
    return code


if __name__ == "__main__":
    serve()
