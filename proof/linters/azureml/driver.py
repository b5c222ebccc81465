"""Loads pipelines of Azure ML with its own SDK, in the tools' environment: nothing of ours can be imported here.

Reads from standard input a JSON list of files. Writes to standard output, for each, what the SDK finds wrong with it.
The check that a client offers, `jobs.validate`, looks up clusters in a workspace; what it does without is called here.
"""

import json
import logging
import sys
import warnings
from pathlib import Path

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")

from azure.ai.ml import load_job  # noqa: E402 - it warns while it is imported


def found(file: Path) -> str:
    """Return what is wrong with a pipeline; empty if nothing is."""
    try:
        job = load_job(file)
        if job.type != "pipeline":
            return f"a pipeline was expected, not a job of type {job.type}"
        errors: dict[str, str] = job._validate().error_messages
    except Exception as error:  # the SDK reports defects in many ways
        return f"{type(error).__name__}: {error}"
    return "\n".join(f"{where}: {why}" for where, why in errors.items())


if __name__ == "__main__":
    json.dump([found(Path(name)) for name in json.load(sys.stdin)], sys.stdout)
