"""Errors that a person can act on; the command line prints them without a traceback."""


class ProjectError(Exception):
    """Base of all errors whose message says what is wrong and what to do next. Retrying does not help."""


class DataError(ProjectError):
    """The input data cannot be used; the message names columns, rows and what to do."""


class GateError(ProjectError):
    """A step behind the quality gate was asked to run for a model that did not pass it."""


class ModelError(ProjectError):
    """A model version is missing, damaged or does not fit this project."""
