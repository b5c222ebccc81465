"""Errors that a person can act on, and the exit codes that tell them apart; the command line prints no traceback."""

REFUSED = 1
WRONG_INPUT = 2
UNEXPECTED = 3
NOT_PROMOTED = 4

FINAL = (REFUSED, WRONG_INPUT, NOT_PROMOTED)
"""Exit codes that no engine retries: a second attempt ends the same way. Anything else may pass the next time."""


class ProjectError(Exception):
    """Base of all errors whose message says what is wrong and what to do next. Retrying does not help."""


class DataError(ProjectError):
    """The input data cannot be used; the message names columns, rows and what to do."""


class GateError(ProjectError):
    """A step behind the quality gate was asked to run for a model that did not pass it."""


class ModelError(ProjectError):
    """A model version is missing, damaged or does not fit this project."""
