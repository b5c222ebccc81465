"""Compute: this process, one part of a table after the other."""

from ..partitions import InProcess
from ..ports import Compute
from ..settings import Settings


def make_compute(settings: Settings) -> Compute:
    """What works on the parts of a table; there is nothing to set."""
    return InProcess()
