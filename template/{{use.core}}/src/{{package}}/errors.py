"""Errors that a user can fix, and their exit codes; the command line prints them without a traceback."""

REFUSED = 1
WRONG_INPUT = 2
UNEXPECTED = 3
NOT_PROMOTED = 4

FINAL = (REFUSED, WRONG_INPUT, NOT_PROMOTED)
"""Exit codes that no engine retries, since another attempt would fail in the same way; all others may be transient."""


class ProjectError(Exception):
    """Base class of errors whose message says what is wrong and what to do next; they are never retried."""


class DataError(ProjectError):
    """Unusable input data; the message names columns, rows and what to do."""


class GateError(ProjectError):
    """A step behind the quality gate was started for a model that did not pass it."""


class ModelError(ProjectError):
    """A model version that is missing, damaged or incompatible with this project."""
