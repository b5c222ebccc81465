"""Processes that are stopped at one moment, for tests of what they leave behind."""

import atexit
import errno
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from mlops_new.errors import UserError

Kind = Literal["kill", "terminate", "hang up", "full disk"]
KINDS: tuple[Kind, ...] = get_args(Kind)
"""Ways to stop a process: SIGKILL, SIGTERM, SIGHUP to it and its children as a terminal does, or no more space."""
SIGNALS: dict[Kind, signal.Signals] = {
    "kill": signal.SIGKILL,
    "terminate": signal.SIGTERM,
    "hang up": signal.SIGHUP,
}
NEEDS_SPACE = ("os.mkdir", "os.symlink", "os.link")
"""Audit events of what a full disk has no place for, beside files that are opened to be written."""

EVENTS = ("open", "os.", "shutil.", "subprocess.Popen")
"""Audit events that stand for a moment; https://docs.python.org/3/library/audit_events.html."""
KILLED = -signal.SIGKILL
NOT_REACHED = 3
"""How a process ends that is killed, and one that has fewer moments than that."""


def kill() -> None:
    """End this process as nothing can be done about."""
    os.kill(os.getpid(), signal.SIGKILL)


def full_disk() -> None:
    """Let what was about to be done find no space."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def in_child(action: Callable[[], object], number: int, event: Callable[[], None]) -> int:
    """Do something in a process of its own, with an event at its nth moment.

    Returns:
        How it ended: 0, 1 for a message to the user, 2 for another error, `NOT_REACHED`, or minus a signal.
    """
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    seen = 0

    def count(name: str, _: object) -> None:
        nonlocal seen
        if name.startswith(EVENTS):
            seen += 1
            if seen == number:
                event()

    code = 0
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        sys.addaudithook(count)
        action()
    except UserError:
        code = 1
    except BaseException:
        code = 2
    finally:
        os._exit(code if seen >= number else NOT_REACHED)


class Stop(NamedTuple):
    """Something that stops a process.

    Attributes:
        kind: what it is.
        number: at which file operation it happens; each that was counted is one.
        delay: seconds after that operation began; 0 is before anything of it was done.
        renames: whether a full disk has no space for renames either, which may make a folder grow.
    """

    kind: Kind
    number: int
    delay: float = 0
    renames: bool = False


def stop_this_process(stop: Stop | None, counted: Path) -> None:
    """Count file operations from now on, and let something stop this process at one of them.

    Args:
        stop: what stops it.
        counted: file that gets the number of operations, and the number of the first in a folder of transactions.
    """
    seen = first = 0
    working = False
    descriptor = os.open(counted, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)

    # At its end, the interpreter takes handlers away; the default of this signal would then end the process.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)

    def send(*_: object) -> None:
        assert stop
        if stop.kind == "hang up":
            os.killpg(0, SIGNALS[stop.kind])
        else:
            os.kill(os.getpid(), SIGNALS[stop.kind])

    def happen(name: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen, first, working
        if working or not name.startswith(EVENTS):
            return
        working = True
        try:
            seen += 1
            if not first and any(f"{os.sep}mlops-new{os.sep}" in str(argument) for argument in arguments):
                first = seen
            if stop is None or stop.kind != "full disk" or seen < stop.number:
                os.pwrite(descriptor, b"%d %d\n" % (seen, first), 0)
            if stop is None or seen < stop.number:
                return
            if stop.kind == "full disk":
                # Children write nothing either; without the signal, they learn of it as they do of a full disk.
                signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGXFSZ])
                resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
                if _needs_space(name, arguments, stop.renames):
                    full_disk()
            elif seen == stop.number and stop.delay:
                signal.signal(signal.SIGALRM, send)
                signal.setitimer(signal.ITIMER_REAL, stop.delay)
            elif seen == stop.number:
                send()
        finally:
            working = False

    sys.addaudithook(happen)


def _needs_space(name: str, arguments: tuple[object, ...], renames: bool) -> bool:
    if name == "open":
        path, _, flags = arguments
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        return bool(writes) and isinstance(path, str | bytes) and not os.fsdecode(path).startswith("/dev/")  # no pipe
    return name in NEEDS_SPACE or (renames and name == "os.rename")
