"""Custom resources, by the packages @kubernetes-models, in two ways that complement each other.

The compiler of TypeScript refuses unknown fields, which the packages' own validators let pass. These refuse what types
know nothing of: numbers that are no integers or out of range, texts that do not match a pattern.
"""

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from proof.tools import ToolError, node_tools

from . import gaps, kserve, typescript
from .documents import Document

HERE = Path(__file__).parent
UNCHECKED: Mapping[str, str] = {}
"""Resources without a type, such as "example.org/v1 Thing" → why they are used all the same."""


@dataclass(frozen=True)
class Resource:
    """A document, the module that declares its type, and its content as far as the type should judge it."""

    document: Document
    module: str
    content: object


def check(documents: Iterable[Document]) -> list[str]:
    """Return what is wrong with the custom resources among some documents, except those of KServe."""
    packages = node_tools(HERE / "package-lock.json") / "node_modules"
    unknown: list[str] = []
    resources: list[Resource] = []
    for document in documents:
        if document.core or document.group == kserve.GROUP:
            continue
        name = f"{document.api_version} {document.kind}"
        module = _module(packages, document)
        if module is not None:
            resources.append(Resource(document, module, gaps.filled(document)))
        elif name not in UNCHECKED:
            unknown.append(f"{document.where}: no schema for {name}")
    if not resources:
        return unknown
    types = [(resource.module, f"I{resource.document.kind}", resource.content) for resource in resources]
    problems = typescript.problems(types, packages)
    untyped = {number for number, _ in problems}
    problems += [(number, text) for number, text in _values(resources, packages) if number not in untyped]
    return unknown + [f"{resources[number].document.where}: {text}" for number, text in sorted(problems)]


def _module(packages: Path, document: Document) -> str | None:
    for package in sorted((packages / "@kubernetes-models").iterdir()):
        module = f"@kubernetes-models/{package.name}/{document.api_version}/{document.kind}"
        if (packages / f"{module}.d.ts").is_file():
            return module
    return None


def _values(resources: Iterable[Resource], packages: Path) -> list[typescript.Problem]:
    """Return what the packages' validators find."""
    given = [(str(packages / f"{item.module}.js"), item.document.kind, item.content) for item in resources]
    done = subprocess.run(["node", HERE / "validate.mjs"], input=json.dumps(given), capture_output=True, text=True)
    if done.returncode:
        raise ToolError(f"validate.mjs failed:\n{done.stderr}")
    return [(number, text) for number, text in json.loads(done.stdout)]
