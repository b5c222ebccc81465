"""Adding an orchestrator is one overlay folder and one entry: it then appears everywhere."""

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mlops_new import reference
from mlops_new.catalog import load
from mlops_new.listing import describe
from mlops_new.overlays import folder, write
from mlops_new.questionnaire import Questionnaire
from mlops_new.wizard.flow import Flow
from proof.space import core_combinations

ENTRY = """    Example Engine:
      value: example
      when: added in a test
"""


@pytest.fixture
def extended(plain_template: Path, tmp_path: Path) -> Path:
    """The template with one more orchestrator."""
    root = tmp_path / "template-repository"
    shutil.copytree(plain_template, root)
    architecture = root / "questions" / "2_architecture.yml"
    text = architecture.read_text()
    architecture.write_text(text.replace("    Prefect:\n", ENTRY + "    Prefect:\n", 1))
    overlay = folder(root / "template", "orchestrator/orchestrator_example")
    shutil.copytree(folder(root / "template", "orchestrator/orchestrator_none"), overlay)
    write(root)
    (overlay / "engine.txt.jinja").write_text("The engine of {{ project_name }}\n")
    return root


def test_it_appears_in_wizard_questions_reference_and_test_matrix(extended: Path, tmp_path: Path) -> None:
    catalog = load(extended)
    questionnaire = Questionnaire(extended, tmp_path / "my-project")
    listed = next(item for item in describe(catalog)["questions"] if item["name"] == "orchestrator")
    assert {"value": "example", "status": "offered"}.items() <= {
        key: value for choice in listed["choices"] if choice["value"] == "example" for key, value in choice.items()
    }.items()
    assert "| `example` | Example Engine | added in a test |" in reference.questions_page(catalog)
    expected = math.prod(len(catalog.question(axis).offered) for axis in ("cloud", "tracker", "serving"))
    assert sum(answers["orchestrator"] == "example" for answers in core_combinations(questionnaire)) == expected
    flow = Flow(questionnaire)
    options = {option.choice.value: option.refusal for option in flow.options(catalog.question("orchestrator"))}
    assert options["example"] == ""


def test_it_renders(extended: Path, tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            "-m",
            "copier",
            "copy",
            "--quiet",
            "--defaults",
            "--data=orchestrator=example",
            extended,
            "my-project",
        ],
        cwd=tmp_path,
        env=os.environ,
        check=True,
    )
    assert (tmp_path / "my-project" / "engine.txt").read_text() == "The engine of my-project\n"
    assert (tmp_path / "my-project" / "uv.lock").is_file()
