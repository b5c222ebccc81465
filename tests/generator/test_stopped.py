"""Creating a project that is stopped, or cannot say what it did: before or after, never between, and said."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest
from stopped import KILLED, in_child, kill

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire

pytestmark = pytest.mark.posix  # sends signals, limits memory

MEMORY = 400 * 2**20
"""Bytes of address space; the program itself needs some hundred megabytes of it, and two hundred at most of memory."""
PATIENCE = 60
"""Seconds on a busy machine for what takes two on an idle one."""
STARTED = 1.0
"""Seconds after which the program is no longer being loaded."""


def limited(*arguments: str, cwd: Path, stdin: str = "/dev/null") -> "subprocess.CompletedProcess[str]":
    """Run the program with little memory and for a limited time."""
    with Path(stdin).open("rb") as given:
        return subprocess.run(
            [sys.executable, "-m", "mlops_new", *arguments],
            cwd=cwd,
            stdin=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )


def files(folder: Path) -> dict[str, bytes]:
    """All files below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("link to /dev/zero", "is no file", id="device"),
        pytest.param("pipe", "is no file", id="pipe"),
        pytest.param("zero", "has more than 16384 characters", id="endless standard input"),
        pytest.param("x" * 10**7, "has more than 16384 characters", id="giant"),
        pytest.param(".".join(["a"] * 8000) + " = 1", "", id="parts of a key in TOML"),
        pytest.param("[" * 16000, "cannot be parsed", id="levels"),
        pytest.param("\n".join(f"a{number}: 1" for number in range(1500)), "1480 more names", id="names"),
        pytest.param("x" * 16000 + ": 1", "", id="name"),
    ],
)
def test_answers_of_any_size_get_a_sentence(source: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "answers.yml"
    if source.startswith("link"):
        file.symlink_to("/dev/zero")
    elif source == "pipe":
        os.mkfifo(file)
    elif source != "zero":
        file.write_text(source)
    for name, stdin in ((str(file), "/dev/null"), ("-", "/dev/zero" if source == "zero" else str(file))):
        if (name == "-") == (source in ("link to /dev/zero", "pipe")) or (source == "zero" and name != "-"):
            continue  # each of these is read in one way only
        done = limited("my-project", "--answers", name, cwd=tmp_path, stdin=stdin)
        assert done.returncode == 2, done.stderr[-3000:]
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr) < 5000
    assert not (tmp_path / "my-project").exists()


@pytest.mark.parametrize("arguments", [["x" * 100_000], ["p", "--set", f"description={'x' * 100_000}"], ["x" * 8000]])
def test_an_argument_of_any_length_gets_a_sentence(arguments: list[str], tmp_path: Path) -> None:
    done = limited(*arguments, "--defaults", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr) < 2000
    assert "error: " in done.stderr


@pytest.mark.parametrize("delay", [0.1, 0.2, 0.3, 0.5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_at_any_time_is_answered_with_a_sentence(number: int, delay: float, tmp_path: Path) -> None:
    read, write = os.pipe()
    # The interpreter itself is up once it runs this; what follows is what `python -m mlops_new` does.
    code = (
        "import os, sys\n"
        "os.close(int(sys.argv.pop()))\n"
        "from mlops_new.__main__ import main\n"
        "import signal, time\n"
        "main()\n"
    )
    command = [sys.executable, "-c", code, "my-project", "--defaults", str(write)]
    process = subprocess.Popen(
        command, cwd=tmp_path, pass_fds=[write], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    os.read(read, 1)
    os.close(read)
    time.sleep(delay)
    process.send_signal(number)
    said = process.communicate(timeout=PATIENCE)[1]
    assert "Traceback" not in said
    left = [path.name for path in tmp_path.iterdir()]
    # An interpreter that is about to end lets signals do what they do by default.
    if process.returncode in (0, -number):
        assert left == ["my-project"]
    else:
        assert process.returncode == 128 + number
        complete = "The project in my-project is complete." in said
        assert complete or "Stopped. Nothing was written." in said
        assert left == (["my-project"] if complete else [])


def test_a_signal_that_comes_while_an_object_is_deleted_is_answered(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "from mlops_new import cli\n"
        "real = Path.write_bytes\n"
        "class Deleted:\n"
        "    def __del__(self):\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "def write(path, data):\n"
        "    Deleted()\n"
        "    Path.write_bytes = real\n"
        "    return real(path, data)\n"
        "Path.write_bytes = write\n"
        "cli.main(['my-project', '--defaults'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "\nStopped. Nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_hang_up_that_the_caller_ignores_is_ignored(tmp_path: Path) -> None:
    code = (
        "import os, signal\n"
        "from pathlib import Path\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"  # as below nohup
        "from mlops_new import cli\n"
        "real = Path.write_bytes\n"
        "def write(path, data):\n"
        "    os.kill(os.getpid(), signal.SIGHUP)\n"
        "    return real(path, data)\n"
        "Path.write_bytes = write\n"
        "cli.main(['my-project', '--defaults'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my-project" / "Makefile").is_file()


@pytest.mark.parametrize("output", ["full", "closed pipe", "closed"])
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_project_is_complete_where_its_output_cannot_be_written(
    output: str, options: list[str], tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "mlops_new", "my-project", "--defaults", *options]
    shell = {"full": '"$@" >/dev/full', "closed pipe": 'set -o pipefail; "$@" | true', "closed": '"$@" >&-'}[output]
    done = subprocess.run(["bash", "-c", shell, "bash", *command], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert (tmp_path / "my-project" / "Makefile").is_file()
    assert "defect" not in done.stderr
    assert "Exception ignored" not in done.stderr
    if output == "closed":
        assert (done.returncode, done.stderr) == (0, "")
    else:
        assert done.returncode == 1
        assert "standard output cannot be written" in done.stderr
        assert "The project in my-project is complete." in done.stderr


def test_a_reader_that_has_seen_enough_gets_no_message(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mlops_new", "questions"]
    done = subprocess.run(["bash", "-c", '"$@" | head -1', "bash", *command], cwd=tmp_path, capture_output=True)
    assert (done.stdout, done.stderr) == (b"PROJECT\n", b"")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Value]:
    """The recommended answers; the template is compiled."""
    folder = tmp_path_factory.mktemp("answers") / "my-project"
    chosen = check(Questionnaire(source.root(), folder), {"project_name": "my-project"})
    render.create(chosen, folder)
    return chosen


@pytest.mark.parametrize("kind", ["new", "empty"])
def test_a_kill_leaves_nothing_that_the_next_run_does_not_finish_or_remove(
    kind: str, answers: Mapping[str, Value], tmp_path: Path
) -> None:
    plain = tmp_path / "plain" / "my-project"
    render.create(answers, plain)
    number, seen = 1, set()
    while True:
        folder = tmp_path / str(number) / "my-project"
        (folder if kind == "empty" else folder.parent).mkdir(parents=True)
        code = in_child(partial(render.create, answers, folder), number, kill)
        resumed = render.resume(folder)
        if resumed is None and not (folder / "Makefile").exists():
            render.create(answers, folder)
        assert files(folder) == files(plain), number
        assert [path.name for path in folder.parent.iterdir()] == ["my-project"], number
        seen.add(resumed is not None)
        if code != KILLED:
            break
        number += 31
    assert number > 300
    assert seen == ({True, False} if kind == "empty" else {False})


def test_an_interrupted_project_is_finished_by_the_next_command(
    answers: Mapping[str, Value], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "my-project"
    folder.mkdir()
    from mlops_new.update import transaction

    def stop(_: transaction.Transaction) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(render, "_finish", stop)
        render.create(answers, folder)
    assert [path.name for path in folder.iterdir()] == [render.STORE]
    done = subprocess.run(
        [sys.executable, "-m", "mlops_new", ".", "--defaults", "--json"], cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert sorted(json.loads(done.stdout)["resumed"]) == sorted(files(folder))
    assert (folder / "Makefile").is_file()


def test_two_runs_at_once_do_not_mix(answers: Mapping[str, Value], tmp_path: Path) -> None:
    with render._rendered(answers, tmp_path, "my-project"):
        done = subprocess.run(
            [sys.executable, "-m", "mlops_new", "my-project", "--defaults"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert "another process is writing into" in done.stderr
    assert list(tmp_path.iterdir()) == []
