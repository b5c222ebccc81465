"""Core resources, by the schemas of the newest Kubernetes."""

import json
import subprocess
from collections.abc import Iterable
from pathlib import Path

from proof.tools import ToolError, python_tools

from .documents import Document

HERE = Path(__file__).parent


def check(documents: Iterable[Document]) -> list[str]:
    """Return what is wrong with the core resources among some documents."""
    core = [document for document in documents if document.core]
    if not core:
        return []
    done = subprocess.run(
        [python_tools(HERE / "schemas.txt") / "python", HERE / "validate.py"],
        input=json.dumps([document.content for document in core]),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ToolError(f"validate.py failed:\n{done.stderr}")
    return [f"{core[number].where}: {problem}" for number, problem in json.loads(done.stdout)]
