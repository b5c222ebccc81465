"""The wizard's state machine: forward, back, defaults that follow, answers that no longer hold."""

import pytest

from mlops_new.questionnaire import Questionnaire
from mlops_new.wizard.flow import Flow


@pytest.fixture
def flow(questionnaire: Questionnaire) -> Flow:
    """A wizard that was started with a name."""
    return Flow(questionnaire, {"project_name": "my-project"}, frozenset({"project_name"}))


def give(flow: Flow, name: str, value: str | list[str] | bool) -> Flow:
    """Answer one question."""
    return flow.give(flow.questionnaire.catalog.question(name), value)


def asked(flow: Flow) -> list[str]:
    """Names of the questions in the order in which they are asked."""
    names, question = [], flow.after(None)
    while question is not None:
        names.append(question.name)
        question = flow.after(question.name)
    return names


def test_forward_asks_what_applies_and_leaves_a_choice(flow: Flow) -> None:
    names = asked(flow)
    assert "project_name" not in names
    assert "rollout" not in names
    assert "aws_region" not in names
    assert names.index("team") < names.index("cloud") < names.index("iac") < names.index("triggers")
    assert "aws_region" in asked(give(flow, "cloud", "aws"))


def test_back_visits_the_same_questions_in_reverse(flow: Flow) -> None:
    names, question = [], flow.before(None)
    while question is not None:
        names.append(question.name)
        question = flow.before(question.name)
    assert names[::-1] == asked(flow)


def test_later_recommendations_follow_an_earlier_change(flow: Flow) -> None:
    assert flow.answers()["orchestrator"] == "none"
    larger = give(flow, "team", "large")
    assert larger.answers()["orchestrator"] == "airflow"
    assert larger.answers()["approval"] is True


def test_what_was_chosen_stays_when_something_earlier_changes(flow: Flow) -> None:
    chosen = give(give(flow, "orchestrator", "prefect"), "team", "large")
    assert chosen.answers()["orchestrator"] == "prefect"


def test_taking_the_recommendation_keeps_following_it(flow: Flow) -> None:
    taken = give(give(flow, "orchestrator", "none"), "team", "large")
    assert taken.answers()["orchestrator"] == "airflow"


def test_an_answer_that_no_longer_holds_is_asked_again(flow: Flow) -> None:
    on_aws = give(give(flow, "cloud", "aws"), "iac", "none")
    assert on_aws.lost() == ()
    scheduled = give(give(flow, "orchestrator", "prefect"), "triggers", ["schedule"])
    back = give(scheduled, "orchestrator", "none")
    assert [question.name for question in back.lost()] == ["triggers"]
    assert back.answers()["triggers"] == ["manual"]


def test_ruled_out_choices_carry_their_reason(flow: Flow) -> None:
    options = {str(o.choice.value): o.refusal for o in flow.options(flow.questionnaire.catalog.question("iac"))}
    assert options["none"] == ""
    assert "a laptop has no infrastructure" in options["terraform"]
    assert "2026-03-31" in options["deployment_manager"]


def test_a_preset_answer_can_be_changed(flow: Flow) -> None:
    assert give(flow, "project_name", "other").answers()["project_name"] == "other"


def test_nothing_but_valid_answers_comes_out(flow: Flow) -> None:
    for cloud in ("local", "aws"):
        for orchestrator in ("none", "prefect", "airflow"):
            answers = give(give(flow, "cloud", cloud), "orchestrator", orchestrator).answers()
            for name, value in answers.items():
                question = flow.questionnaire.catalog.question(name)
                assert flow.questionnaire.refusal(question, value, answers) is None
