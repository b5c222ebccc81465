"""The linter of compiled pipelines refuses what Kubeflow would find only when the pipeline runs."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from proof.linters.kfp import LINTERS

(LINTER,) = LINTERS
GOOD = """\
components:
  comp-handler:
    dag:
      tasks:
        start:
          componentRef: {name: comp-start}
          inputs: {parameters: {asked: {componentInputParameter: asked}}}
        passed:
          componentRef: {name: comp-passed}
          dependentTasks: [start]
          inputs:
            parameters:
              pipelinechannel--start-Output:
                taskOutputParameter: {producerTask: start, outputParameterKey: Output}
          triggerPolicy: {condition: "inputs.parameter_values['pipelinechannel--start-Output'] == true"}
    inputDefinitions: {parameters: {asked: {parameterType: STRING}}}
  comp-passed:
    dag: {tasks: {deploy: {componentRef: {name: comp-deploy}}}}
    inputDefinitions: {parameters: {pipelinechannel--start-Output: {parameterType: BOOLEAN}}}
  comp-start:
    executorLabel: exec-start
    inputDefinitions: {parameters: {asked: {parameterType: STRING}}}
    outputDefinitions: {parameters: {Output: {parameterType: BOOLEAN}}}
  comp-deploy:
    executorLabel: exec-deploy
deploymentSpec:
  executors:
    exec-start: {container: {image: "model:1", command: [start]}}
    exec-deploy: {container: {image: "model:1", command: [deploy]}}
pipelineInfo: {name: training}
root:
  dag:
    tasks:
      handler:
        componentRef: {name: comp-handler}
        inputs: {parameters: {asked: {componentInputParameter: asked}}}
  inputDefinitions: {parameters: {asked: {parameterType: STRING}}}
schemaVersion: 2.1.0
---
platforms:
  kubernetes:
    deploymentSpec:
      executors:
        exec-deploy: {activeDeadlineSeconds: '600'}
"""

Pipeline = dict[str, Any]


def tasks(pipeline: Pipeline) -> dict[str, Any]:
    """The tasks of the component in the middle."""
    found: dict[str, Any] = pipeline["components"]["comp-handler"]["dag"]["tasks"]
    return found


def container(pipeline: Pipeline) -> dict[str, Any]:
    """One container."""
    found: dict[str, Any] = pipeline["deploymentSpec"]["executors"]["exec-start"]["container"]
    return found


def of_kubernetes(platform: Pipeline) -> dict[str, Any]:
    """The settings for Kubernetes."""
    found: dict[str, Any] = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    return found


BAD: dict[str, tuple[Callable[[Pipeline, Pipeline], object], str]] = {
    "unknown field": (lambda p, _: p.update(retries=3), 'no field named "retries"'),
    "unknown field of a task": (lambda p, _: tasks(p)["start"].update(after=["x"]), 'no field named "after"'),
    "unknown field of a container": (lambda p, _: container(p).update(cpu=2), 'no field named "cpu"'),
    "unknown field of a pod": (lambda _, k: of_kubernetes(k)["exec-deploy"].update(a=1), 'no field named "a"'),
    "no component": (lambda p, _: tasks(p)["start"]["componentRef"].update(name="comp-x"), "no component 'comp-x'"),
    "no executor": (lambda p, _: p["components"]["comp-deploy"].update(executorLabel="x"), "there is no executor x"),
    "waits for none": (lambda p, _: tasks(p)["start"].update(dependentTasks=["x"]), "waits for x"),
    "waits for itself": (lambda p, _: tasks(p)["start"].update(dependentTasks=["passed"]), "wait for each other"),
    "does not wait": (lambda p, _: tasks(p)["passed"].pop("dependentTasks"), "for which it does not wait"),
    "output of none": (
        lambda p, _: tasks(p)["passed"]["inputs"]["parameters"]["pipelinechannel--start-Output"].update(
            taskOutputParameter={"producerTask": "x", "outputParameterKey": "Output"}
        ),
        "comes from x",
    ),
    "unknown output": (lambda p, _: p["components"]["comp-start"].pop("outputDefinitions"), "none of this name"),
    "unknown input": (lambda p, _: p["root"].pop("inputDefinitions"), "is the input asked, which there is not"),
    "missing input": (lambda p, _: tasks(p)["start"].pop("inputs"), "needs asked"),
    "input of nothing": (lambda p, _: p["components"]["comp-start"].pop("inputDefinitions"), "has no input asked"),
    "condition on nothing": (
        lambda p, _: tasks(p)["passed"].update(triggerPolicy={"condition": "inputs.parameter_values['x'] == true"}),
        "its condition asks for x",
    ),
    "no image": (lambda p, _: container(p).pop("image"), "no image"),
    "no command": (lambda p, _: container(p).pop("command"), "no command"),
    "installs": (
        lambda p, _: container(p).update(command=["sh", "-c", "python3 -m pip install kfp"]),
        "installs packages",
    ),
    "unused component": (
        lambda p, _: p["components"].update({"comp-x": {"executorLabel": "exec-start"}}),
        "nothing runs the component comp-x",
    ),
    "unused executor": (
        lambda p, _: p["deploymentSpec"]["executors"].update({"exec-x": {"container": dict(container(p))}}),
        "nothing runs the executor exec-x",
    ),
    "pod of none": (lambda _, k: of_kubernetes(k).update({"exec-x": {}}), "exec-x, which is no executor"),
    "no name": (lambda p, _: p.pop("pipelineInfo"), "the pipeline's name is ''"),
}


NO_PIPELINE = {"empty": "", "no YAML": "a: [", "a list": "- a\n", "too many documents": GOOD + "---\na: 1\n"}


def spoiled(name: str) -> str:
    """The good pipeline with one mistake."""
    pipeline, platform = yaml.safe_load_all(GOOD)
    BAD[name][0](pipeline, platform)
    return str(yaml.safe_dump_all([pipeline, platform]))


@pytest.fixture(scope="module")
def findings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the linter says of each file; it sees all of them in one call, as in the proof."""
    folder = tmp_path_factory.mktemp("pipelines")
    texts = {"good": GOOD, "alone": GOOD.partition("---\n")[0]} | {name: spoiled(name) for name in BAD} | NO_PIPELINE
    files = {name: folder / f"{number}.yaml" for number, name in enumerate(texts)}
    for name, file in files.items():
        file.write_text(texts[name])
    said = LINTER.lint(list(files.values())).splitlines()
    return {name: [line for line in said if line.startswith(f"{file}: ")] for name, file in files.items()}


@pytest.mark.parametrize("name", ["good", "alone"])
def test_a_good_pipeline_passes(name: str, findings: dict[str, list[str]]) -> None:
    assert findings[name] == []


@pytest.mark.parametrize("name", BAD)
def test_a_planted_mistake_is_found(name: str, findings: dict[str, list[str]]) -> None:
    assert any(BAD[name][1] in line for line in findings[name])


@pytest.mark.parametrize("name", NO_PIPELINE)
def test_what_is_no_pipeline_is_refused(name: str, findings: dict[str, list[str]]) -> None:
    assert findings[name]
