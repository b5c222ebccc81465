"""The processes that train together, and where each of them computes.

Whoever starts them, such as torchrun, sets the variables RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch

# The defaults of its functions are the group that exists when it is imported. DistributedDataParallel would import it
# in a group, which they then keep alive until the process ends, and its threads can end the process with SIGABRT.
import torch.distributed.nn.functional
from torch import distributed

from .errors import ProjectError

PATIENCE = timedelta(minutes=10)
"""How long a process waits for another one: for its machine to start, and for its share of each step."""


def started_with_others() -> bool:
    """Whether this process is one of several that were started to train together."""
    return _number("WORLD_SIZE", 1) > 1


def rank() -> int:
    """The number of this process among those that were started together; 0 does what only one may do."""
    return _number("RANK", 0)


@contextmanager
def group() -> Iterator[torch.device]:
    """Join the processes that were started together with this one; gives the device to compute on."""
    place = device()
    distributed.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield place
    finally:
        distributed.destroy_process_group()


def device() -> torch.device:
    """The graphics processor of this process, or the processor of a machine that has none.

    Raises:
        ProjectError: more processes than graphics processors are on this machine.
    """
    if not torch.cuda.is_available():
        return torch.device("cpu")
    index, count = _number("LOCAL_RANK", 0), torch.cuda.device_count()
    if index >= count:
        raise ProjectError(f"process {index + 1} of this machine has no graphics processor, there are {count}")
    place = torch.device("cuda", index)
    torch.cuda.set_device(place)
    return place


def _number(variable: str, default: int) -> int:
    return int(os.environ.get(variable) or default)
