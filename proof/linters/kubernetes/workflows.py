"""What workflows of Argo refer to: neither their schema nor their SDK notices a name that does not exist."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .documents import Document

GROUP = "argoproj.io"
TAG = re.compile(r"\{\{(=?)(.*?)\}\}", re.DOTALL)
PATH = re.compile(r"[A-Za-z_][\w-]*(?:\.[\w-]+|\['[^']+'\])+")
"""A variable in a tag, such as tasks.gate.outputs.parameters.passed or workflow.parameters['run-id']."""
LITERAL = re.compile(r"(\['[^']*'\])|'[^']*'|\"[^\"]*\"")
"""A text in an expression; in brackets it is the name of a field."""
NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z]+)?")
"""A task in `depends`, and maybe the status it has to have."""
ROOTS = frozenset(
    {"workflow", "inputs", "outputs", "tasks", "steps", "item", "node", "pod", "retries", "lastRetry", "sprig"}
)
"""What the first part of a variable can be."""
CALLERS = ("tasks", "steps")

Node = Mapping[str, Any]


def check(documents: Iterable[Document]) -> list[str]:
    """Return the dangling references in the workflows among some documents."""
    found = []
    for document in documents:
        if document.group == GROUP and "Workflow" in document.kind:
            found += [f"{document.where}: {problem}" for problem in _of_resource(document.content)]
    return found


def _of_resource(content: Node) -> Iterator[str]:
    spec = content.get("spec")
    if isinstance(spec, dict):
        spec = spec.get("workflowSpec", spec)
    if isinstance(spec, dict) and "workflowTemplateRef" not in spec:
        yield from _of_spec(spec)


def _of_spec(spec: Node) -> Iterator[str]:
    templates = {str(item.get("name")): item for item in spec.get("templates", ())}
    for field in ("entrypoint", "onExit"):
        if field in spec and spec[field] not in templates:
            yield f"{field}: there is no template {spec[field]!r}"
    declared = _parameters(spec.get("arguments", {}))
    for name, template in templates.items():
        yield from (f"template {name!r}: {problem}" for problem in _of_template(template, templates, declared))


def _of_template(template: Node, templates: Mapping[str, Node], declared: set[str]) -> Iterator[str]:
    nodes = {str(node.get("name")): node for node in _nodes(template)}
    inputs, outputs = _parameters(template.get("inputs", {})), _parameters(template.get("outputs", {}))
    before = {name: _before(name, nodes) for name in nodes} if "dag" in template else {}
    for name, node in nodes.items():
        yield from (f"{name!r}: {problem}" for problem in _of_node(node, nodes, templates))
        if name in before.get(name, ()):
            yield f"{name!r} waits for itself"
        for path in _paths(node):
            root, *rest = _parts(path)
            if root in CALLERS and rest[0] != "name":
                yield from _of_output(name, path, rest, nodes, templates, before)
    known = {("workflow", "parameters"): declared, ("inputs", "parameters"): inputs, ("outputs", "parameters"): outputs}
    for path in _paths(template):
        root, *rest = _parts(path)
        if root not in ROOTS:
            yield f"{path}: nothing is called {root!r}"
        elif len(rest) > 1 and (root, rest[0]) in known and rest[1] not in {*known[root, rest[0]], "json"}:
            yield f"{path}: there is no parameter {rest[1]!r}"
        elif root in CALLERS and not nodes:
            yield f"{path}: the template has no {root}"


def _of_node(node: Node, nodes: Mapping[str, Node], templates: Mapping[str, Node]) -> Iterator[str]:
    """Yield what is wrong with a task or step itself."""
    waited = [*node.get("dependencies", ()), *(_task(name) for name in NAME.findall(str(node.get("depends", ""))))]
    for other in waited:
        if other not in nodes:
            yield f"waits for {other!r}, which does not exist"
    if "template" not in node or "templateRef" in node:
        return
    if node["template"] not in templates:
        yield f"there is no template {node['template']!r}"
        return
    wanted = templates[node["template"]].get("inputs", {})
    given = _parameters(node.get("arguments", {}))
    optional = {
        str(item["name"]) for item in wanted.get("parameters", ()) if {"value", "valueFrom", "default"} & set(item)
    }
    for name in sorted(given - _parameters(wanted)):
        yield f"template {node['template']!r} has no parameter {name!r}"
    for name in sorted(_parameters(wanted) - optional - given):
        yield f"template {node['template']!r} needs the parameter {name!r}"


def _of_output(
    name: str,
    path: str,
    rest: list[str],
    nodes: Mapping[str, Node],
    templates: Mapping[str, Node],
    before: Mapping[str, set[str]],
) -> Iterator[str]:
    """Yield what is wrong with what a task or step, or its `when`, takes of another."""
    if rest[0] not in nodes:
        yield f"{name!r}: {path}: there is no {rest[0]!r}"
        return
    if name in before and rest[0] not in before[name]:
        yield f"{name!r}: {path}: {rest[0]!r} may not have finished"
    template = templates.get(str(nodes[rest[0]].get("template")), {})
    wanted = rest[3:] if rest[1:3] == ["outputs", "parameters"] and "templateRef" not in nodes[rest[0]] else []
    if wanted and wanted[0] not in _parameters(template.get("outputs", {})):
        yield f"{name!r}: {path}: {rest[0]!r} has no output {wanted[0]!r}"


def _nodes(template: Node) -> Iterator[Node]:
    yield from template.get("dag", {}).get("tasks", ())
    for group in template.get("steps", ()):
        yield from group if isinstance(group, list) else [group]


def _before(name: str, nodes: Mapping[str, Node]) -> set[str]:
    """Return the tasks that have finished when a task starts."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        node = nodes.get(waiting.pop(), {})
        others = {*node.get("dependencies", ()), *map(_task, NAME.findall(str(node.get("depends", ""))))} - found
        found |= others
        waiting += others
    return found


def _task(name: str) -> str:
    return name.partition(".")[0]


def _parameters(group: Node) -> set[str]:
    return {str(item["name"]) for item in group.get("parameters", ())}


def _paths(value: object) -> Iterator[str]:
    """Yield the variables in all texts of a part of a workflow."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _paths(item)
    elif isinstance(value, list):
        for item in value:
            yield from _paths(item)
    elif isinstance(value, str):
        for expression, text in TAG.findall(value):
            # An expression has texts of its own.
            plain = LITERAL.sub(r"\1", text) if expression else text.strip()
            yield from PATH.findall(plain) if expression else [plain]


def _parts(path: str) -> list[str]:
    return re.sub(r"\['([^']+)'\]", r".\1", path).split(".")
