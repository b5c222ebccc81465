"""A model registry in one folder, local or on any object store that fsspec supports, without a server.

`<registry>/<model>/<version>/` holds a package and its `version.json`; `<registry>/<model>/aliases/<alias>` holds the
number of a version. It supports one writer at a time, and the pipeline is the only one.
"""

import json
import posixpath
from dataclasses import asdict
from pathlib import Path

import fsspec

from ..artifacts import exists, join, read_bytes, write_bytes
from ..errors import ModelError
from ..ports import ModelVersion, RunRecord
from ..settings import Settings

VERSION_FILE = "version.json"


class FileRegistry:
    """Versions of one model as folders named 1, 2, 3 and so on."""

    def __init__(self, settings: Settings) -> None:
        """Use the folder `settings.registry_uri`."""
        self._root = join(settings.registry_uri, settings.model_name)

    def register(self, package: Path, record: RunRecord, sha256: str) -> ModelVersion:
        """Copy the package into the next free version; `version.json`, written last, marks it as complete."""
        known = self.versions()
        for version in known:
            if (version.run_id, version.sha256) == (record.run_id, sha256):
                return version
        number = known[-1].version + 1 if known else 1
        folder = join(self._root, str(number))
        for file in sorted(package.iterdir()):
            write_bytes(join(folder, file.name), file.read_bytes())
        version = ModelVersion(number, sha256, record.run_id, dict(record.metrics))
        write_bytes(join(folder, VERSION_FILE), json.dumps(asdict(version), indent=2).encode())
        return version

    def versions(self) -> list[ModelVersion]:
        """Return all versions, oldest first."""
        file_system, root = fsspec.core.url_to_fs(self._root)
        if not file_system.exists(root):
            return []
        file_system.invalidate_cache()
        names = [posixpath.basename(path.rstrip("/")) for path in file_system.ls(root, detail=False)]
        numbers = sorted(int(name) for name in names if name.isdecimal())
        return [self._read(number) for number in numbers if exists(join(self._root, str(number), VERSION_FILE))]

    def by_alias(self, alias: str) -> ModelVersion | None:
        """Return the version that an alias points at."""
        uri = join(self._root, "aliases", alias)
        return self._read(int(read_bytes(uri))) if exists(uri) else None

    def set_alias(self, alias: str, version: int) -> None:
        """Move an alias."""
        write_bytes(join(self._root, "aliases", alias), str(version).encode())

    def remove_alias(self, alias: str) -> None:
        """Remove an alias."""
        file_system, path = fsspec.core.url_to_fs(join(self._root, "aliases", alias))
        if file_system.exists(path):
            file_system.rm_file(path)

    def download(self, version: int, folder: Path) -> Path:
        """Copy the package of a version below `folder`."""
        file_system, source = fsspec.core.url_to_fs(join(self._root, str(version)))
        if not file_system.exists(source):
            raise ModelError(f"there is no version {version} in {self._root}")
        package = folder / "package"
        package.mkdir(parents=True)
        for path in file_system.ls(source, detail=False):
            (package / posixpath.basename(path)).write_bytes(file_system.cat_file(path))
        return package

    def _read(self, number: int) -> ModelVersion:
        return ModelVersion(**json.loads(read_bytes(join(self._root, str(number), VERSION_FILE))))
