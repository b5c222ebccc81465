"""The wizard's state machine: forward, back, defaults that follow, answers that no longer hold. And its pages."""

import itertools
import random
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
import yaml

from mlops_new.catalog import Value
from mlops_new.questionnaire import Questionnaire
from mlops_new.wizard import pages
from mlops_new.wizard.flow import Flow, labelled

Offer = Callable[[Mapping[str, Iterable[str]]], Flow]
MORE = {"orchestrator": ["stepfunctions"], "iac": ["bicep"], "compliance": ["gdpr", "soc2"]}
"""Choices that these tests offer as well, whatever the catalogue says, because rules tie them to other answers."""


@pytest.fixture
def flow(questionnaire: Questionnaire) -> Flow:
    """A wizard that was started with a name."""
    return Flow(questionnaire, {"project_name": "my-project"}, frozenset({"project_name"}))


@pytest.fixture
def wider(plain_template: Path, tmp_path: Path) -> Flow:
    """A wizard over a catalogue that offers more."""
    root = tmp_path / "wider"
    offer(plain_template, root, MORE)
    return Flow(Questionnaire(root, tmp_path / "p"), {"project_name": "my-project"}, frozenset({"project_name"}))


def offer(template: Path, root: Path, more: Mapping[str, Iterable[str]]) -> None:
    """Copy the catalogue and offer more choices in the copy."""
    shutil.copytree(template, root, ignore=lambda folder, names: names if "{{" in folder else [])
    for file in (root / "questions").glob("[0-9]*.yml"):
        questions = yaml.safe_load(file.read_text())
        for name, question in questions.items():
            for choice in question.get("choices", {}).values():
                if choice["value"] in more.get(name, ()):
                    choice.pop("status", None)
                    choice.pop("validator", None)
        file.write_text(yaml.safe_dump(questions, sort_keys=False, width=1000))


def give(flow: Flow, **answers: Value) -> Flow:
    """Answer some questions, in this order."""
    for name, value in answers.items():
        flow = flow.with_answer(name, value)
    return flow


def asked(flow: Flow) -> list[str]:
    """Names of the questions in the order in which they are asked."""
    names, name = [], flow.after(None)
    while name is not None:
        names.append(name)
        name = flow.after(name)
    return names


def check(flow: Flow) -> None:
    """What holds wherever the wizard stands."""
    answers = flow.answers()
    visited, name = [], flow.before(None)
    while name is not None:
        visited.append(name)
        name = flow.before(name)
    assert visited[::-1] == asked(flow) == [state.question.name for state in flow.states if state.asked]
    for state in flow.states:
        question = state.question
        assert flow.questionnaire.refusal(question, answers[question.name], answers) is None, question.name
        assert flow.questionnaire.refusal(question, state.recommended, state.before) is None, question.name
        usable = [option for option in state.options if not option.refusal]
        if state.asked and state.options and not question.multiselect:
            assert len(usable) > 1, question.name
        if state.settled and usable:
            chosen = state.answer if isinstance(state.answer, list) else [state.answer]
            assert chosen == [usable[0].choice.value]


def test_forward_asks_what_applies_and_leaves_a_choice(flow: Flow) -> None:
    names = asked(flow)
    assert "project_name" not in names
    assert "aws_region" not in names
    assert names.index("team") < names.index("cloud") < names.index("tracker") < names.index("ci")
    assert "aws_region" in asked(give(flow, cloud="aws"))


def test_what_has_a_single_answer_is_settled(flow: Flow) -> None:
    for state in flow.states:
        if state.settled:
            assert state.question.name not in asked(flow)
    assert flow.state("iac").settled
    assert [option.choice.label for option in flow.state("iac").ruled_out] == ["Terraform"]
    assert not give(flow, cloud="aws").state("iac").settled


def test_every_combination_of_the_answers_that_others_follow(wider: Flow) -> None:
    for cloud, team, retraining in itertools.product(
        ("local", "aws"), ("small", "medium", "large"), ("on_demand", "hourly")
    ):
        answered = give(wider, team=team, retraining=retraining, cloud=cloud)
        for option in answered.state("orchestrator").options:
            if not option.refusal:
                check(answered.with_answer("orchestrator", option.choice.value))


@pytest.mark.parametrize("seed", range(3))
def test_wandering_through_never_ends_up_with_answers_that_do_not_go_together(wider: Flow, seed: int) -> None:
    wanderer = random.Random(seed)
    flow = wider
    for _ in range(25):
        state = flow.state(wanderer.choice(asked(flow)))
        usable = [option.choice.value for option in state.options if not option.refusal]
        if usable and state.question.multiselect:
            flow = flow.with_answer(
                state.question.name, [str(value) for value in usable[: wanderer.randint(1, len(usable))]]
            )
        elif usable:
            flow = flow.with_answer(state.question.name, wanderer.choice(usable))
        check(flow)


def test_later_recommendations_follow_an_earlier_change(flow: Flow) -> None:
    assert flow.answers()["orchestrator"] == "none"
    larger = give(flow, team="large")
    assert larger.answers()["orchestrator"] == "airflow"
    assert larger.answers()["approval"] is True


def test_what_was_chosen_stays_when_something_earlier_changes(flow: Flow) -> None:
    assert give(flow, orchestrator="prefect", team="large").answers()["orchestrator"] == "prefect"


def test_taking_the_recommendation_keeps_following_it(flow: Flow) -> None:
    assert give(flow, orchestrator="none", team="large").answers()["orchestrator"] == "airflow"


def test_a_change_and_its_opposite_leave_everything_as_it_was(flow: Flow) -> None:
    chosen = give(flow, orchestrator="prefect", tracker="wandb")
    assert give(chosen, cloud="aws", team="large", monthly_budget=5).answers() != chosen.answers()
    there_and_back = give(chosen, cloud="aws", team="large").with_answer("cloud", "local").with_answer("team", "small")
    assert there_and_back.answers() == chosen.answers()


def test_recommendations_name_the_answers_they_depend_on(flow: Flow) -> None:
    def because(flow: Flow, name: str) -> list[str]:
        return [state.question.name for state in flow.because(name)]

    assert because(flow, "orchestrator") == ["team", "retraining"]
    assert because(give(flow, team="large"), "orchestrator") == ["team"]
    assert because(flow, "monthly_budget") == ["team"]
    assert because(flow, "tracker") == []
    for state in flow.states:
        assert set(because(flow, state.question.name)) <= state.before.keys()


def test_a_change_reopens_what_has_just_come_up(flow: Flow) -> None:
    changed = give(flow, cloud="aws")
    assert changed.reopened(flow, {"cloud"}) == "aws_region"
    assert changed.reopened(flow, {"cloud", "aws_region"}) == "iac"
    assert changed.reopened(flow, {"cloud", "aws_region", "iac"}) is None
    assert pages.why_asked(changed, "iac") == "Infrastructure as code can be chosen now."


def test_a_change_reopens_an_answer_that_no_longer_holds(wider: Flow) -> None:
    before = give(wider, cloud="aws", orchestrator="ci")
    assert before.answers()["orchestrator"] == "ci"
    after = give(before, retraining="hourly")
    assert after.answers()["orchestrator"] == "prefect"
    assert after.reopened(before, {"retraining"}) == "orchestrator"
    assert pages.why_asked(after, "orchestrator") == (
        "Orchestrator was The CI provider, which no longer holds: CI schedules are delayed or dropped under load, too "
        "coarse for an hourly retraining."
    )
    assert give(after, orchestrator="prefect").reopened(before, {"retraining", "orchestrator"}) is None
    assert give(after, retraining="weekly").answers()["orchestrator"] == "ci"


def test_an_answer_that_no_longer_holds_and_has_one_successor_is_not_asked(flow: Flow) -> None:
    scheduled = give(flow, orchestrator="prefect", triggers=["schedule"])
    back = give(scheduled, orchestrator="none")
    assert back.answers()["triggers"] == ["manual"]
    assert back.reopened(scheduled, {"orchestrator"}) is None


def test_ruled_out_choices_carry_their_reason_in_plain_words(wider: Flow) -> None:
    options = {str(option.choice.value): option for option in give(wider, cloud="aws").state("iac").options}
    assert options["none"].refusal == options["terraform"].refusal == ""
    assert options["bicep"].refusal == "Bicep describes only Azure resources"
    assert options["bicep"].ruled_out
    assert "2026-03-31" in options["deployment_manager"].refusal
    assert not options["deployment_manager"].ruled_out


def test_a_way_out_names_choices_by_their_labels(flow: Flow) -> None:
    neptune = next(option for option in flow.state("tracker").options if option.choice.value == "neptune")
    assert neptune.refusal.endswith("deleted the data; choose MLflow or Weights & Biases")
    triggers = give(flow, orchestrator="prefect").state("triggers").question
    assert labelled(triggers, "at least one trigger is needed; manual always works").endswith("; By hand always works")
    assert (
        labelled(triggers, "nothing measures drift; an alert starts it") == "nothing measures drift; an alert starts it"
    )


def test_a_preset_answer_can_be_changed_and_is_still_not_asked(flow: Flow) -> None:
    renamed = give(flow, project_name="other")
    assert renamed.answers()["project_name"] == "other"
    assert "project_name" not in asked(renamed)
    assert give(renamed, project_name="my-project").answers()["project_name"] == "my-project"


def test_several_answers_none_of_which_is_needed_are_asked_although_one_is_offered(wider: Flow) -> None:
    assert not wider.state("compliance").settled
    assert wider.answers()["compliance"] == []


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
def test_no_line_of_a_page_is_wider_than_the_terminal(flow: Flow, width: int) -> None:
    files = ["README.md", ".github/workflows/ci.yml", *(f"src/package/step_{number}.py" for number in range(30))]
    for lines in (
        pages.transcript(flow, None, pages.UNICODE, width),
        pages.review(flow, files, {"team"}, pages.UNICODE, width),
    ):
        assert [line.plain for line in lines if line.cell_len > max(width, 20)] == []


def test_the_transcript_grows_at_its_end(flow: Flow) -> None:
    names = asked(flow)
    shown = [[line.plain for line in pages.transcript(flow, name, pages.UNICODE, 80)] for name in names]
    for shorter, longer in itertools.pairwise(shown):
        assert longer[: len(shorter)] == shorter


def test_every_answer_stands_on_the_last_page(flow: Flow) -> None:
    page = "\n".join(line.plain for line in pages.review(flow, ["README.md"], {"team"}, pages.UNICODE, 70))
    flat = " ".join(page.split())
    for state in flow.states:
        assert pages.title(state.question) in flat
        assert pages.answer_text(state.question, state.answer) in flat
    assert "1 to 3 ← changed" in flat


def test_the_tree_opens_small_folders_and_counts_large_ones() -> None:
    files = ["README.md", "docs/a.md", "docs/b.md", ".github/workflows/ci.yml", *(f"src/x/{n}.py" for n in range(9))]
    assert [line.plain for line in pages.tree_lines("p", files, 9, pages.UNICODE, 40)] == [
        "p/",
        "├── .github/workflows/",
        "│   └── ci.yml",
        "├── docs/",
        "│   ├── a.md",
        "│   └── b.md",
        "├── src/x/ 9 files",
        "└── README.md",
    ]
    assert [line.plain for line in pages.tree_lines("p", files, 1, pages.ASCII, 40)][-1] == "`-- README.md"


def test_an_empty_answer_is_shown_as_none(flow: Flow) -> None:
    assert [flow.state(name).answer for name in ("author", "compliance")] == ["", []]
    shown = [line.plain.split() for line in pages.transcript(flow, None, pages.UNICODE, 80)]
    assert ["✓", "Author", "none"] in shown
