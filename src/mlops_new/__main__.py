"""The command `mlops-new`, and `python -m mlops_new`."""

import os
import signal
import sys


def main() -> None:
    """Run the program; a signal that comes while it is loaded, which takes a moment, gets a sentence as well."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _stop)
    from .cli import main as run

    run()


def _stop(number: int, _: object) -> None:
    """End at once: an exception would be raised in the middle of an import, and nothing was begun."""
    if sys.stderr is not None:
        os.write(sys.stderr.fileno(), b"\nStopped. Nothing was written.\n")
    os._exit(128 + number)


if __name__ == "__main__":
    main()
