"""New data: the state of the table at `data_uri`, so that each state starts one run.

Nothing is stored here. The id of the run is derived from the state, so starting it twice repeats nothing, and the
engine remembers by that id what it started.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import fsspec

from .artifacts import join, sha256
from .settings import Settings

DAYS = 31
"""If `data_uri` contains a date, how many days back the newest table is searched for; data may come late."""
SETTLED = 60.0
"""Seconds after which a file on a disk counts as completely written. An object store shows only complete objects."""
MARKS = ("ETag", "md5Hash", "etag", "Last-Modified", "mtime")
"""Fields that change with the content, best first: S3 and the web, Google, Azure, the web, disks."""

Info = dict[str, Any]


@dataclass(frozen=True)
class Arrival:
    """A state of the data, and the run that belongs to it."""

    uri: str
    run_date: str
    fingerprint: str

    @property
    def run_id(self) -> str:
        """Return the name of the run, short enough for Kubernetes."""
        return f"data-{self.fingerprint}"

    @property
    def parameters(self) -> dict[str, object]:
        """Return the settings of the run: the date of the table, if it has one."""
        return {"run_date": self.run_date} if self.run_date else {}

    def run_uri(self, settings: Settings) -> str:
        """Return the URI of the run's folder."""
        return join(settings.runs_uri, self.run_id)


def newest(settings: Settings) -> Arrival | None:
    """Return the state of the newest table, or None if there is none; the example data never arrives."""
    now = time.time()
    for run_date in candidates(settings, datetime.fromtimestamp(now, UTC)):
        uri = settings.model_copy(update={"run_date": run_date}).source_uri
        info = look(uri) if uri else None
        if info and complete(info, now):
            return Arrival(uri, run_date, fingerprint(uri, info))
    return None


def candidates(settings: Settings, now: datetime) -> list[str]:
    """Return the dates whose tables are searched for, newest first."""
    if settings.run_date or "{run_date}" not in settings.data_uri:
        return [settings.run_date]
    return [f"{now - timedelta(days=days):%Y-%m-%d}" for days in range(DAYS)]


def look(uri: str) -> Info | None:
    """Return what the file system knows of a file, or None if there is no such file."""
    file_system, path = fsspec.core.url_to_fs(uri)
    file_system.invalidate_cache()
    try:
        info: Info = file_system.info(path)
    except FileNotFoundError:
        return None
    return {"key": file_system.ukey(path), **info} if info.get("type") == "file" else None


def complete(info: Info, now: float) -> bool:
    """Return whether a file is completely written, as far as one can tell."""
    return bool(info.get("size")) and now - float(info.get("mtime", 0)) >= SETTLED


def fingerprint(uri: str, info: Info) -> str:
    """Return a short hash that changes with the file's content."""
    mark = next((info[name] for name in MARKS if info.get(name)), info.get("key"))
    return sha256(f"{uri}\n{info['size']}\n{mark}".encode())[:16]
