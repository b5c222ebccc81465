"""Where the linters come from: PyPI, npm and Debian, as locked, into the repository's .cache, once."""

import fcntl
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
CACHE = ROOT / ".cache"
OURS = {"PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
"""Variables of the make, uv or test that starts a project, which a user does not have; with them make names folders."""


QUIET = {
    "DO_NOT_TRACK": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "WANDB_API_KEY": "",
}
"""Variables with which the libraries of a project report nothing."""


class ToolError(Exception):
    """A tool is missing and could not be installed; the message says how to get it."""


def plain_environment() -> dict[str, str]:
    """Return the variables that a project has when a user starts it."""
    return {name: value for name, value in os.environ.items() if name not in OURS}


def project_digest(folder: Path, *used: Path) -> str:
    """Hash what decides how a project behaves: its files, what uses it, the tools and the machine's Python.

    Args:
        folder: the project.
        used: files of programs that use it.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = "\n".join(path.relative_to(folder).as_posix() for path in files)
    uv = Path(sys.executable).parent / "uv"
    version = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True).stdout
    whole = "\n".join([names, digest(*files, *used), version, sys.version, platform.platform()])
    return hashlib.sha256(whole.encode()).hexdigest()


def digest(*paths: Path) -> str:
    """Hash the content of files: locks and configurations that a verdict depends on."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()[:16]


@functools.cache
def python_tools(requirements: Path) -> Path:
    """Return the folder with the programs of an environment of its own, as pinned with hashes.

    Args:
        requirements: a file that `uv pip compile --universal --generate-hashes` wrote.

    Raises:
        ToolError: they cannot be installed.
    """
    folder = CACHE / f"{requirements.parent.name}-{requirements.stem}-{digest(requirements)}"
    with _populating(folder) as missing:
        if missing:
            uv = str(Path(sys.executable).parent / "uv")
            _run(uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            install = (uv, "pip", "install", "--quiet", "--require-hashes")
            _run(*install, "--python", str(folder), "-r", str(requirements))
    return folder / "bin"


@functools.cache
def project_environment(
    name: str, pyproject: str, lock: str, without: tuple[str, ...] = (), groups: tuple[str, ...] = ("--all-groups",)
) -> Path:
    """Return the folder with the programs of a generated project's environment, without the project itself.

    Args:
        name: what it is for.
        pyproject: text of pyproject.toml.
        lock: text of uv.lock that goes with it.
        without: packages that are left out.
        groups: options of `uv sync` that say which groups of dependencies it has.

    Raises:
        ToolError: it cannot be installed.
    """
    folder = CACHE / project_environment_name(name, lock)
    with _populating(folder) as missing:
        if missing:
            with tempfile.TemporaryDirectory() as project:
                for path, text in {"pyproject.toml": pyproject, "uv.lock": lock, "README.md": ""}.items():
                    (Path(project) / path).write_text(text)
                uv = str(Path(sys.executable).parent / "uv")
                sync = [uv, "sync", "--quiet", "--frozen", *groups, "--no-install-project"]
                sync += [f"--no-install-package={package}" for package in without]
                _run(*sync, "--python", sys.executable, cwd=Path(project), UV_PROJECT_ENVIRONMENT=str(folder))
    return folder / "bin"


def project_environment_name(name: str, lock: str) -> str:
    """Return the name of the folder of a project's environment; see `project_environment`."""
    return f"{name}-{hashlib.sha256(lock.encode()).hexdigest()[:16]}"


@functools.cache
def node_tools(lock: Path) -> Path:
    """Return the folder that holds node_modules, as a package-lock.json has it.

    Args:
        lock: package-lock.json; the package.json lies beside it.

    Raises:
        ToolError: Node is missing, or the packages cannot be installed.
    """
    if shutil.which("npm") is None:
        raise ToolError("npm is missing; install Node.js 20 or newer, then try again")
    folder = CACHE / f"{lock.parent.name}-node-{digest(lock)}"
    with _populating(folder) as missing:
        if missing:
            folder.mkdir(parents=True, exist_ok=True)
            for path in (lock, lock.with_name("package.json")):
                shutil.copy(path, folder)
            _run("npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    return folder


@functools.cache
def debian_tools(*packages: str, programs: tuple[str, ...]) -> Path:
    """Return the folder with programs of Debian packages, unpacked but not installed, so that no daemon starts.

    Programs that are on the PATH already are taken from there.

    Raises:
        ToolError: they are missing, and this is no Debian.
    """
    found = [shutil.which(name) for name in programs]
    if all(found):
        return Path(str(found[0])).parent
    folder = CACHE / f"debian-{'-'.join(packages)}"
    with _populating(folder) as missing:
        if missing:
            if shutil.which("apt-get") is None:
                missed, wanted = " and ".join(programs), " and ".join(packages)
                raise ToolError(f"{missed} are missing; install {wanted}, then try again")
            folder.mkdir(parents=True, exist_ok=True)
            _run("apt-get", "update", "--quiet=2")
            _run("apt-get", "download", "--quiet=2", *packages, cwd=folder)
            for package in folder.glob("*.deb"):
                _run("dpkg", "--extract", str(package), str(folder))
    return folder / "usr" / "bin"


def cached(name: str, build: Callable[[Path], None]) -> Path:
    """Return a cache folder that `build` has filled, once; the name has to change whenever its content would."""
    folder = CACHE / name
    with _populating(folder) as missing:
        if missing:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
    return folder


def unpack(pin: str, lock: Path, folder: Path) -> None:
    """Unpack one package of PyPI, without what it depends on and without a copy in uv's cache.

    Args:
        pin: its name and version, joined by `==`.
        lock: requirements with hashes; it is in them.
        folder: where to.

    Raises:
        ToolError: it cannot be downloaded.
    """
    uv = str(Path(sys.executable).parent / "uv")
    options = ("--quiet", "--no-deps", "--no-build", "--no-cache", "--require-hashes")
    _run(uv, "pip", "install", *options, "--target", str(folder), "--constraint", str(lock), pin)


@contextmanager
def _populating(folder: Path) -> Iterator[bool]:
    """Lock a folder, and yield whether it must be populated; one left incomplete is populated again."""
    CACHE.mkdir(exist_ok=True)
    complete = folder.with_name(folder.name + ".complete")
    with (CACHE / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        missing = not complete.exists()
        yield missing
        if missing:
            complete.touch()


def _run(*command: str, cwd: Path | None = None, **variables: str) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, env={**os.environ, **variables})
    if done.returncode:
        raise ToolError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
