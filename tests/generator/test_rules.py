"""Rules: agreement with the oracle over the whole raw space, and with copier itself."""

import shutil
from itertools import product
from pathlib import Path
from types import CodeType

import copier
import pytest
import yaml
from conftest import ROOT
from copier.errors import CopierError
from jinja2 import Environment, FileSystemLoader
from jinja2.sandbox import SandboxedEnvironment
from jinja2_ansible_filters import AnsibleCoreFiltersExtension
from oracle import HOME_OF, valid

from mlops_new.catalog import Catalog, Rule, Value
from mlops_new.loader import SafeLoader
from mlops_new.questionnaire import Questionnaire
from mlops_new.rules import broken
from proof.cover import cover
from proof.space import offered


def coupled_groups(catalog: Catalog) -> list[tuple[str, ...]]:
    """For each rule the questions that it couples, and larger groups of questions that several rules couple.

    tests/proof/test_space.py asks the oracle about random parts of the space of all questions.
    """
    groups = {tuple(sorted(rule.axes)) for rule in catalog.rules}
    groups.add(("cloud", "orchestrator", "tracker", "ci", "retraining", "framework"))
    groups.add(("cloud", "orchestrator", "serving", "iac", "platform", "rollout"))
    groups.add(("orchestrator", "retraining", "triggers", "drift", "monitoring", "compliance", "approval"))
    groups.add(("cloud", "platform", "rollout", "serving", "gitops", "scale_to_zero", "spot", "multi_region"))
    return sorted(groups)


def values(catalog: Catalog, axis: str) -> list[Value]:
    """All raw answers to a question: every choice; for several answers each alone, none, and all."""
    question = catalog.question(axis)
    if question.multiselect:
        each = [str(choice.value) for choice in question.choices]
        return [[], *([value] for value in each), each]
    return [choice.value for choice in question.choices]


def test_rules_and_oracle_agree_over_the_raw_space(catalog: Catalog) -> None:
    seen = refused = 0
    for axes in coupled_groups(catalog):
        rules = [rule for rule in catalog.rules if rule.axes <= set(axes)]
        for combination in product(*(values(catalog, axis) for axis in axes)):
            answers = dict(zip(axes, combination, strict=True))
            seen += 1
            found = not broken(rules, answers)
            refused += not found
            assert found == valid(answers), answers
    assert seen > 100_000
    assert 0 < refused < seen


def test_every_rule_names_real_questions_and_choices(catalog: Catalog) -> None:
    for rule in catalog.rules:
        for side in (rule.when, rule.needs, rule.excludes):
            for axis, wanted in side.items():
                assert set(wanted) <= {choice.value for choice in catalog.question(axis).choices}, rule.id


def test_every_choice_in_the_oracle_exists(catalog: Catalog) -> None:
    for axis, choice in HOME_OF:
        assert choice in {item.value for item in catalog.question(axis).choices}


@pytest.mark.parametrize("missing", range(2))
def test_a_rule_waits_until_all_its_questions_are_answered(missing: int) -> None:
    rule = Rule("r", {"a": ("x",)}, {"b": ("y",)}, {}, "because")
    answers: dict[str, Value] = {"a": "x", "b": "z"}
    assert broken([rule], answers) == (rule,)
    answers.pop(["a", "b"][missing])
    assert broken([rule], answers) == ()


def test_each_rule_is_reported_by_the_validator_of_its_last_question(catalog: Catalog) -> None:
    """Plain copier asks one question after another; answers that come all at once can be refused by an earlier one."""
    environment = SandboxedEnvironment(loader=FileSystemLoader(ROOT), extensions=[AnsibleCoreFiltersExtension])
    written = yaml.safe_load((ROOT / "questions" / "rules.yml").read_text())["rules"]["default"]
    for rule in catalog.rules:
        axes = [question.name for question in catalog.questions if question.name in rule.axes]
        validator = environment.from_string(catalog.question(axes[-1]).validator)
        for combination in product(*(values(catalog, axis) for axis in axes)):
            answers = dict(zip(axes, combination, strict=True))
            told = f"Rule {rule.id}: {rule.reason}." in validator.render(rules=written, **answers)
            assert told == bool(broken([rule], answers)), (rule.id, answers)


def offered_pairs(catalog: Catalog) -> list[dict[str, Value]]:
    """Combinations of offered choices that a rule couples: what plain copier can be asked."""
    pairs = []
    for axes in sorted({tuple(sorted(rule.axes)) for rule in catalog.rules}):
        choices: list[list[Value]] = []
        for axis in axes:
            question = catalog.question(axis)
            offered: list[Value] = [choice.value for choice in question.offered]
            choices.append([[str(value)] for value in offered] if question.multiselect else offered)
        pairs += [dict(zip(axes, combination, strict=True)) for combination in product(*choices)]
    return pairs


@pytest.fixture
def questions_alone(tmp_path: Path) -> Path:
    """A template that asks the questions and renders next to nothing, so that copier answers soon."""
    root = tmp_path / "questions-alone"
    shutil.copytree(ROOT / "questions", root / "questions")
    shutil.copytree(ROOT / "template" / "_includes", root / "template" / "_includes")
    shutil.copy(ROOT / "copier.yml", root)
    return root


@pytest.fixture
def thrift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Copier reads the same questions, and compiles all texts in them, for each answer: here it does so once."""
    compile_text = Environment.compile
    compiled: dict[tuple[str | None, ...], CodeType] = {}

    def compile_cached(
        self: Environment, source: str, name: str | None = None, filename: str | None = None
    ) -> CodeType:
        key = (source, name, filename)
        if key not in compiled:
            compiled[key] = compile_text(self, source, name, filename)
        return compiled[key]

    monkeypatch.setattr(Environment, "compile", compile_cached)
    monkeypatch.setattr(yaml, "SafeLoader", SafeLoader)


@pytest.mark.cached()
@pytest.mark.usefixtures("thrift")
def test_plain_copier_takes_and_refuses_what_the_rules_do(
    catalog: Catalog, questionnaire: Questionnaire, questions_alone: Path, tmp_path: Path
) -> None:
    pairs = offered_pairs(catalog)
    told = [tuple(rule.id for rule in broken(catalog.rules, questionnaire.complete(given))) for given in pairs]
    # What else a rule refuses, its validator refuses, too, as the test above shows.
    refused = list({rules: given for rules, given in zip(told, pairs, strict=True) if rules}.values())
    # A row that copier takes shows at once that it takes all the pairs in it.
    rows = []
    left = [given for given, rules in zip(pairs, told, strict=True) if not rules]
    for row in cover(offered(questionnaire), 2):
        new = [given for given in left if given.items() <= row.items()]
        rows += [row] if new else []
        left = [given for given in left if given not in new]
    assert left == []
    for number, given in enumerate([*rows, *refused]):
        destination = tmp_path / f"my-project-{number}"
        try:
            copier.run_copy(str(questions_alone), destination, data=given, defaults=True, quiet=True, pretend=True)
        except (CopierError, ValueError):
            taken = False
        else:
            taken = True
        assert taken == (number < len(rows)), given
    assert rows
    assert refused


@pytest.mark.parametrize("answer", ["clearml"])
def test_plain_copier_refuses_a_choice_that_is_not_offered(answer: str, plain_template: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="planned for a later release"):
        copier.run_copy(
            str(plain_template), tmp_path / "my-project", data={"tracker": answer}, defaults=True, quiet=True
        )
    assert not (tmp_path / "my-project").exists()
