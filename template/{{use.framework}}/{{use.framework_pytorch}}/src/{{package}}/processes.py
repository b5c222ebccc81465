"""The processes that train together, and the device of each of them.

Their launcher, such as torchrun, sets the variables RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch

# On import, its functions take the current process group as their default. If DistributedDataParallel
# imported it within a group, they would keep that group alive until the process ends, and the group's
# threads can end the process with SIGABRT.
import torch.distributed.nn.functional
from torch import distributed

from .errors import ProjectError

PATIENCE = timedelta(minutes=10)
"""How long a process waits for another one: for its machine to start, and for its part of each training step."""


def started_with_others() -> bool:
    """Return whether this process is one of several that were started to train together."""
    return _number("WORLD_SIZE", 1) > 1


def rank() -> int:
    """Return the number of this process among those that were started together; 0 does what only one may do."""
    return _number("RANK", 0)


@contextmanager
def group() -> Iterator[torch.device]:
    """Join the processes that were started together with this one, and yield the device to compute on."""
    place = device()
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield place
    finally:
        distributed.destroy_process_group()


def device() -> torch.device:
    """Return the graphics processor of this process, or the CPU if the machine has none.

    Raises:
        ProjectError: this machine has fewer graphics processors than processes.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    index, count = _number("LOCAL_RANK", 0), torch.cuda.device_count()
    if index >= count:
        raise ProjectError(f"process {index + 1} of this machine has no graphics processor: the machine has {count}")
    place = torch.device("cuda", index)
    torch.cuda.set_device(place)
    return place


def _number(variable: str, default: int) -> int:
    return int(os.environ.get(variable) or default)
