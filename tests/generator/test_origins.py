"""Where each file of a project comes from: every file has an origin, and nothing else is needed to render it."""

import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT
from test_cli import mlops_new

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.catalog import Value
from mlops_new.origins import Computed, Filling, Origin, computed, lines, origins
from mlops_new.overlays import FILLINGS, SLOTS, TABLE, choices_of, folder, plain_parts
from mlops_new.questionnaire import Questionnaire
from mlops_new.template import SUFFIX, Template

ARGO: dict[str, Value] = {"orchestrator": "argo", "cloud": "azure", "framework": "pytorch", "triggers": ["data"]}
DOCUMENTED = "deploy/cluster/argo.yaml"
VERY_DIFFERENT: dict[str, dict[str, Value]] = {
    "defaults": {},
    "argo": {**ARGO, "iac": "terraform", "ci": "github"},
    "vertex": {"orchestrator": "vertex", "cloud": "gcp", "compute": "ray", "tuning": "ray", "serving": "batch"},
    "little": {"ci": "none", "monitoring": "none", "problem": "regression", "tracker": "wandb", "serving": "batch"},
    "drift": {"cloud": "aws", "orchestrator": "sagemaker", "triggers": ["data", "drift"], "drift": "builtin"},
    "cluster": {"cloud": "onprem", "orchestrator": "dagster", "triggers": ["schedule", "data"], "compute": "spark"},
}


@pytest.fixture(params=VERY_DIFFERENT)
def answers(request: pytest.FixtureRequest, questionnaire: Questionnaire) -> dict[str, Value]:
    """All answers of a project."""
    return check(questionnaire, VERY_DIFFERENT[request.param])


def files(project: Path) -> dict[str, bytes]:
    """Path → content of every file of a project."""
    return {path.relative_to(project).as_posix(): path.read_bytes() for path in project.rglob("*") if path.is_file()}


def test_every_file_has_an_origin_that_renders_to_it(
    answers: dict[str, Value], questionnaire: Questionnaire, tmp_path: Path
) -> None:
    found = origins(answers, questionnaire.catalog)
    assert list(found) == render.create(answers, tmp_path / "my-project")
    for path, origin in found.items():
        parts = plain_parts(origin.template)
        assert path == "/".join(parts[1:]).removesuffix(SUFFIX).replace("{{package}}", "my_project")
        assert [f"{axis}_{choice}" for axis, choice in origin.choices.items()] == choices_of(origin.template)
        for name in (origin.template, *origin.includes, *(filling.template for filling in origin.slots)):
            assert (ROOT / name).is_file()
    assert len({origin.template for origin in found.values()}) == len(found)


def test_the_causes_are_what_was_answered(answers: dict[str, Value], questionnaire: Questionnaire) -> None:
    values = {name: each.value for name, each in computed(answers, questionnaire.catalog).items()}
    for origin in origins(answers, questionnaire.catalog).values():
        for choices in (origin.choices, *(filling.choices for filling in origin.slots)):
            for axis, choice in choices.items():
                answer = values[axis] if axis in values else answers[axis]
                assert choice in (answer if isinstance(answer, list) else [str(answer).lower()])


def test_the_origins_alone_give_the_same_project(
    answers: dict[str, Value], questionnaire: Questionnaire, tmp_path: Path
) -> None:
    """Nothing that a file takes is left untold: without all other files of the template it is the same."""
    found = origins(answers, questionnaire.catalog).values()
    questions = ("copier.yml", *(name for name in source.files() if name.startswith("questions/")))
    rules = ("template/_includes/axes.jinja", "template/_includes/rules.jinja")  # what questions themselves load
    told = {name for o in found for name in (o.template, *o.includes, *(filling.template for filling in o.slots))}
    needed = [*questions, *rules, SLOTS, TABLE, *told]
    for name in needed:
        (tmp_path / "reduced" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "reduced" / name)
    whole = Template(ROOT, source.files(), source.compiled_templates())
    reduced = Template(tmp_path / "reduced", needed, tmp_path / "no store")
    for name, template in {"whole": whole, "reduced": reduced}.items():
        template.write(answers, tmp_path / name / "my-project", {})
    assert files(tmp_path / "whole" / "my-project") == files(tmp_path / "reduced" / "my-project")


def test_slots_are_named_with_their_overlays_in_order(questionnaire: Questionnaire) -> None:
    answers = check(questionnaire, VERY_DIFFERENT["argo"])
    found = origins(answers, questionnaire.catalog)
    file = folder(Path("template"), "ci/ci_github/iac_terraform") / FILLINGS
    choices = {"ci": "github", "iac": "terraform"}
    ci = found[".github/workflows/ci.yml"]
    assert Filling("github_jobs_yml", str(file), choices) in ci.slots
    assert [(filling.slot, *filling.choices.values()) for filling in ci.slots] == [
        ("github_jobs_yml", "github", "terraform"),
        ("github_needs", "github", "terraform"),
        ("variables", "mlflow"),  # a slot in an include
        ("variables", "azure", "federated"),
        ("variables", "kubernetes", "azure", "federated"),
    ]
    assert found["deploy/argo/watch.yaml"].includes == ("template/_includes/watch/watch.yaml.jinja",)
    rights = found["deploy/cluster/argo.yaml"]
    assert rights.includes == ("template/_includes/watch/cluster-deployer-rules.yaml.jinja",)
    assert [filling.slot for filling in rights.slots] == ["cluster_deployer_rules_yaml"]


def test_computed_axes_are_listed_with_the_answers_that_decide_them(questionnaire: Questionnaire) -> None:
    assert computed(check(questionnaire, ARGO), questionnaire.catalog) == {
        "cluster": Computed("kubernetes", ("cloud", "orchestrator", "platform")),
        "arrivals": Computed("watched", ("orchestrator", "triggers")),
        "reading": Computed("whole", ("serving", "compute")),
        "identity": Computed("federated", ("cloud", "ci")),
    }


def test_people_read_the_overlay_in_words(questionnaire: Questionnaire) -> None:
    overlay = folder(Path("template"), "orchestrator/orchestrator_dagster/cluster_kubernetes")
    choices = {"orchestrator": "dagster", "cluster": "kubernetes"}
    filling = Filling("x_yml", f"{overlay}/{FILLINGS}", choices)
    nested = Filling("y", f"template/{{{{use.iac}}}}/{{{{use.iac_terraform}}}}/{FILLINGS}", {"iac": "terraform"})
    includes = ("template/_includes/a.jinja", "template/_includes/b.jinja")
    origin = Origin(f"{overlay}/src/{{{{package}}}}/x.jinja", choices, (filling, nested, filling), includes)
    assert list(lines(origin, questionnaire.catalog)) == [
        "  template src/{{package}}/x.jinja:",
        "    orchestrator dagster + cluster kubernetes (computed)",
        "  slot x_yml: orchestrator dagster + cluster kubernetes (computed);",
        "    orchestrator dagster + cluster kubernetes (computed)",
        "  slot y: iac terraform",
        "  includes: _includes/a.jinja, _includes/b.jinja",
    ]
    assert list(lines(Origin("template/Makefile.jinja", {}, (), ()), questionnaire.catalog)) == [
        "  template Makefile.jinja: always"
    ]


def test_json_has_the_documented_form(tmp_path: Path) -> None:
    settings = [
        f"--set={name}={json.dumps(value) if isinstance(value, list) else value}" for name, value in ARGO.items()
    ]
    plain = mlops_new("plan", "my-project", *settings, "--json", cwd=tmp_path)
    done = mlops_new("plan", "my-project", *settings, "--origins", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert {key: printed[key] for key in ("project", "answers", "files")} == json.loads(plain.stdout)
    assert printed.keys() == {"project", "answers", "files", "computed", "origins"}
    assert list(printed["origins"]) == printed["files"]
    [example] = re.findall(r"```json\n(.+?)```", (ROOT / "docs" / "template.md").read_text(), re.DOTALL)
    documented = json.loads(example)
    assert printed["computed"]["cluster"] == documented["computed"]["cluster"]
    assert printed["origins"][DOCUMENTED] == documented["origins"][DOCUMENTED]
    assert list(tmp_path.iterdir()) == []


def test_people_read_it_in_80_columns(tmp_path: Path) -> None:
    done = mlops_new(
        "plan", "my-project", "--set", "cloud=aws", "--set", "orchestrator=argo", "--origins", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert max(map(len, printed)) <= 80
    assert "cluster: kubernetes (computed from cloud, orchestrator, platform)" in printed
    start = printed.index("my-project/.env.example")
    assert printed[start : start + 4] == [
        "my-project/.env.example",
        "  template .env.example.jinja: always",
        "  slot env_example: cloud aws",
        "",
    ]
    assert list(tmp_path.iterdir()) == []
