"""Where the linters come from: PyPI and Debian, into the repository's .cache, once."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import ROOT

CACHE = ROOT / ".cache"
REQUIREMENTS = Path(__file__).parent / "requirements.txt"
DEBIAN = ("prometheus", "prometheus-alertmanager")


def python_tools() -> Path:
    """Folder with the linters from PyPI, as pinned with hashes in requirements.txt."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = CACHE / f"linters-{digest}"
    with _once(folder) as missing:
        if missing:
            uv = Path(sys.executable).parent / "uv"
            _run(str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            _run(
                str(uv),
                "pip",
                "install",
                "--quiet",
                "--require-hashes",
                "--python",
                str(folder),
                "-r",
                str(REQUIREMENTS),
            )
    return folder / "bin"


def debian_tools() -> Path:
    """Folder with promtool and amtool: Debian's packages, unpacked and not installed, so that no daemon starts."""
    found = [shutil.which(name) for name in ("promtool", "amtool")]
    if all(found):
        return Path(str(found[0])).parent
    folder = CACHE / "debian"
    with _once(folder) as missing:
        if missing:
            if shutil.which("apt-get") is None:
                raise RuntimeError(
                    "promtool and amtool are missing; install Prometheus and Alertmanager, then try again"
                )
            folder.mkdir(parents=True, exist_ok=True)
            _run("apt-get", "update", "--quiet=2")
            _run("apt-get", "download", "--quiet=2", *DEBIAN, cwd=folder)
            for package in folder.glob("*.deb"):
                _run("dpkg", "--extract", str(package), str(folder))
    return folder / "usr" / "bin"


@contextmanager
def _once(folder: Path) -> Iterator[bool]:
    """Whether this process has to fill a folder; others wait, and a folder that was half filled is filled again."""
    CACHE.mkdir(exist_ok=True)
    complete = folder.with_name(folder.name + ".complete")
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not complete.exists()
        yield missing
        if missing:
            complete.touch()


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=os.environ)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
