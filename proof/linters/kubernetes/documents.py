"""Manifests as documents: what a file holds, and where its schema is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CUSTOM = frozenset({"gateway.networking.k8s.io"})
"""Groups that sound like core and are custom resources."""


class Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it, which knows no dates."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Document:
    """One resource.

    Attributes:
        where: file and place in it, for messages.
        content: the resource, with a text as apiVersion and kind.
    """

    where: str
    content: dict[str, Any]

    @property
    def api_version(self) -> str:
        """Group and version, such as apps/v1."""
        return str(self.content["apiVersion"])

    @property
    def kind(self) -> str:
        """Such as Deployment."""
        return str(self.content["kind"])

    @property
    def group(self) -> str:
        """Part of the version in front of the slash, empty for the oldest resources."""
        return self.api_version.rpartition("/")[0]

    @property
    def core(self) -> bool:
        """Whether Kubernetes itself ought to know it."""
        return self.group not in CUSTOM and ("." not in self.group or self.group.endswith(".k8s.io"))


@dataclass(frozen=True)
class Manifests:
    """What some files hold: resources, and complaints about anything else."""

    documents: Sequence[Document]
    complaints: Sequence[str]


def read(paths: Iterable[Path]) -> Manifests:
    """Return the documents of files."""
    return gather((str(path), path.read_text(encoding="utf-8")) for path in paths)


def gather(texts: Iterable[tuple[str, str]]) -> Manifests:
    """Return the documents of texts, each with a name for messages."""
    documents: list[Document] = []
    complaints: list[str] = []
    for name, text in texts:
        try:
            for place, content in _contents(text):
                if _is_resource(content):
                    documents.append(Document(f"{name}, {place} ({_title(content)})", content))
                else:
                    complaints.append(f"{name}, {place}: no resource, apiVersion and kind are missing or no text")
        except yaml.YAMLError as error:
            complaints.append(f"{name}: {error}")
    return Manifests(documents, complaints)


def _contents(text: str) -> Iterator[tuple[str, Any]]:
    for number, content in enumerate(yaml.load_all(text, Loader), start=1):
        if content is not None:
            yield f"document {number}", content


def _is_resource(content: object) -> bool:
    return isinstance(content, dict) and all(isinstance(content.get(key), str) for key in ("apiVersion", "kind"))


def _title(content: dict[str, Any]) -> str:
    metadata = content.get("metadata")
    name = (metadata.get("name") or metadata.get("generateName")) if isinstance(metadata, dict) else None
    return f"{content['kind']} {name}" if name else str(content["kind"])
