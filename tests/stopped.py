"""Processes that are stopped at one moment, for tests of what they leave behind."""

import errno
import os
import signal
import sys
from collections.abc import Callable

from mlops_new.errors import UserError

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
