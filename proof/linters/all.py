"""Every linter, in alphabetical order."""

from . import delivery, monitoring, python, text
from .base import Linter

LINTERS: tuple[Linter, ...] = tuple(
    sorted((*delivery.LINTERS, *monitoring.LINTERS, *python.LINTERS, *text.LINTERS), key=lambda linter: linter.name)
)
