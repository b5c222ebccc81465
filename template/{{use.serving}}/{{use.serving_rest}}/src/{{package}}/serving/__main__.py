"""Start the server: `python -m <package>.serving`."""

import argparse
import signal
import sys
from collections.abc import Sequence

import uvicorn

from .. import logs
from ..settings import Settings
from .app import create_app


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until stopped; returns the exit code."""
    parser = argparse.ArgumentParser(description="Serve the champion over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on; 0.0.0.0 in a container")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args(arguments)
    settings = Settings()
    logs.configure(settings.log_level)
    # Uvicorn repeats the signal after a regular shutdown, which would let the process die of it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(create_app(settings), host=options.host, port=options.port, log_config=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
