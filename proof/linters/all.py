"""Every linter, in alphabetical order."""

from itertools import chain

from . import (
    asl,
    azureml,
    delivery,
    gitlab,
    kfp,
    kubernetes,
    monitoring,
    python,
    sagemaker,
    secrets,
    shell,
    terraform,
    text,
)
from .base import Linter

MODULES = (
    asl,
    azureml,
    delivery,
    gitlab,
    kfp,
    kubernetes,
    monitoring,
    python,
    sagemaker,
    secrets,
    shell,
    terraform,
    text,
)
LINTERS: tuple[Linter, ...] = tuple(
    sorted(chain.from_iterable(module.LINTERS for module in MODULES), key=lambda linter: linter.name)
)
