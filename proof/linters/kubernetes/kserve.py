"""Resources of KServe, by the models of its SDK, which are read and not run: importing it needs a whole web server."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .archives import archives
from .documents import Document

GROUP = "serving.kserve.io"
PLAIN: dict[str, type | tuple[type, ...]] = {
    "bool": bool,
    "datetime": str,
    "float": (int, float),
    "int": int,
    "object": object,
    "str": str,
    "ResourceQuantity": (str, int, float),
    "V1beta1MetricQuantity": (str, int, float),
}
BORROWED = re.compile(r"^K8sIoApi[A-Z][a-z]+(?=V\d)")
"""What the names of some of Kubernetes' own types begin with in the SDK."""
QUANTITIES = ("limits", "requests")
"""Fields whose values may be numbers, though the models call them text."""


@dataclass(frozen=True)
class Model:
    """A class of the SDK: field → type, and the fields that must be there."""

    fields: dict[str, str]
    required: tuple[str, ...]


def check(documents: Iterable[Document]) -> list[str]:
    """Return what is wrong with the resources of KServe among some documents."""
    return [
        f"{document.where}: {problem}"
        for document in documents
        if document.group == GROUP
        for problem in _problems(document)
    ]


def _problems(document: Document) -> Iterator[str]:
    version = document.api_version.rpartition("/")[2]
    model = _model(f"{version.capitalize()}{document.kind}")
    if model is None:
        yield f"no schema for {document.api_version} {document.kind}"
    else:
        yield from _fields(document.content, model, "")


def _fields(value: dict[str, object], model: Model, path: str) -> Iterator[str]:
    for key in model.required:
        if value.get(key) is None:
            yield f"{path}{key}: missing"
    for key, part in value.items():
        if key in model.fields:
            yield from _value(part, model.fields[key], f"{path}{key}")
        else:
            yield f"{path}{key}: unknown field"


def _value(value: object, wanted: str, path: str) -> Iterator[str]:
    listed = re.fullmatch(r"list\[(.*)\]", wanted)
    mapped = re.fullmatch(r"dict[\[(]str, (.*)[\])]", wanted)
    model = None if listed or mapped or wanted in PLAIN else _model(wanted)
    if value is None:  # to Kubernetes, null is the same as nothing
        return
    if listed and isinstance(value, list):
        for number, part in enumerate(value):
            yield from _value(part, listed[1], f"{path}[{number}]")
    elif mapped and isinstance(value, dict):
        for key, part in value.items():
            yield from _value(part, "ResourceQuantity" if path.endswith(QUANTITIES) else mapped[1], f"{path}.{key}")
    elif model and isinstance(value, dict):
        yield from _fields(value, model, f"{path}.")
    elif not (listed or mapped or model or wanted in PLAIN):
        yield f"{path}: no schema for {wanted}"
    elif not (wanted in PLAIN and _is_plain(value, wanted)):
        yield f"{path}: {value!r} is no {wanted}"


def _is_plain(value: object, wanted: str) -> bool:
    # To Python a bool is a number.
    return isinstance(value, PLAIN[wanted]) and (wanted in {"bool", "object"} or not isinstance(value, bool))


@functools.cache
def _model(name: str) -> Model | None:
    path = _modules().get(BORROWED.sub("", name).lower())
    if path is None:
        return None
    source = path.read_text(encoding="utf-8")
    tables = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in ast.walk(ast.parse(source))
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and statement.targets[0].id in {"openapi_types", "attribute_map"}
    }
    keys = tables["attribute_map"]
    required = re.findall(r"Invalid value for `(\w+)`, must not be `None`", source)
    return Model(
        {keys[attribute]: wanted for attribute, wanted in tables["openapi_types"].items()},
        tuple(keys[attribute] for attribute in required),
    )


@functools.cache
def _modules() -> dict[str, Path]:
    """Return the name of a class, in lower case → its module; each has its own."""
    folders = ("kubernetes/client/models", "kserve/models")
    return {path.stem.replace("_", ""): path for folder in folders for path in (archives() / folder).glob("[!_]*.py")}
