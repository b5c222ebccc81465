"""Which providers of Terraform there are schemas for, and where each comes from."""

import functools
import gzip
import json
import os
import platform
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from proof.tools import ToolError, cached, digest, unpack

from . import schema

LOCK = Path(__file__).with_name("providers.txt")
VERSIONS = {
    "aws": "6.69.1",
    "azurerm": "5.10.0",
    "google": "8.7.0",
    "helm": "3.3.0",
    "kubernetes": "3.4.0",
}
"""Provider → the version that its bindings in providers.in were generated from."""

ADDRESS = "registry.terraform.io/hashicorp"
MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@functools.cache
def schema_of(provider: str) -> Path:
    """Return the file with the schema of a provider, compressed JSON, built once.

    Raises:
        ToolError: its bindings cannot be downloaded, or are for another version.
    """
    (pin,) = re.findall(rf"^cdktn-provider-{provider}==\S+", LOCK.read_text(), re.MULTILINE)

    def build(folder: Path) -> None:
        with tempfile.TemporaryDirectory() as temporary:
            unpack(pin, LOCK, Path(temporary))
            found = schema.read(next(Path(temporary).glob("*/_jsii/*.jsii.tgz")))
        if found["provider_version"] != VERSIONS[provider]:
            raise ToolError(f"{pin} is for {found['provider_version']}; correct VERSIONS in {__file__}")
        (folder / "schema.json.gz").write_bytes(gzip.compress(json.dumps(found).encode()))

    return cached(f"terraform-{provider}-{digest(LOCK, Path(schema.__file__))}", build) / "schema.json.gz"


def mirror(folder: Path) -> None:
    """Fill a folder with a mirror of all providers, in which each has its version and nothing that could run.

    From it Terraform determines, by its own rules, which of them a configuration requires, and whether it admits their
    versions.
    """
    system = f"{platform.system().lower()}_{MACHINES.get(platform.machine(), platform.machine())}"
    for provider, version in VERSIONS.items():
        package = folder / ADDRESS / provider / version / system
        package.mkdir(parents=True)
        (package / f"terraform-provider-{provider}_v{version}").touch(mode=0o755)


def required(root: Path) -> set[str]:
    """Return the providers that Terraform took from the mirror when it initialised a folder."""
    return {path.name for path in (root / ".terraform" / "providers" / ADDRESS).glob("*")}


def reattach(sockets: Mapping[str, Path]) -> dict[str, object]:
    """Return what Terraform needs to use providers that run already, each behind a socket."""
    # A provider under test is left alone when Terraform is done with it, so that it needs no process of its own.
    common = {"Protocol": "grpc", "ProtocolVersion": 6, "Pid": os.getpid(), "Test": True}
    return {
        f"{ADDRESS}/{provider}": {**common, "Addr": {"Network": "unix", "String": str(socket)}}
        for provider, socket in sockets.items()
    }
