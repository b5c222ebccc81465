"""Signals that ask the program to end: Ctrl-C, a job that is cancelled, a terminal that is closed."""

import contextlib
import signal
import sys
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
        self.number = number
        self.exit_code = 128 + number


def answer(handler: Callable[[int, FrameType | None], object] | signal.Handlers) -> None:
    """Let a handler answer the signals, but for those that the caller, such as nohup, has this program ignore."""
    for number in NUMBERS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, handler)


def stop(number: int, _: FrameType | None) -> None:
    """Raise `Stopped`, as a handler; once, so that no second signal disturbs what is undone on the way out."""
    answer(lambda *_: None)
    raise Stopped(number)


def not_raised(lost: "sys.UnraisableHookArgs") -> None:
    """Send a signal again that came while an object was being deleted, where no exception is raised; a hook."""
    if not isinstance(lost.exc_value, Stopped):
        sys.__unraisablehook__(lost)
        return
    answer(stop)
    again = threading.Timer(0.001, signal.raise_signal, [lost.exc_value.number])
    again.daemon = True
    again.start()


def ignore() -> None:
    """Let the signals have no effect from now on, while the interpreter ends, which takes handlers away, too."""
    with held_back():
        answer(signal.SIG_IGN)


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Ignore signals that would end the program, for the moment in which files are put in place."""
    # The main thread alone may say so.
    numbers = NUMBERS if threading.current_thread() is threading.main_thread() else ()
    with held_back():
        before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let signals wait that would end the program, for the moment between making something and knowing of it."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, NUMBERS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
