"""Every linter, in alphabetical order."""

from itertools import chain

from . import delivery, kubernetes, monitoring, python, text
from .base import Linter

LINTERS: tuple[Linter, ...] = tuple(
    sorted(
        chain(delivery.LINTERS, kubernetes.LINTERS, monitoring.LINTERS, python.LINTERS, text.LINTERS),
        key=lambda linter: linter.name,
    )
)
