"""Wheels of this work tree, and of versions that differ from it."""

import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

from mlops_new import bundle

UV = Path(sys.executable).parent / "uv"
FILES = ("pyproject.toml", "LICENSE", "README.md", "CHANGELOG.md", "hatch_build.py", ".gitignore")


def repository(folder: Path) -> Path:
    """Copy what a wheel is made of to a new repository without a commit or a tag; returns its folder."""
    for name in (*bundle.files(ROOT), *FILES):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    return folder


def wheel(repository: Path, folder: Path) -> Path:
    """Build the wheel of a repository into a folder; returns its path."""
    command = [str(UV), "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable]
    subprocess.run([*command, "--out-dir", str(folder)], cwd=repository, check=True)
    return max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime_ns)


def installed(wheel: Path, environment: Path) -> Path:
    """Install a wheel into a new environment; returns the program."""
    subprocess.run([str(UV), "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    subprocess.run([str(UV), "pip", "install", "--quiet", "--python", str(environment), str(wheel)], check=True)
    return environment / "bin" / "mlops-new"
