"""Projects rendered by copier itself: every file parses, and it is exactly what mlops-new writes.

`make test` takes core combinations that hold every choice, `make test-full` all of them.
"""

import ast
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from pytest_copie.plugin import Copie
from trees import portable, tree

from mlops_new.catalog import Value
from mlops_new.loader import SafeLoader
from mlops_new.questionnaire import Questionnaire
from proof.cover import cover
from proof.space import CORE_AXES, Space, core_combinations, offered

pytestmark = pytest.mark.cached("proof/cover.py", "proof/space.py")

PARSERS: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".lock": tomllib.loads,
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": lambda text: list(yaml.load_all(text, Loader=SafeLoader)),
    ".yml": lambda text: yaml.load(text, Loader=SafeLoader),  # noqa: S506 - it is a safe one
}

OTHERS: dict[str, dict[str, Value]] = {
    "approval": {"approval": True, "team": "large"},
    "by hand": {"orchestrator": "prefect", "triggers": ["manual"]},
    "hourly": {"orchestrator": "airflow", "retraining": "hourly", "triggers": ["schedule", "manual"]},
    "on demand": {"orchestrator": "airflow", "retraining": "on_demand"},
    "regression": {"problem": "regression", "latency": "offline", "monthly_budget": 0},
    "not ASCII": {"description": "Sagt für 日本語 “{{ c }}” ${x} \\ 'a' voraus: #1 🚀"},
    "elsewhere": {"cloud": "aws", "aws_region": "us-east-1", "iac": "none", "monthly_budget": 999999},
    "several machines": {"cloud": "aws", "orchestrator": "sagemaker", "framework": "pytorch"},
    "open source": {"license": "mit", "author": "Jane Doe <jane@example.com>", "ci": "gitlab"},
    "not ASCII author": {"license": "apache", "author": "José “{{ c }}” ${x} \\ 'a' <jose@example.com>"},
    "all rights reserved": {"license": "proprietary", "ci": "none"},
    "newest Python": {"python": "3.14", "orchestrator": "airflow", "ci": "gitlab"},
    "little": {"monitoring": "none", "ci": "none", "tracker": "wandb"},
}
"""Answers to the other questions, by what is special about them."""


def cases() -> list[object]:
    """Core combinations, those marked as full without which every choice still occurs, and the other answers."""
    questionnaire = Questionnaire(ROOT, ROOT)
    whole = offered(questionnaire)
    sample = cover(Space({axis: whole.domains[axis] for axis in CORE_AXES}, whole.rules), 1)
    return [
        *(
            pytest.param(
                answers, id="-".join(map(str, answers.values())), marks=() if answers in sample else pytest.mark.full
            )
            for answers in core_combinations(questionnaire)
        ),
        *(pytest.param(answers, id=name) for name, answers in OTHERS.items()),
    ]


@pytest.mark.parametrize("answers", cases())
def test_a_combination_parses_and_is_what_mlops_new_writes(
    copie: Copie, plain_template: Path, project: Callable[..., Path], answers: dict[str, Value]
) -> None:
    result = copie.copy(extra_answers={"project_name": "my-project", **answers}, template_dir=plain_template)
    assert result.exception is None
    assert result.project_dir is not None
    parsed = set()
    for file in result.project_dir.rglob("*"):
        if file.suffix in PARSERS:
            PARSERS[file.suffix](file.read_text(encoding="utf-8"))
            parsed.add(file.suffix)
    assert parsed >= {".lock", ".py", ".toml", ".yml"}
    ours = project("my-project", **answers)
    assert portable(tree(result.project_dir)) == portable(tree(ours))


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param({"cloud": "local", "iac": "terraform"}, "iac-needs-infrastructure", id="rule"),
        pytest.param({"tracker": "clearml"}, "planned for a later release", id="planned"),
        pytest.param({"tracker": "neptune"}, "2026-03-05", id="retired"),
        pytest.param({"project_name": "class"}, "reserved word", id="text"),
    ],
)
def test_what_does_not_go_together_is_refused(
    copie: Copie, plain_template: Path, answers: dict[str, Value], reason: str
) -> None:
    result = copie.copy(extra_answers=answers, template_dir=plain_template)
    assert result.exit_code == -1
    assert reason in str(result.exception)
