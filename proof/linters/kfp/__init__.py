"""Linter of compiled pipelines of Kubeflow and Vertex AI."""

from collections.abc import Sequence
from pathlib import Path

from proof.linters.base import Linter, command
from proof.tools import digest, python_tools

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
CHECK = HERE / "check.py"
PIPELINES = ("deploy/kubeflow/pipeline.yaml", "deploy/vertex/pipeline.yaml")

DANGLING = """\
components:
  comp-train:
    executorLabel: exec-train
deploymentSpec:
  executors:
    exec-train:
      container:
        command: [train]
        image: model:1
pipelineInfo:
  name: training
root:
  dag:
    tasks:
      train:
        componentRef:
          name: comp-train
        dependentTasks: [prepare]
        taskInfo:
          name: train
schemaVersion: 2.1.0
sdkVersion: kfp-2.17.0
"""


def _lint(files: Sequence[Path]) -> str:
    return command(python_tools(REQUIREMENTS) / "python", CHECK, *files)


LINTERS = (
    Linter(
        "pipeline-spec",
        PIPELINES,
        _lint,
        {"deploy/kubeflow/pipeline.yaml": DANGLING},
        lambda: digest(REQUIREMENTS, CHECK, Path(__file__)),
    ),
)
