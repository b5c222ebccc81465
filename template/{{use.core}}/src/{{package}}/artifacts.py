"""A run's artifacts under one URI, and the manifest that each finished step writes.

A run is a folder, local or on any file system that fsspec supports: `<run>/<step>/<artifact>` and, written last,
`<run>/<step>/manifest.json`. A step without a manifest is not finished, and is run again.
"""

import hashlib
import json
import posixpath
from collections.abc import Mapping
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
from pyarrow.parquet import ParquetFile
from pydantic import BaseModel, ConfigDict

from .settings import Settings
from .split import hashes
from .tables import to_pandas

MANIFEST = "manifest.json"

Json = dict[str, Any]


class Manifest(BaseModel):
    """What a step did: enough to trace every artifact back to data, code, parameters and environment."""

    model_config = ConfigDict(frozen=True)

    step: str
    key: str
    run_id: str
    parameters: dict[str, str | int | float | bool]
    code_commit: str
    environment_sha256: str
    inputs: dict[str, str]
    outputs: dict[str, str]
    finished_at: datetime


def sha256(data: bytes) -> str:
    """Return the hexadecimal SHA-256 of `data`."""
    return hashlib.sha256(data).hexdigest()


def join(uri: str, *parts: str) -> str:
    """Append path parts to a local path or a URL."""
    return posixpath.join(uri, *parts)


def read_bytes(uri: str) -> bytes:
    """Return the content of one file.

    Raises:
        FileNotFoundError: the file does not exist.
    """
    file_system, path = fsspec.core.url_to_fs(uri)
    content: bytes = file_system.cat_file(path)
    return content


def write_bytes(uri: str, data: bytes) -> None:
    """Write one file and its parent folders; a reader never sees a partly written file."""
    file_system, path = fsspec.core.url_to_fs(uri)
    file_system.makedirs(posixpath.dirname(path), exist_ok=True)
    with file_system.transaction, file_system.open(path, "wb") as file:
        file.write(data)


def exists(uri: str) -> bool:
    """Return whether a file or folder exists."""
    file_system, path = fsspec.core.url_to_fs(uri)
    found: bool = file_system.exists(path)
    return found


def table_sha256(table: pd.DataFrame) -> str:
    """Return a hash of a typed table's content, which does not depend on the file format it was read from."""
    rows = hashes({str(name): table[name] for name in table})
    return sha256(",".join(map(str, table.columns)).encode() + rows.tobytes())


class Workspace:
    """What one step of one run may read and write; collects the hashes for the manifest.

    Artifacts are named `<step>/<file>` when read and `<file>` when written.
    """

    def __init__(self, run_uri: str, step: str, settings: Settings) -> None:
        """Open the folder of `step` in the run at `run_uri`."""
        self.run_uri = run_uri
        self.run_id = posixpath.basename(run_uri.rstrip("/"))
        self.step = step
        self.settings = settings
        self._inputs: dict[str, str] = {}
        self._outputs: dict[str, str] = {}

    def read(self, artifact: str) -> bytes:
        """Return the content of an artifact of an earlier step, `<step>/<file>`."""
        data = read_bytes(join(self.run_uri, artifact))
        self._inputs[artifact] = sha256(data)
        return data

    def read_json(self, artifact: str) -> Json:
        """Return a JSON artifact of an earlier step."""
        value: Json = json.loads(self.read(artifact))
        return value

    def read_table(self, artifact: str) -> pd.DataFrame:
        """Return a Parquet artifact of an earlier step."""
        return to_pandas(ParquetFile(BytesIO(self.read(artifact))).read(), artifact)

    def write(self, name: str, data: bytes) -> None:
        """Write an artifact of this step."""
        self.store(name, data)
        self._outputs[name] = sha256(data)

    def write_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Write a JSON artifact of this step."""
        self.write(name, (json.dumps(value, indent=2, sort_keys=True) + "\n").encode())

    def write_table(self, name: str, table: pd.DataFrame) -> None:
        """Write a Parquet artifact of this step."""
        buffer = BytesIO()
        table.to_parquet(buffer, index=False)
        self.write(name, buffer.getvalue())

    def download(self, artifacts: Mapping[str, str], folder: Path) -> None:
        """Copy artifacts of earlier steps into a local folder.

        Args:
            artifacts: file name in `folder` → `<step>/<file>`.
            folder: an existing folder.
        """
        for name, artifact in artifacts.items():
            (folder / name).write_bytes(self.read(artifact))

    def finish(self, key: str, code_commit: str, environment_sha256: str) -> Manifest:
        """Write the manifest, which marks the step as finished."""
        manifest = Manifest(
            step=self.step,
            key=key,
            run_id=self.run_id,
            parameters=self.settings.pipeline_parameters(),
            code_commit=code_commit,
            environment_sha256=environment_sha256,
            inputs=self._inputs,
            outputs=self._outputs,
            finished_at=datetime.now(UTC),
        )
        self.store(MANIFEST, manifest.model_dump_json(indent=2).encode() + b"\n")
        return manifest

    def store(self, name: str, data: bytes) -> None:
        """Write a file into the folder of this step."""
        write_bytes(join(self.run_uri, self.step, name), data)


def read_manifest(run_uri: str, step: str) -> Manifest | None:
    """Return the manifest of a finished step, or None."""
    uri = join(run_uri, step, MANIFEST)
    return Manifest.model_validate_json(read_bytes(uri)) if exists(uri) else None
