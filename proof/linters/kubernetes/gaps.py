"""Where the packages @kubernetes-models demand what a resource need not have: it is filled in before they judge."""

from collections.abc import Callable, Mapping

from .documents import Document

Fill = Callable[[object], object]

CLAIM = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}


def filled(document: Document) -> object:
    """Return the content of a document without nulls, which Kubernetes ignores, and with what is missing."""
    rules: Mapping[str, Fill] = {}
    if document.group == "argoproj.io" and "Workflow" in document.kind:
        rules = ARGO
    elif document.group == "serving.knative.dev":
        rules = KNATIVE
    return _filled(document.content, rules)


def _filled(value: object, rules: Mapping[str, Fill]) -> object:
    if isinstance(value, list):
        return [_filled(item, rules) for item in value]
    if not isinstance(value, dict):
        return value
    whole = {key: _filled(item, rules) for key, item in value.items() if item is not None}
    return whole | {key: fill(whole[key]) for key, fill in rules.items() if key in whole}


def _with(defaults: Mapping[str, object]) -> Fill:
    return lambda value: {**defaults, **value} if isinstance(value, dict) else value


def _each(fill: Fill) -> Fill:
    return lambda value: [fill(item) for item in value] if isinstance(value, list) else value


def _parallel(steps: object) -> object:
    """Wrap a list of parallel steps in the object that the types expect."""
    return {"steps": steps} if isinstance(steps, list) else steps


ARGO: Mapping[str, Fill] = {
    "container": _with({"name": "main"}),
    "script": _with({"name": "main"}),
    "steps": _each(_parallel),
    "volumeClaimTemplates": _each(_with(CLAIM)),
}
KNATIVE: Mapping[str, Fill] = {"containers": _each(_with({"name": "user-container"}))}
