"""An interpreter for the part of Argo Workflows that the pipeline uses; it refuses everything else.

Fields: https://argo-workflows.readthedocs.io/en/stable/fields/
Variables: https://argo-workflows.readthedocs.io/en/stable/variables/
"""

import json
import logging
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

Json = dict[str, Any]
Launch = Callable[[Sequence[str], Mapping[str, str], float | None], int]
"""Runs a command with variables and a timeout, and returns its exit code."""

TAG = re.compile(r"\{\{(=?)(.*?)\}\}")
UNLESS_EMPTY = re.compile(r"([^ ]+) != '' \? \1 : ([^ ]+)")
COMPARISON = re.compile(r"(\S*) (==|!=) (\S*)")
RETRY = re.compile(r"asInt\(lastRetry\.exitCode\) not in \[([\d, ]*)\]")
VERBATIM = re.compile(r"replace\((.*), '\$', '\$\$'\)")
VARIABLE = re.compile(r"\$\$|\$\((\w+)\)")

SPEC = {"entrypoint", "onExit", "arguments", "templates"}
CLUSTER = {
    "synchronization",
    "activeDeadlineSeconds",
    "serviceAccountName",
    "automountServiceAccountToken",
    "podMetadata",
    "securityContext",
    "podSpecPatch",
    "podDisruptionBudget",
    "ttlStrategy",
    "volumes",
}
"""Fields about pods in a cluster, which have no meaning on a laptop."""
TEMPLATE = {"name", "dag", "container", "outputs", "retryStrategy", "activeDeadlineSeconds"}
PLACEMENT = {"nodeSelector", "tolerations"}
CONTAINER = {"image", "command", "args", "env", "envFrom", "resources", "securityContext", "volumeMounts"}
TASK = {"name", "template", "depends", "when"}
RETRIES = {"limit", "retryPolicy", "expression", "backoff"}

SUCCEEDED, FAILED, SKIPPED, OMITTED = "Succeeded", "Failed", "Skipped", "Omitted"
TIMED_OUT = 143
"""Exit code of a container that was asked to stop."""


class WorkflowError(Exception):
    """A workflow failed, or contains something that this interpreter does not support."""


class Execution:
    """One workflow of a template, with a process on this machine for each container."""

    def __init__(self, template: Json, environment: Mapping[str, str], launch: Launch, created: datetime) -> None:
        """Take a WorkflowTemplate.

        Args:
            template: the resource.
            environment: replaces the ConfigMaps and Secrets that containers read variables from.
            launch: runs a container's command.
            created: when the workflow was created.

        Raises:
            WorkflowError: it contains something that this interpreter does not support.
        """
        self._spec: Json = template["spec"]
        _refuse("the workflow", self._spec, SPEC | CLUSTER)
        self._templates: dict[str, Json] = {item["name"]: item for item in self._spec["templates"]}
        for name, item in self._templates.items():
            _refuse(f"template {name!r}", item, TEMPLATE | PLACEMENT)
            _refuse(f"container {name!r}", item.get("container", {}), CONTAINER)
            _refuse(f"retryStrategy of {name!r}", item.get("retryStrategy", {}), RETRIES)
            for task in item.get("dag", {}).get("tasks", ()):
                _refuse(f"task {task.get('name')!r}", task, TASK)
        self._environment = environment
        self._launch = launch
        self._known: dict[str, str] = {"workflow.name": template["metadata"]["name"]}
        self._known |= {f"workflow.creationTimestamp.{part}": f"{created:%{part}}" for part in "Ymd"}

    def run(self, parameters: Mapping[str, str]) -> None:
        """Run the entry point with parameters, then the exit handler.

        Raises:
            WorkflowError: the workflow failed.
        """
        declared = {item["name"]: item["value"] for item in self._spec["arguments"]["parameters"]}
        unknown = sorted(set(parameters) - set(declared))
        if unknown:
            raise WorkflowError(f"the workflow has no parameters {unknown}")
        self._known |= {f"workflow.parameters.{name}": value for name, value in {**declared, **parameters}.items()}
        failed = self._run_template(self._spec["entrypoint"])
        self._known["workflow.status"] = FAILED if failed else SUCCEEDED
        if "onExit" in self._spec:
            self._run_template(self._spec["onExit"])
        if failed:
            raise WorkflowError(failed)

    def _run_template(self, name: str) -> str:
        """Run a template, and return its error message, which is empty on success."""
        if name not in self._templates:
            raise WorkflowError(f"there is no template {name!r}")
        template = self._templates[name]
        return self._run_dag(template["dag"]) if "dag" in template else self._run_container(template)

    def _run_dag(self, dag: Json) -> str:
        _refuse("a dag", dag, {"tasks"})
        ended: dict[str, str] = {}
        failure = ""
        for task in _in_order(dag["tasks"]):
            name = task["name"]
            if any(ended[other] not in {SUCCEEDED, SKIPPED} for other in _depends(task)):
                ended[name] = OMITTED
            elif "when" in task and not _holds(self._filled(task["when"])):
                ended[name] = SKIPPED
            else:
                log.info("task starts", extra={"task": name})
                problem = self._run_template(task["template"])
                ended[name] = FAILED if problem else SUCCEEDED
                failure = failure or problem
            if ended[name] in {SKIPPED, OMITTED}:
                log.info("task does not run", extra={"task": name, "status": ended[name]})
        return failure

    def _run_container(self, template: Json) -> str:
        strategy = template.get("retryStrategy", {"limit": "0"})
        for attempt in range(int(strategy["limit"]) + 1):
            code = self._run_once(template)
            if not code:
                return ""
            if attempt < int(strategy["limit"]) and _may_pass(strategy, code):
                backoff = strategy.get("backoff", {"duration": "0", "factor": "1"})
                pause = float(backoff["duration"]) * float(backoff["factor"]) ** attempt
                log.warning("retried", extra={"template": template["name"], "code": code, "seconds": pause})
                time.sleep(pause)
                continue
            break
        return f"{template['name']} ended with exit code {code}"

    def _run_once(self, template: Json) -> int:
        """Run a container once, return its exit code, and keep what it writes for the workflow."""
        container = template["container"]
        outputs = template.get("outputs", {}).get("parameters", ())
        with tempfile.TemporaryDirectory() as folder:
            files = {item["name"]: Path(folder) / item["name"] for item in outputs}
            own = {f"outputs.parameters.{name}.path": str(file) for name, file in files.items()}
            given = {item["name"]: self._filled(item["value"]) for item in container.get("env", ())}
            # The folders of a container do not exist on a laptop.
            environment = {**self._environment, **given, "HOME": self._environment.get("HOME", folder)}
            words = [_expanded(self._filled(word, own), environment) for word in container["args"]]
            timeout = template.get("activeDeadlineSeconds")
            try:
                code = self._launch([*container["command"], *words], environment, timeout)
            except subprocess.TimeoutExpired:
                log.error("took too long", extra={"template": template["name"]})
                code = TIMED_OUT
            if not code:
                prefix = f"tasks.{template['name']}.outputs.parameters"
                self._known |= {f"{prefix}.{name}": file.read_text(encoding="utf-8") for name, file in files.items()}
        return 128 - code if code < 0 else code

    def _filled(self, text: str, own: Mapping[str, str] | None = None) -> str:
        """Replace the tags in a text by their values."""
        known = {**self._known, **(own or {})}

        def value(path: str) -> str:
            path = re.sub(r"\['([^']+)'\]", r".\1", path.strip())
            if path not in known:
                raise WorkflowError(f"there is no {path} in {text!r}")
            return known[path]

        def stands_for(tag: re.Match[str]) -> str:
            if not tag[1]:
                return value(tag[2])
            verbatim = VERBATIM.fullmatch(tag[2])
            if verbatim is None:
                raise WorkflowError(f"the expression {tag[2]!r} is not known to this interpreter")
            match = UNLESS_EMPTY.fullmatch(verbatim[1])
            found = value(match[1]) or value(match[2]) if match else value(verbatim[1])
            return found.replace("$", "$$")

        return TAG.sub(stands_for, text)


def _refuse(what: str, found: Mapping[str, object], known: set[str]) -> None:
    unknown = sorted(set(found) - known)
    if unknown:
        raise WorkflowError(f"{what} has {', '.join(unknown)}, which this interpreter does not know")


def _depends(task: Json) -> list[str]:
    """Return the tasks that a task waits for."""
    names = str(task["depends"]).split(" && ") if "depends" in task else []
    for name in names:
        if not re.fullmatch(r"[\w-]+", name):
            raise WorkflowError(f"`depends: {task['depends']}` is not known to this interpreter")
    return names


def _in_order(tasks: Sequence[Json]) -> Iterator[Json]:
    """Yield tasks, each after those that it waits for."""
    waiting = list(tasks)
    done: set[str] = set()
    while waiting:
        ready = next((task for task in waiting if done.issuperset(_depends(task))), None)
        if ready is None:
            raise WorkflowError(f"these tasks wait for what never comes: {[task['name'] for task in waiting]}")
        waiting.remove(ready)
        done.add(ready["name"])
        yield ready


def _holds(condition: str) -> bool:
    match = COMPARISON.fullmatch(condition)
    if match is None:
        raise WorkflowError(f"`when: {condition}` is not known to this interpreter")
    return (match[1] == match[3]) is (match[2] == "==")


def _may_pass(strategy: Json, code: int) -> bool:
    match = RETRY.fullmatch(strategy["expression"])
    if match is None or strategy["retryPolicy"] != "Always":
        raise WorkflowError(f"the retryStrategy {json.dumps(strategy)} is not known to this interpreter")
    return code not in json.loads(f"[{match[1]}]")


def _expanded(word: str, environment: Mapping[str, str]) -> str:
    """Expand variables in a word of a command as Kubernetes does: `$(NAME)` is a variable, `$$` one dollar."""
    return VARIABLE.sub(lambda name: environment.get(name[1], name[0]) if name[1] else "$", word)
