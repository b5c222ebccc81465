"""Linter of state machines in the Amazon States Language."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proof.linters.base import Linter, command
from proof.tools import digest, node_tools

HERE = Path(__file__).parent
LOCK = HERE / "package-lock.json"
PROGRAM = Path("node_modules", "asl-validator", "dist", "bin", "asl-validator.js")
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
"""What Terraform fills in; a resource of AWS is one only with its partition."""
DANGLING = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}\n'


def _lint(files: Sequence[Path]) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        copies = {Path(temporary) / f"{number}.json": file for number, file in enumerate(files)}
        for copy, file in copies.items():
            text = PLACEHOLDER.sub(lambda name: "aws" if name[1] == "partition" else name[1], file.read_text("utf-8"))
            copy.write_text(text, "utf-8")
        arguments = [part for copy in copies for part in ("--json-path", copy)]
        found = command("node", node_tools(LOCK) / PROGRAM, *arguments)
        for copy, file in copies.items():
            found = found.replace(str(copy), str(file))
        return found


LINTERS = (
    Linter(
        "states-language",
        ("*.asl.json",),
        _lint,
        {"infra/a.asl.json": DANGLING},
        lambda: digest(LOCK, Path(__file__)),
    ),
)
