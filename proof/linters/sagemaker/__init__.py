"""Linter of definitions of SageMaker pipelines.

AWS publishes a JSON schema of them, https://github.com/aws-sagemaker-mlops, which names no licence and refuses what the
current SDK writes (functions among the arguments of a container, a list of exception types). So the rules are stated
here, and the requests of processing jobs are held against the model of SageMaker's own API.
"""

from collections.abc import Sequence
from pathlib import Path

from proof.linters.base import Linter, command
from proof.tools import digest, python_tools

HERE = Path(__file__).parent
CHECK = HERE / "check.py"
REQUIREMENTS = HERE / "requirements.txt"
DANGLING = """\
{
  "Version": "2020-12-01",
  "Parameters": [],
  "Steps": [{
    "Name": "a",
    "Type": "Condition",
    "DependsOn": ["b"],
    "Arguments": {"Conditions": [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}], "IfSteps": [], "ElseSteps": []}
  }]
}
"""


def _lint(files: Sequence[Path]) -> str:
    return command(python_tools(REQUIREMENTS) / "python", CHECK, *files)


LINTERS = (
    Linter(
        "sagemaker-pipeline",
        ("*.sagemaker.json",),
        _lint,
        {"infra/pipeline.sagemaker.json": DANGLING},
        lambda: digest(REQUIREMENTS, CHECK, Path(__file__)),
    ),
)
