"""What the catalogue's expressions mean: the same as to copier itself."""

from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from pytest_copie.plugin import Copie

from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire

SITUATIONS: list[dict[str, Value]] = [
    {},
    {"team": "large", "retraining": "hourly", "latency": "realtime", "volume": "large"},
    {"team": "medium", "latency": "offline", "cloud": "aws"},
    {"team": "large", "retraining": "on_demand", "problem": "regression", "cloud": "aws", "aws_region": "us-east-1"},
    {"team": "medium", "orchestrator": "none", "approval": False, "monthly_budget": 7},
    {"orchestrator": "airflow", "triggers": ["schedule"], "tracker": "wandb", "serving": "batch"},
    {"author": 'Jane "J" {{ Doe }} <jane@example.com>', "license": "apache"},
    {"python": "3.14", "orchestrator": "dagster", "ci": "gitlab"},
]


@pytest.mark.parametrize("given", SITUATIONS, ids=lambda given: " ".join(map(str, given.values())) or "nothing")
def test_copier_recommends_the_same_answers(
    given: dict[str, Value], copie: Copie, plain_template: Path, questionnaire: Questionnaire
) -> None:
    result = copie.copy({"project_name": "my-project", **given}, template_dir=plain_template)
    assert result.exception is None
    assert result.project_dir is not None
    recorded = yaml.safe_load((result.project_dir / ".copier-answers.yml").read_text())
    expected = check(questionnaire, {"project_name": "my-project", **given})
    assert {name: value for name, value in recorded.items() if not name.startswith("_")} == expected


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"tracker": "clearml"}, id="planned"),
        pytest.param({"tracker": "neptune"}, id="retired"),
        pytest.param({"cloud": "mars"}, id="unknown"),
        pytest.param({"iac": "terraform"}, id="rule"),
        pytest.param({"triggers": []}, id="empty list"),
        pytest.param({"triggers": ["schedule"], "orchestrator": "none"}, id="rule of a list"),
        pytest.param({"project_name": "Not A Name"}, id="name"),
        pytest.param({"project_name": "a\n"}, id="name with a newline"),
        pytest.param({"description": " "}, id="description"),
        pytest.param({"author": "Jane <jane>"}, id="author"),
        pytest.param({"license": "gpl"}, id="licence"),
        pytest.param({"python": "3.10"}, id="Python"),
        pytest.param({"monthly_budget": -1}, id="number"),
        pytest.param({"cloud": "aws", "aws_region": "mars"}, id="region"),
    ],
)
def test_copier_refuses_the_same_answers(
    given: dict[str, Value], copie: Copie, plain_template: Path, questionnaire: Questionnaire
) -> None:
    answers = questionnaire.complete({"project_name": "my-project", **given})
    refused = [
        questionnaire.refusal(questionnaire.catalog.question(name), value, answers) for name, value in answers.items()
    ]
    assert any(refused)
    result = copie.copy({"project_name": "my-project", **given}, template_dir=plain_template)
    assert result.exception is not None
    assert result.project_dir is None


def test_later_questions_do_not_decide_about_earlier_ones(questionnaire: Questionnaire) -> None:
    catalog = questionnaire.catalog
    assert questionnaire.refusal(catalog.question("iac"), "terraform", {}) is None
    refused = questionnaire.refusal(catalog.question("iac"), "terraform", {"cloud": "local"})
    assert refused is not None
    assert "rule iac-needs-infrastructure" in refused


def test_a_question_that_does_not_apply_is_left_out(questionnaire: Questionnaire) -> None:
    assert "aws_region" not in questionnaire.complete({"cloud": "local"})
    assert questionnaire.complete({"cloud": "aws"})["aws_region"] == "eu-central-1"


def test_answers_come_in_the_order_of_the_questions(questionnaire: Questionnaire) -> None:
    answers = questionnaire.complete({"serving": "batch", "cloud": "aws", "team": "large"})
    names = [question.name for question in questionnaire.catalog.questions]
    assert list(answers) == [name for name in names if name in answers]


def test_asking_changes_nothing(questionnaire: Questionnaire) -> None:
    given: dict[str, Value] = {"cloud": "aws", "triggers": ["manual"]}
    questionnaire.complete(given)
    questionnaire.refusal(questionnaire.catalog.question("triggers"), ["manual"], given)
    assert given == {"cloud": "aws", "triggers": ["manual"]}


def test_the_name_comes_from_the_folder(tmp_path: Path) -> None:
    assert Questionnaire(ROOT, tmp_path / "from-folder").complete({})["project_name"] == "from-folder"


def test_an_answer_is_data_and_never_a_template(questionnaire: Questionnaire) -> None:
    question = questionnaire.catalog.question("description")
    hostile = "{{ 7*7 }}{% for x in range(10**9) %}{% endfor %}"
    assert questionnaire.refusal(question, hostile, {}) is None
    assert questionnaire.complete({"description": hostile})["description"] == hostile
