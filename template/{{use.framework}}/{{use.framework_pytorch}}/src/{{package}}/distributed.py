"""Train with several processes, on one machine or many: `python -m <package>.distributed step train --run URI`.

The launcher of the processes sets torchrun's variables for each of them: RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and
MASTER_PORT. All processes run this command, which takes the arguments of the command `step`. Rank 0 runs the step as
usual. The others read the same inputs, train in lockstep with it and write nothing. All end at once if the step is
already done. If one fails, all fail, and the launcher starts all of them again. Without the variables, the command is
`step`.

torchrun takes `--run` for an option of its own unless its own options are ended by two dashes:
`torchrun --standalone --nproc-per-node 2 -m -- <package>.distributed step train --run URI`.
"""

import argparse
import sys
from collections.abc import Sequence

from . import __main__ as command_line
from .artifacts import Workspace, read_manifest
from .pipeline import key_of, step
from .processes import rank
from .settings import Settings


class Attendance(Workspace):
    """The workspace of a process that only helps to train: it reads what the step reads and writes nothing."""

    def store(self, name: str, data: bytes) -> None:
        """Do nothing: rank 0 writes the artifacts."""


def attend(options: argparse.Namespace, settings: Settings) -> int:
    """Do what a step does, and write nothing, unless the step is already done."""
    settings = Settings.of_run(command_line.parameters(options))
    chosen, done = step(options.name), read_manifest(options.run, options.name)
    if done is None or done.key != key_of(chosen, options.run, settings):
        chosen.function(Attendance(options.run, options.name, settings))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `step train` as one of several processes, and return the exit code of `step`."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given[:2] != ["step", "train"]:
        print("error: only `step train` can be done by several processes", file=sys.stderr)
        return 2
    if rank() == 0:
        return command_line.main(given)
    options = command_line._parser().parse_args(given)
    options.command = attend
    return command_line.carry_out(options)


if __name__ == "__main__":
    sys.exit(main())
