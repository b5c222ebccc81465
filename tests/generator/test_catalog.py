"""Reading the catalogue, from a small one that is written here and from the real one."""

from pathlib import Path

import pytest

from mlops_new.catalog import Catalog, Choice, load

COPIER = """_subdirectory: template
---
!include questions/rules.yml
---
!include questions/2_second.yml
---
!include questions/hidden.yml
"""
RULES = """rules:
  type: yaml
  when: false
  default:
    - {id: one, when: {a: [x]}, needs: {b: [true]}, reason: because}
"""
SECOND = """a:
  type: str
  help: A?
  default: x
  choices:
    The X:
      value: x
      when: usually
    The Y:
      value: y
      when: never
      status: planned
      validator: not yet
b:
  type: bool
  help: B?
  when: "{{ a == 'x' }}"
  default: "{{ a == 'x' }}"
"""
HIDDEN = """c:
  type: str
  when: false
  default: "{{ a }}"
d:
  type: str
  when: false
  choices: [p, q]
  default: p
"""


@pytest.fixture
def small(tmp_path: Path) -> Catalog:
    """Two questions, a rule and a computed answer."""
    (tmp_path / "questions").mkdir()
    (tmp_path / "copier.yml").write_text(COPIER)
    for name, text in {"rules": RULES, "2_second": SECOND, "hidden": HIDDEN}.items():
        (tmp_path / "questions" / f"{name}.yml").write_text(text)
    return load(tmp_path)


def test_questions_come_in_order_with_their_stage(small: Catalog) -> None:
    assert [(question.name, question.stage) for question in small.questions] == [("a", "second"), ("b", "second")]
    assert small.stages == ("second",)
    assert small.question("b").when == "{{ a == 'x' }}"
    assert small.question("a").when is True


def test_choices_say_when_to_pick_them_or_why_not(small: Catalog) -> None:
    assert small.question("a").choices == (
        Choice("x", "The X", "usually", "offered", ""),
        Choice("y", "The Y", "never", "planned", "not yet"),
    )
    assert [choice.value for choice in small.question("a").offered] == ["x"]


def test_computed_answers_are_no_questions(small: Catalog) -> None:
    assert small.computed == {"rules": (), "c": (), "d": ("p", "q")}
    assert "c" not in small
    assert "a" in small
    with pytest.raises(KeyError):
        small.question("c")


def test_axes_are_questions_and_computed_answers_with_choices(small: Catalog) -> None:
    assert small.axes == {"a": ("x", "y"), "d": ("p", "q")}


def test_a_rule_couples_both_of_its_sides(small: Catalog) -> None:
    [rule] = small.rules
    assert (rule.id, rule.reason, rule.axes) == ("one", "because", frozenset("ab"))
    assert rule.when == {"a": ("x",)}
    assert rule.needs == {"b": (True,)}


def test_every_choice_says_in_one_line_when_to_pick_it(catalog: Catalog) -> None:
    for question in catalog.questions:
        labels = [choice.label for choice in question.choices]
        values = [choice.value for choice in question.choices]
        assert len(set(labels)) == len(labels)
        assert len(set(values)) == len(values)
        for choice in question.choices:
            assert choice.when
            assert "\n" not in choice.when
            assert len(choice.when) <= 70, f"{question.name}={choice.value}"


def test_names_and_rules_are_unique(catalog: Catalog) -> None:
    names = [question.name for question in catalog.questions]
    rules = [rule.id for rule in catalog.rules]
    assert len(set(names)) == len(names)
    assert len(set(rules)) == len(rules)


# What the product will have, spelt again apart from questions/: a choice that got lost would go unnoticed.
PRODUCT = {
    "license": "none mit apache proprietary",
    "python": "3.11 3.12 3.13 3.14",
    "cloud": "aws azure gcp onprem local",
    "orchestrator": "kubeflow argo airflow prefect dagster sagemaker azureml vertex stepfunctions ci none",
    "tracker": "mlflow wandb clearml comet dvc sagemaker azureml vertex neptune",
    "serving": "rest grpc batch streaming embedded",
    "platform": "kubernetes kserve seldon managed container serverless",
    "rollout": "rolling bluegreen canary shadow ab",
    "iac": "terraform pulumi cdk bicep none deployment_manager",
    "ci": "github gitlab azure cloudbuild none",
    "gitops": "none argocd flux",
    "framework": "sklearn xgboost pytorch",
    "compute": "local ray spark dask",
    "data_versioning": "none dvc lakefs delta iceberg lfs",
    "validation": "pandera great_expectations",
    "feature_store": "none feast sagemaker databricks",
    "monitoring": "prometheus datadog newrelic elastic splunk cloud",
    "drift": "evidently builtin arize fiddler",
    "secrets": "cloud vault",
    "triggers": "schedule data drift sla manual",
    "compliance": "gdpr hipaa soc2",
}


@pytest.mark.parametrize("axis", PRODUCT)
def test_every_choice_of_the_product_is_declared(axis: str, catalog: Catalog) -> None:
    assert set(PRODUCT[axis].split()) <= {choice.value for choice in catalog.question(axis).choices}


@pytest.mark.parametrize("name", ["team", "retraining", "latency", "volume", "compliance", "monthly_budget"])
def test_the_requirements_are_asked_first(name: str, catalog: Catalog) -> None:
    assert catalog.question(name).stage == "requirements"
    assert catalog.stages[:3] == ("project", "requirements", "architecture")
