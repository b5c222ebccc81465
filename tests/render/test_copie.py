"""Every core combination rendered by unpatched copier: every file parses, and it is what mlops-new writes."""

import ast
import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from pytest_copie.plugin import Copie

from mlops_new.catalog import Value, load
from mlops_new.space import core_combinations

PARSERS: dict[str, Callable[[str], object]] = {
    ".json": json.loads,
    ".lock": tomllib.loads,
    ".py": ast.parse,
    ".toml": tomllib.loads,
    ".yaml": yaml.safe_load,
    ".yml": yaml.safe_load,
}


@pytest.mark.parametrize("answers", core_combinations(load(ROOT)), ids=lambda answers: "-".join(answers.values()))
def test_a_core_combination_renders_and_parses(
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
    # The answers file names where the template came from, here a folder and there the repository.
    subprocess.run(["diff", "--recursive", "--exclude=.copier-answers.yml", result.project_dir, ours], check=True)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        pytest.param({"cloud": "local", "iac": "terraform"}, "iac-needs-infrastructure", id="rule"),
        pytest.param({"orchestrator": "dagster"}, "planned for a later release", id="planned"),
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
