"""Run by the Python of requirements.txt: prints what is wrong with compiled pipelines, and fails if anything is.

The messages know the fields; what they cannot know is whether a name that one part uses is there in another.
"""

import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from google.protobuf import json_format
from kfp.kubernetes.kubernetes_executor_config_pb2 import KubernetesExecutorConfig
from kfp.pipeline_spec import pipeline_spec_pb2

Message = Any
"""A message of protobuf, or the JSON of one."""

ASKED = re.compile(r"inputs\.parameter_values\['([^']+)'\]")
CHANNEL = re.compile(r"\{\{\$\.inputs\.parameters\['([^']+)'\]\}\}")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
INSTALLING = re.compile(r"\bpip3?\s+install\b|ensurepip")


def problems(text: str) -> Iterator[str]:
    """Yield what is wrong with a file."""
    try:
        documents = list(yaml.safe_load_all(text))
        specification = json_format.ParseDict(documents[0], pipeline_spec_pb2.PipelineSpec())
        platform = json_format.ParseDict(documents[1] if len(documents) > 1 else {}, pipeline_spec_pb2.PlatformSpec())
    except (yaml.YAMLError, json_format.ParseError, AttributeError, IndexError) as error:
        yield " ".join(str(error).split())
        return
    if len(documents) > 2:
        yield f"{len(documents)} documents; a pipeline has one, and one for its platform"
    if not NAME.fullmatch(specification.pipeline_info.name):
        yield f"the pipeline's name is {specification.pipeline_info.name!r}"
    if not specification.schema_version:
        yield "no schemaVersion"
    executors = dict(specification.deployment_spec.fields["executors"].struct_value.fields)
    containers = json_format.MessageToDict(specification.deployment_spec).get("executors", {})
    yield from of_components(specification, set(executors))
    for label, executor in containers.items():
        yield from (f"{label}: {problem}" for problem in of_executor(executor))
    yield from of_platforms(platform, set(executors))


def of_components(specification: Message, executors: set[str]) -> Iterator[str]:
    """Yield dangling references between components, tasks and executors, and what nothing refers to."""
    components = dict(specification.components)
    used: set[str] = set()
    labels: set[str] = set()
    waiting = [("root", specification.root)]
    while waiting:
        name, component = waiting.pop()
        if component.WhichOneof("implementation") == "executor_label":
            labels.add(component.executor_label)
            if component.executor_label not in executors:
                yield f"{name}: there is no executor {component.executor_label}"
            continue
        if not component.dag.tasks:
            yield f"{name}: neither tasks nor an executor"
        yield from (f"{name}: {problem}" for problem in of_dag(component, components))
        for task in component.dag.tasks.values():
            reference = task.component_ref.name
            if reference in components and reference not in used:
                used.add(reference)
                waiting.append((reference, components[reference]))
    yield from (f"nothing runs the component {name}" for name in sorted(set(components) - used))
    yield from (f"nothing runs the executor {label}" for label in sorted(executors - labels))


def of_dag(dag: Message, components: Mapping[str, Message]) -> Iterator[str]:
    """Yield what is wrong with the tasks of one component."""
    tasks = dag.dag.tasks
    given = set(dag.input_definitions.parameters)
    for name, task in tasks.items():
        component = components.get(task.component_ref.name)
        if component is None:
            yield f"{name}: there is no component {task.component_ref.name!r}"
            continue
        for before in task.dependent_tasks:
            if before not in tasks:
                yield f"{name}: waits for {before}, which is no task here"
        yield from (f"{name}: {problem}" for problem in of_inputs(task, component, given, tasks, components))
        condition = task.trigger_policy.condition
        for asked in ASKED.findall(condition):
            if asked not in task.inputs.parameters:
                yield f"{name}: its condition asks for {asked}, which is no input of it"
    yield from in_circles({name: set(task.dependent_tasks) for name, task in tasks.items()})


def of_inputs(
    task: Message, component: Message, given: set[str], tasks: Mapping[str, Message], components: Mapping[str, Message]
) -> Iterator[str]:
    """Yield what is wrong with the inputs of one task; `given` are those of the component around it."""
    wanted = component.input_definitions.parameters
    for name, value in task.inputs.parameters.items():
        if name not in wanted and not name.startswith("pipelinechannel--"):
            yield f"{task.component_ref.name} has no input {name}"
        kind = value.WhichOneof("kind")
        if kind == "task_output_parameter":
            producer, key = value.task_output_parameter.producer_task, value.task_output_parameter.output_parameter_key
            if producer not in tasks:
                yield f"{name} comes from {producer}, which is no task here"
                continue
            if producer not in task.dependent_tasks:
                yield f"{name} comes from {producer}, for which it does not wait"
            source = components.get(tasks[producer].component_ref.name)
            if source is not None and key not in source.output_definitions.parameters:
                yield f"{name} is the output {key} of {producer}, which has none of this name"
        elif kind == "component_input_parameter":
            if value.component_input_parameter not in given:
                yield f"{name} is the input {value.component_input_parameter}, which there is not"
        elif kind == "task_final_status":
            if value.task_final_status.producer_task not in tasks:
                yield f"{name} is the status of {value.task_final_status.producer_task}, which is no task here"
        elif kind == "runtime_value":
            for channel in CHANNEL.findall(value.runtime_value.constant.string_value):
                if channel not in task.inputs.parameters:
                    yield f"{name} asks for {channel}, which is no input of it"
        else:
            yield f"{name} has no value"
    for name, parameter in wanted.items():
        if name not in task.inputs.parameters and not parameter.is_optional:
            yield f"needs {name}, which nothing gives it"


def in_circles(waits: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield tasks that wait for themselves."""
    left = {name: before & set(waits) for name, before in waits.items()}
    while ready := [name for name, before in left.items() if not before]:
        left = {name: before - set(ready) for name, before in left.items() if name not in ready}
    if left:
        yield f"{', '.join(sorted(left))} wait for each other"


def of_executor(executor: Mapping[str, Message]) -> Iterator[str]:
    """Yield what is wrong with a container."""
    try:
        parsed = json_format.ParseDict(executor, pipeline_spec_pb2.PipelineDeploymentConfig.ExecutorSpec())
    except json_format.ParseError as error:
        yield " ".join(str(error).split())
        return
    container = parsed.container
    if not container.image:
        yield "no image"
    if not container.command:
        yield "no command"
    if any(INSTALLING.search(part) for part in (*container.command, *container.args)):
        yield "installs packages when it starts; the image has them"


def of_platforms(platform: Message, executors: set[str]) -> Iterator[str]:
    """Yield what is wrong with the settings of the containers for Kubernetes."""
    for kind, given in json_format.MessageToDict(platform).get("platforms", {}).items():
        if kind != "kubernetes":
            yield f"there is no platform {kind}"
            continue
        for label, configuration in given.get("deploymentSpec", {}).get("executors", {}).items():
            if label not in executors:
                yield f"Kubernetes has settings for {label}, which is no executor"
            try:
                json_format.ParseDict(configuration, KubernetesExecutorConfig())
            except json_format.ParseError as error:
                yield f"{label}: {' '.join(str(error).split())}"


def main() -> int:
    """Check the files of the command line; returns 1 when one of them is wrong."""
    found = [f"{path}: {problem}" for path in sys.argv[1:] for problem in problems(Path(path).read_text("utf-8"))]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
