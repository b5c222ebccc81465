"""Compute: this process, one part of a table after another."""

from ..partitions import Compute, InProcess
from ..settings import Settings


def make_compute(settings: Settings) -> Compute:
    """Return the `Compute` that processes the parts of a table; it has no settings."""
    return InProcess()
