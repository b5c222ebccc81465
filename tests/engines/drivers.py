"""How a test asks moto, or another program that stands in for a cloud, in an environment of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

from proof.tools import python_tools

HERE = Path(__file__).parent


def python(folder: str = "moto") -> Path:
    """The Python that has moto, or what else a folder here asks for."""
    return python_tools(HERE / folder / "requirements.txt") / "python"


def call_driver(driver: str, request: object, folder: str = "moto") -> Any:  # noqa: ANN401 - any JSON
    """What a program of that folder answers to a request, both as JSON."""
    done = subprocess.run(
        [python(folder), HERE / folder / driver],
        input=json.dumps(request),
        env={"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
