"""Signals that ask the program to end: Ctrl-C, a job that is cancelled, a terminal that is closed."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

NUMBERS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopped(BaseException):
    """A signal asked the program to end; what was begun is undone on the way out."""

    def __init__(self, number: int) -> None:
        """Keep which signal it was.

        Args:
            number: the signal.
        """
        super().__init__(number)
        self.exit_code = 128 + number


def answer(handler: Callable[[int, FrameType | None], object]) -> None:
    """Let a handler answer the signals, but for those that the caller, such as nohup, has this program ignore."""
    for number in NUMBERS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def stop(number: int, _: FrameType | None) -> None:
    """Raise `Stopped`, as a handler."""
    raise Stopped(number)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore signals that would end the program, for the moment in which files are put in place."""
    # The main thread alone may say so.
    numbers = NUMBERS if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
