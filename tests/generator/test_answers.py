"""Answers from files and options: what is read, what is refused, and how."""

import io
import json
from pathlib import Path

import pytest

from mlops_new.answers import check, from_settings, read
from mlops_new.catalog import Value
from mlops_new.errors import AnswersError, InputError
from mlops_new.questionnaire import Questionnaire
from mlops_new.remedies import in_place_of_defaults
from mlops_new.rules import broken


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.yml", "cloud: aws\nmonthly_budget: 5\napproval: true\n", id="yaml"),
        pytest.param("a.toml", 'cloud = "aws"\nmonthly_budget = 5\napproval = true\n', id="toml"),
        pytest.param("a.json", '{"cloud": "aws", "monthly_budget": 5, "approval": true}', id="json"),
        pytest.param(
            ".copier-answers.yml",
            "_commit: v1\n_src_path: x\ncloud: aws\nmonthly_budget: 5\napproval: true\n",
            id="copier",
        ),
    ],
)
def test_files_of_every_kind_give_the_same_answers(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert read(str(file), io.StringIO()) == {"cloud": "aws", "monthly_budget": 5, "approval": True}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("cloud: aws\n", id="yaml"),
        pytest.param("{cloud: aws}\n", id="yaml in one line"),
        pytest.param(json.dumps({"cloud": "aws"}), id="json"),
        pytest.param('{\n\t"cloud": "aws"\n}\n', id="json with tabs"),
        pytest.param('# a comment\ncloud = "aws"\n', id="toml"),
        pytest.param("_commit: v0.1.0\n_src_path: gh:a/b\ncloud: aws\n", id="a project's answers"),
    ],
)
def test_standard_input_is_yaml_toml_or_json(text: str) -> None:
    assert read("-", io.StringIO(text)) == {"cloud": "aws"}


def test_an_empty_table_has_no_answers() -> None:
    assert read("-", io.StringIO("{}")) == {}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "\ufeff"])
@pytest.mark.parametrize("name", ["-", "a.yml", "a.toml"])
def test_no_answers_are_refused(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(text)
    source = "-" if name == "-" else str((tmp_path / "a").rename(tmp_path / name))
    with pytest.raises(InputError, match="has no answers; --defaults takes the recommended ones"):
        read(source, io.StringIO(text))


@pytest.mark.parametrize("name", ["-", "a.yml", "a.toml", "a.json"])
def test_a_byte_order_mark_is_no_part_of_the_answers(name: str, tmp_path: Path) -> None:
    text = {".yml": "cloud: aws\n", ".toml": 'cloud = "aws"\n'}.get(Path(name).suffix, '{"cloud": "aws"}')
    if name != "-":
        (tmp_path / name).write_text(f"\ufeff{text}", encoding="utf-8")
    assert read(name if name == "-" else str(tmp_path / name), io.StringIO(f"\ufeff{text}")) == {"cloud": "aws"}


@pytest.mark.parametrize(
    ("number", "advice"), [("0200", "write 200 or 128"), ("1:30", "write 90"), ("-010", "write -8")]
)
def test_a_number_that_yaml_reads_as_another_one_is_refused(number: str, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        read("-", io.StringIO(f"monthly_budget: {number}\n"))


def test_a_long_list_of_unknown_names_is_shortened(questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError) as refused:
        check(questionnaire, {**{f"name{number}": 1 for number in range(5000)}, "x" * 5000: 1})
    assert "4981 more names that no question has" in str(refused.value)
    assert len(str(refused.value)) < 3000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("a.yml", "cloud: aws\ncloud: local\n", id="yaml"),
        pytest.param("a.json", '{"cloud": "aws", "cloud": "local"}', id="json"),
        pytest.param("a.toml", 'cloud = "aws"\ncloud = "local"\n', id="toml"),
    ],
)
def test_an_answer_that_stands_twice_is_refused(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InputError, match=name):
        read(str(file), io.StringIO())


def test_an_answer_of_a_billion_items_is_refused_at_once(questionnaire: Questionnaire) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]" for level in range(1, 9)]
    given = read("-", io.StringIO("\n".join([*lines, "project_name: *a8", "triggers: *a8"])))
    with pytest.raises(AnswersError) as refused:
        check(questionnaire, given)
    assert len(str(refused.value)) < 3000


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yml", "- a list\n"),
        ("a.yml", "a: [\n"),
        ("a.yml", "1: 2\n"),
        ("a.toml", "a = \n"),
        ("a.json", "{"),
        ("a.txt", "cloud: aws"),
        ("a.yml", "!!python/object/apply:os.system ['true']\n"),
    ],
)
def test_a_file_that_is_no_table_of_answers_is_refused(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InputError, match=name):
        read(str(file), io.StringIO())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read(str(tmp_path / "missing.yml"), io.StringIO())


def test_settings_are_typed_by_their_question(questionnaire: Questionnaire) -> None:
    given = from_settings(["approval=true", "monthly_budget=7", "description=yes", "triggers=[manual]"], questionnaire)
    assert given == {"approval": True, "monthly_budget": 7, "description": "yes", "triggers": ["manual"]}
    with pytest.raises(InputError, match="name=value"):
        from_settings(["approval"], questionnaire)
    with pytest.raises(InputError, match="more than once"):
        from_settings(["cloud=aws", "cloud=local"], questionnaire)


@pytest.mark.parametrize(("text", "expected"), [("0200", 200), ("-5", -5), ("0", 0), ("1e3", "1e3"), ("3.5", 3.5)])
def test_a_whole_number_is_read_as_people_write_it(text: str, expected: object, questionnaire: Questionnaire) -> None:
    assert from_settings([f"monthly_budget={text}"], questionnaire) == {"monthly_budget": expected}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param({"orchestratr": "none"}, "did you mean orchestrator?", id="misspelt"),
        pytest.param({"use": {}}, "computed", id="computed"),
        pytest.param(
            {"tracker": "clearml"}, "'clearml' is planned for a later release; choose mlflow or wandb", id="planned"
        ),
        pytest.param(
            {"tracker": "neptune"},
            "'neptune' is no longer offered: its hosted service shut down on 2026-03-05",
            id="retired",
        ),
        pytest.param(
            {"compliance": ["hipaa"]}, "'hipaa' is planned for a later release; leave it out", id="none offered"
        ),
        pytest.param({"compliance": ["soc2", "hipaa"]}, "'soc2' is planned for a later release; 'hipaa' is", id="two"),
        pytest.param(
            {"triggers": ["schedule", "sla"]},
            "triggers: 'sla' is planned for a later release; choose manual, schedule, data or drift",
            id="one of a list",
        ),
        pytest.param({"tracker": "mlfow"}, "did you mean mlflow? Otherwise choose wandb", id="near"),
        pytest.param({"approval": "maybe"}, "expected true or false", id="no boolean"),
        pytest.param({"approval": 1}, "expected true or false", id="number for boolean"),
        pytest.param({"monthly_budget": 3.5}, "expected a whole number", id="no integer"),
        pytest.param({"monthly_budget": True}, "expected a whole number", id="boolean for integer"),
        pytest.param({"monthly_budget": -1}, "between 0 and", id="negative"),
        pytest.param({"triggers": 3}, "expected a list", id="number for list"),
        pytest.param({"triggers": []}, "at least one trigger", id="no trigger"),
        pytest.param({"triggers": ["manual", "manual"]}, "named twice", id="the same choice twice"),
        pytest.param({"description": "half \ud83d a character"}, "invalid Unicode", id="half a character"),
        pytest.param({"description": "byte \udcff"}, "invalid Unicode", id="undecodable byte"),
        pytest.param({"author": "Jane <jane>"}, "a name, or a name and an email: Jane Doe <jane@", id="half an author"),
        pytest.param({"author": "Doe, Jane"}, "has no comma", id="comma"),
        pytest.param({"author": "x" * 201}, "author has at most 200 characters", id="201 characters"),
        pytest.param({"author": "Jane\nDoe"}, "one line without control characters", id="two lines"),
        pytest.param(
            {"license": "Apache-2.0"}, "did you mean apache? Otherwise choose none, mit or", id="licence as SPDX has it"
        ),
        pytest.param({"python": 3.12}, "expected text, got 3.12; write it in quotes", id="number for text"),
        pytest.param(
            {"python": "3.10"}, "is not one of the choices; choose 3.11, 3.12,", id="Python that is not offered"
        ),
        pytest.param({"project_name": "x" * 300}, "at most 40 characters", id="300 characters"),
        pytest.param({"cloud": None}, "expected text", id="nothing"),
        pytest.param(
            {"cloud": "local", "iac": "terraform"},
            "rule iac-needs-infrastructure); choose cloud=aws|azure|gcp|onprem or iac=none",
            id="rule",
        ),
        pytest.param(
            {"triggers": ["schedule"], "orchestrator": "none"}, "schedule-needs-scheduler", id="rule of several"
        ),
        pytest.param(
            {"cloud": "aws", "orchestrator": "vertex"},
            "choose cloud=gcp or orchestrator=none|prefect|airflow|dagster|kubeflow|argo|sagemaker|stepfunctions|ci",
            id="only what goes with the others",
        ),
        pytest.param({"aws_region": "eu-west-1"}, "does not apply", id="does not apply"),
        pytest.param({"cloud": "aws", "aws_region": "mars"}, "looks like eu-central-1", id="free text"),
    ],
)
def test_a_wrong_answer_is_refused_with_its_remedy(
    questionnaire: Questionnaire, given: dict[str, object], expected: str
) -> None:
    with pytest.raises(AnswersError) as refused:
        check(questionnaire, given)
    assert expected in str(refused.value)
    assert len(refused.value.problems) == 1


def test_all_problems_come_in_one_message(questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError) as refused:
        check(questionnaire, {"foo": 1, "cloud": "mars", "approval": "maybe", "triggers": ["drift"], "drift": "none"})
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("schedule", ["schedule"]),
        ("data, manual", ["manual", "data"]),
        ("[data,manual]", ["manual", "data"]),
        (["data"], ["data"]),
    ],
)
def test_a_list_may_be_given_as_text(given: str | list[str], expected: list[str], questionnaire: Questionnaire) -> None:
    setting = given if isinstance(given, str) else f"[{', '.join(given)}]"
    fixed = {"orchestrator": "airflow"}
    assert (
        check(questionnaire, {**fixed, **from_settings([f"triggers={setting}"], questionnaire)})["triggers"] == expected
    )
    if setting == given and "[" not in given:
        assert check(questionnaire, {**fixed, "triggers": given})["triggers"] == expected


@pytest.mark.parametrize(
    ("given", "taken", "said"),
    [
        ({"triggers": ["drift"]}, {"drift": "builtin"}, ["builtin in place of none: nothing measures drift otherwise"]),
        (
            {"orchestrator": "vertex"},
            {"cloud": "gcp", "iac": "terraform"},
            ["gcp in place of local: Vertex AI Pipelines runs only on Google Cloud"],
        ),
        ({"tuning": "ray"}, {"compute": "ray"}, ["ray in place of local: "]),
        ({"cloud": "gcp"}, {"iac": "terraform"}, []),
    ],
)
def test_a_default_that_other_answers_forbid_gives_way(
    given: dict[str, Value], taken: dict[str, Value], said: list[str], questionnaire: Questionnaire
) -> None:
    answers = check(questionnaire, given)
    assert {name: answers[name] for name in taken} == taken
    found = [*in_place_of_defaults(questionnaire, given, answers).values()]
    assert len(found) == len(said)
    assert all(text.startswith(start) for text, start in zip(found, said, strict=True))


def test_an_answer_that_was_given_does_not_give_way(questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError, match="nothing measures drift otherwise"):
        check(questionnaire, {"triggers": ["drift"], "drift": "none"})


def test_an_answer_that_does_not_apply_may_be_the_default(questionnaire: Questionnaire) -> None:
    assert "aws_region" not in check(questionnaire, {"aws_region": "eu-central-1"})


def test_recommendations_follow_the_answers(questionnaire: Questionnaire) -> None:
    small, large = (
        check(questionnaire, {}),
        check(questionnaire, {"team": "large", "latency": "offline", "cloud": "aws"}),
    )
    assert (small["orchestrator"], small["serving"], small["iac"], small["approval"]) == ("none", "rest", "none", False)
    assert (large["orchestrator"], large["serving"], large["iac"], large["approval"]) == (
        "airflow",
        "batch",
        "terraform",
        True,
    )
    assert large["triggers"] == ["manual", "schedule"] or large["triggers"] == ["schedule", "manual"]


def test_every_recommendation_is_valid(questionnaire: Questionnaire) -> None:
    from itertools import product

    axes = ("team", "retraining", "latency", "cloud", "orchestrator", "problem")
    options = [questionnaire.catalog.question(axis).offered for axis in axes]
    for combination in product(*options):
        given = {axis: choice.value for axis, choice in zip(axes, combination, strict=True)}
        if not broken(questionnaire.catalog.rules, given):
            check(questionnaire, given)
