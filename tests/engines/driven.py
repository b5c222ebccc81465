"""How a test asks moto, which lives in an environment of its own."""

import json
import subprocess
from pathlib import Path
from typing import Any

from proof.tools import python_tools

HERE = Path(__file__).parent / "moto"


def python() -> Path:
    """The Python that has moto."""
    return python_tools(HERE / "requirements.txt") / "python"


def driven(driver: str, request: object) -> Any:  # noqa: ANN401 - any JSON
    """What a program of the folder moto/ answers to a request, both as JSON."""
    done = subprocess.run(
        [python(), HERE / driver],
        input=json.dumps(request),
        env={"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
