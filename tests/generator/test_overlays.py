"""The overlay mechanism: nothing vanishes silently, nothing overwrites, every slot is used."""

import re
from collections import Counter, defaultdict
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import ROOT
from jinja2 import StrictUndefined, nodes
from jinja2.sandbox import SandboxedEnvironment

from mlops_new.catalog import Catalog
from mlops_new.overlays import CORE, FILLINGS, MACRO, SWITCH, fillers, fillings, folder, overlays
from scripts import definitions

TEMPLATE = ROOT / "template"
# Choices that need no folder: the core of the template does them, or they only change a value in it, or
# folders of other choices are nested by them.
WITHOUT_FOLDER = {
    "license_none",
    "python_3.11",
    "python_3.12",
    "python_3.13",
    "python_3.14",
    "cloud_local",
    "platform_container",
    "rollout_rolling",
    "tuning_none",
    "data_versioning_none",
    "validation_builtin",
    "feature_store_none",
    "iac_none",
    "ci_none",
    "gitops_none",
    "monitoring_none",
    "drift_none",
    "triggers_manual",
    "triggers_schedule",
    "approval_false",
    "approval_true",
    "secrets_env",
    "spot_false",
    "scale_to_zero_false",
    "multi_region_false",
    "cluster_none",
    "arrivals_none",
    "identity_federated",
    "identity_runner",
    "identity_none",
}
# Requirements describe the situation; they decide recommendations and values, and nothing is built from them alone.
DESCRIPTIVE = {"team", "retraining", "latency", "volume", "compliance"}


def questions() -> dict[str, Any]:
    """Computed answers, as questions/use.yml has them."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "questions" / "use.yml").read_text())
    return found


# Slots with one filler are no more than a way to spread a file over two folders. Why there is no simpler one for these:
# the variants of a file that one overlay writes are blocks of what it extends, see docs/template.md.
_CORE = "a file of every project, which knows nothing of the choice"
_NESTED = "a file of the choice itself, which another choice adds to"
_ELSEWHERE = "a file of a choice of another axis"
_STEP = "a file of the engine, of which only a nested overlay makes machines share a step"
ONE_FILLER = {
    "airflow_asked_py": _NESTED,
    "airflow_imports_py": _NESTED,
    "airflow_schedule_py": _NESTED,
    "alert_source_compose_yml": _ELSEWHERE,
    "alert_source_md": _ELSEWHERE,
    "argo_test_py": _ELSEWHERE,
    "argo_workflow_py": _ELSEWHERE,
    "aws_containers_tf": _ELSEWHERE,
    "azure_people_md": _ELSEWHERE,
    "cluster_deployer_role": _ELSEWHERE,
    "cluster_label": _ELSEWHERE,
    "cluster_namespace_yaml": _ELSEWHERE,
    "cluster_pod_labels_py": _ELSEWHERE,
    "cluster_token_yaml": _ELSEWHERE,
    "conftest_import_py": _CORE,
    "dagster_definitions_py": _NESTED,
    "dagster_imports_py": _NESTED,
    "dependabot_yml": _NESTED,
    "evaluate_import_py": _CORE,
    "evaluate_py": _CORE,
    "github_jobs_yml": _NESTED,
    "github_needs": _NESTED,
    "gitlab_inputs_yml": _NESTED,
    "kfp_local_py": _STEP,
    "kfp_share_inputs_py": _STEP,
    "kubeflow_task_py": _ELSEWHERE,
    "kubeflow_test_py": _ELSEWHERE,
    "logs_py": _CORE,
    "mlflow_location_py": _NESTED,
    "observers_import_py": _ELSEWHERE,
    "package_py": _CORE,
    "pipeline_key_tf": _ELSEWHERE,
    "pipeline_topic_tf": _ELSEWHERE,
    "pre_commit_yml": _CORE,
    "prefect_deploy_py": _NESTED,
    "prefect_imports_py": _NESTED,
    "prefect_serve_py": _NESTED,
    "retraining_compose_yml": _ELSEWHERE,
    "retraining_now_md": _ELSEWHERE,
    "server_observers_py": _ELSEWHERE,
    "system_dockerfile": _CORE,
    "table_observers_py": _ELSEWHERE,
    "train_resources": _CORE,
    "trial_settings_py": _ELSEWHERE,
}


def folders() -> dict[str, Path]:
    """Name → folder of every overlay."""
    return {name: folder(TEMPLATE, name) for name in overlays(TEMPLATE)}


def choices(catalog: Catalog) -> set[str]:
    """`<axis>_<choice>` of every offered choice, and of every choice of a computed answer."""
    offered = {question.name: [choice.value for choice in question.offered] for question in catalog.questions}
    return {
        f"{axis}_{str(value).lower()}"
        for axis in catalog.axes
        if axis not in DESCRIPTIVE
        for value in offered.get(axis, catalog.axes[axis])
    }


def test_every_overlay_is_made_of_choices(catalog: Catalog) -> None:
    for name in folders():
        axis, *switches = name.split("/")
        assert axis in catalog.axes
        assert switches[0].startswith(f"{axis}_"), name
        assert set(switches) <= choices(catalog), name
        assert len(axes_of(name, catalog)) == len(switches), f"{name} asks twice for one axis"


def test_every_choice_has_its_folder(catalog: Catalog) -> None:
    assert choices(catalog) - {name.partition("/")[2] for name in folders()} == WITHOUT_FOLDER


def test_every_overlay_needs_other_choices() -> None:
    """Two folders for the same choices would be two places for one thing."""
    needed = Counter(frozenset(name.split("/")[1:]) for name in folders())
    assert [choices for choices, count in needed.items() if count > 1] == []


def test_the_top_level_of_the_template_has_what_every_project_gets_and_the_axes(catalog: Catalog) -> None:
    folders = {SWITCH.sub(r"\1", path.name) for path in TEMPLATE.iterdir()}
    assert folders - {"core", "_includes"} <= set(catalog.axes)
    assert len(folders) <= 25


def test_a_misspelt_folder_would_be_noticed() -> None:
    names = [path.name for path in TEMPLATE.rglob("*") if "use" in path.name and "{" in path.name]
    assert [name for name in names if not SWITCH.fullmatch(name)] == []
    above = [path.parent for path in TEMPLATE.rglob("{{use.*}}")]
    assert [path for path in above if path != TEMPLATE and not SWITCH.fullmatch(path.name)] == []


def paths_of(overlay: Path) -> set[str]:
    """Paths that a folder writes, without the suffix of templates."""
    return {
        path.relative_to(overlay).as_posix().removesuffix(".jinja")
        for path in overlay.rglob("*")
        if path.is_file() and path.name != FILLINGS and not any(map(SWITCH.fullmatch, path.relative_to(overlay).parts))
    }


def axes_of(name: str, catalog: Catalog) -> dict[str, str]:
    """Axis → the choice that an overlay needs."""
    return {catalog.switches[switch][0]: switch for switch in name.split("/")[1:]}


def exclusive(catalog: Catalog, one: str, other: str) -> bool:
    """Whether two overlays can never be chosen together: two choices of one question."""
    first, second = axes_of(one, catalog), axes_of(other, catalog)
    several = {question.name for question in catalog.questions if question.multiselect}
    return any(first[axis] != second[axis] for axis in first.keys() & second.keys() - several)


def test_no_two_overlays_that_go_together_write_one_path(catalog: Catalog) -> None:
    core = paths_of(TEMPLATE / CORE)
    for name, overlay in folders().items():
        assert not paths_of(overlay) & core, name
    for (one, first), (other, second) in combinations(sorted(folders().items()), 2):
        if not exclusive(catalog, one, other):
            assert not paths_of(first) & paths_of(second), (one, other)


def test_every_slot_is_filled_and_every_filling_is_used(catalog: Catalog) -> None:
    used = {name for path in TEMPLATE.rglob("*.jinja") for name in re.findall(r'slot\("([^"]+)"\)', path.read_text())}
    assert fillers(TEMPLATE, catalog).keys() == used


def test_one_filler_is_no_reason_for_a_slot(catalog: Catalog) -> None:
    assert {name for name, filling in fillers(TEMPLATE, catalog).items() if len(filling) == 1} == set(ONE_FILLER)


def test_what_fills_slots_is_nothing_but_macros_of_slots() -> None:
    """One that is written otherwise would not be in the table, and be lost."""
    for name in folders():
        path = folder(TEMPLATE, name) / FILLINGS
        if path.exists():
            assert MACRO.sub("", path.read_text()).strip() == "", name
            assert len(MACRO.findall(path.read_text())) == len(fillings(TEMPLATE, name)) > 0, name


def test_a_cluster_is_there_when_an_engine_or_a_platform_needs_one(catalog: Catalog) -> None:
    computed, traits = questions()["cluster"]["default"], questions()["traits"]["default"]
    template = SandboxedEnvironment(undefined=StrictUndefined).from_string(computed)
    axes = ("cloud", "orchestrator", "platform")
    seen: Counter[bool] = Counter()
    for answers in product(*(catalog.axes[axis] for axis in axes)):
        given = dict(zip(axes, answers, strict=True))
        needed = [traits[axis].get(given[axis], {}).get("cluster") for axis in ("orchestrator", "platform")]
        wanted = "always" in needed or ("hosted" in needed and given["cloud"] != "local")
        assert template.render(given, traits=traits).strip() == ("kubernetes" if wanted else "none")
        seen[wanted] += 1
    assert min(seen.values()) > 50  # both sides were met


def test_traits_are_of_choices_that_there_are(catalog: Catalog) -> None:
    traits: set[str] = set()
    for axis, choices in questions()["traits"]["default"].items():
        assert set(choices) <= set(catalog.axes[axis])
        traits.update(*choices.values())
    read = (ROOT / "questions" / "use.yml").read_text().partition("\ntraits:")[2]
    assert [trait for trait in traits if read.count(f"{trait!r}") + read.count(f'"{trait}"') == 0] == []


def test_paths_are_legal_and_short_on_every_system() -> None:
    for path in TEMPLATE.rglob("*"):
        relative = path.relative_to(TEMPLATE).as_posix()
        assert len(relative) <= 155
        assert not re.search(r'[<>:"|?*\\]', relative)
        assert not path.is_symlink()


def test_plain_copier_features_only() -> None:
    text = (ROOT / "copier.yml").read_text()
    assert not re.search(r"^_(tasks|migrations|jinja_extensions)", text, re.MULTILINE)


def test_shared_files_hold_no_condition_on_an_axis_with_overlays(catalog: Catalog) -> None:
    axes = {name.split("/")[0] for name in folders()} - {"problem"}
    found = defaultdict(list)
    for path in (TEMPLATE / CORE).rglob("*.jinja"):
        for axis in axes:
            if re.search(rf"\{{%-? *(el)?if [^%]*\b{axis}\b", path.read_text()):
                found[path.name].append(axis)
    assert dict(found) == {}


def conditions(source: str, axis: str) -> list[int]:
    """Lines on which a template asks which choice of an axis was made."""
    tree = SandboxedEnvironment().parse(source)
    tests = [*(node.test for node in tree.find_all(nodes.If)), *(node.test for node in tree.find_all(nodes.CondExpr))]
    asked = [name for test in tests for name in (test, *test.find_all(nodes.Name)) if isinstance(name, nodes.Name)]
    lines = [name.lineno for name in asked if name.name == axis]
    return lines + [node.lineno for node in tree.find_all(nodes.Getattr) if f"{axis}_" in node.attr]


@pytest.mark.parametrize(
    "source",
    [
        "{% if orchestrator %}a{% endif %}",
        "{% if a and orchestrator == 'b' %}a{% endif %}",
        "{{ 1 if orchestrator in ['b'] else 2 }}",
        "{% if a %}{% elif use.orchestrator_b %}{% endif %}",
        "{% set a = use.orchestrator_b %}",
    ],
)
def test_conditions_on_the_orchestrator_are_found(source: str) -> None:
    assert conditions(source, "orchestrator") == [1]
    assert conditions("{{ orchestrator }} {% if cloud %}{{ orchestrator }}{% endif %}", "orchestrator") == []


@pytest.mark.parametrize("axis", ["ci", "iac", "orchestrator", "tracker"])
def test_only_folders_of_an_axis_know_which_choice_it_is(axis: str) -> None:
    found = {
        path.relative_to(TEMPLATE).as_posix(): lines
        for path in TEMPLATE.rglob("*.jinja")
        if f"{axis}_" not in path.relative_to(TEMPLATE).as_posix()
        and path.name != "uv.lock.jinja"
        and not path.read_text().startswith(definitions.HEAD)
        and (lines := conditions(path.read_text(), axis))
    }
    assert found == {}


@pytest.mark.parametrize("name", ["pyproject.toml", "Makefile", "README.md", "config.toml"])
def test_shared_files_exist(name: str) -> None:
    assert (TEMPLATE / CORE / f"{name}.jinja").is_file()
