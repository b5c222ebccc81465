"""The overlay mechanism: nothing vanishes silently, nothing overwrites, every slot is used."""

import re
from collections import defaultdict
from itertools import combinations, product
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from jinja2 import nodes
from jinja2.sandbox import SandboxedEnvironment

from mlops_new.catalog import Catalog

TEMPLATE = ROOT / "template"
OVERLAY = re.compile(r"^\{\{use\.([a-z0-9_]+)\}\}$")

# Choices that need no folder: the core of the template does them, or they only change a value in it.
CORE = {
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
}
# Requirements describe the situation; they decide recommendations and values, and nothing is built from them alone.
DESCRIPTIVE = {"team", "retraining", "latency", "volume", "compliance"}
# Each cloud brings a few with Terraform, CI and trackers, each framework one for a problem, PyTorch one for each engine
# with machines, each engine that looks for new data one, each that people host one.
MAX_CROSSES = 52


def overlays() -> dict[str, Path]:
    """Name → folder of every overlay."""
    found = {}
    for path in TEMPLATE.rglob("*"):
        match = OVERLAY.match(path.name)
        if match:
            found[match[1]] = path
    return found


def choices(catalog: Catalog) -> set[str]:
    """`<axis>_<choice>` of every offered choice, and of every choice of a computed answer."""
    offered = {question.name: [choice.value for choice in question.offered] for question in catalog.questions}
    return {
        f"{axis}_{str(value).lower()}"
        for axis in catalog.axes
        if axis not in DESCRIPTIVE
        for value in offered.get(axis, catalog.axes[axis])
    }


def crosses() -> list[str]:
    """Overlays for two choices, as questions/use.yml lists them."""
    text = (ROOT / "questions" / "use.yml").read_text()
    listed = re.search(r"set crosses = (\[.*?\])", text, re.DOTALL)
    assert listed
    return [str(name) for name in yaml.safe_load(listed[1])]


def test_every_overlay_folder_is_a_choice_or_a_listed_pair(catalog: Catalog) -> None:
    assert set(overlays()) <= choices(catalog) | set(crosses())


def test_every_choice_has_its_folder_and_every_pair_too(catalog: Catalog) -> None:
    assert choices(catalog) - set(overlays()) == CORE
    assert set(crosses()) <= set(overlays())
    assert crosses() == sorted(crosses())  # the order of their slots, which the proof relies on


def test_pairs_are_made_of_choices_and_stay_few(catalog: Catalog) -> None:
    assert len(crosses()) <= MAX_CROSSES
    for cross in crosses():
        assert set(cross.split("__")) <= choices(catalog)


def test_a_misspelt_folder_would_be_noticed() -> None:
    strange = [
        path for path in TEMPLATE.rglob("*") if "use" in path.name and "{" in path.name and not OVERLAY.match(path.name)
    ]
    assert strange == []


def written(folder: Path) -> set[str]:
    """Paths that a folder writes, without the suffix of templates."""
    return {
        path.relative_to(folder).as_posix().removesuffix(".jinja")
        for path in folder.rglob("*")
        if path.is_file()
        and "_slots" not in path.parts
        and not any(OVERLAY.match(p) for p in path.relative_to(folder).parts)
    }


def exclusive(catalog: Catalog, one: str, other: str) -> bool:
    """Whether two overlays can never be chosen together: two choices of one question."""

    def axes(name: str) -> dict[str, str]:
        parts = {}
        for part in name.split("__"):
            for axis in catalog.axes:
                several = axis in catalog and catalog.question(axis).multiselect
                if part.startswith(f"{axis}_") and not several:
                    parts[axis] = part
        return parts

    first, second = axes(one), axes(other)
    return any(first[axis] != second[axis] for axis in first.keys() & second.keys())


def test_no_two_overlays_that_go_together_write_one_path(catalog: Catalog) -> None:
    core = written(TEMPLATE)
    for name, folder in overlays().items():
        assert not written(folder) & core, name
    for (one, first), (other, second) in combinations(sorted(overlays().items()), 2):
        if not exclusive(catalog, one, other):
            assert not written(first) & written(second), (one, other)


def test_every_slot_is_filled_and_every_filling_is_used() -> None:
    used = {name for path in TEMPLATE.rglob("*.jinja") for name in re.findall(r'slot\("([^"]+)"\)', path.read_text())}
    filled = {path.name.removesuffix(".jinja") for path in TEMPLATE.rglob("_slots/*")}
    assert filled == used


def test_the_list_of_axes_is_the_catalogue(catalog: Catalog) -> None:
    text = (TEMPLATE / "_includes" / "axes.jinja").read_text()
    listed = dict(re.findall(r'"(\w+)": (\w+),', text))
    assert all(name == value for name, value in listed.items())
    assert list(listed) == list(catalog.axes)


def test_a_cluster_is_there_when_an_engine_or_a_platform_needs_one(catalog: Catalog) -> None:
    documents = yaml.safe_load((ROOT / "questions" / "use.yml").read_text())
    computed = SandboxedEnvironment().from_string(documents["cluster"]["default"])
    always, hosted = {"kubeflow", "argo", "kubernetes", "kserve", "seldon"}, {"airflow", "dagster", "prefect"}
    axes = ("cloud", "orchestrator", "platform")
    for answers in product(*(catalog.axes[axis] for axis in axes)):
        needed = always | (set() if "local" in answers else hosted)
        found = computed.render(dict(zip(axes, answers, strict=True))).strip()
        assert found in catalog.axes["cluster"]
        assert (found == "kubernetes") == bool(set(map(str, answers)) & needed)


def test_paths_are_legal_and_short_on_every_system() -> None:
    for path in TEMPLATE.rglob("*"):
        relative = path.relative_to(TEMPLATE).as_posix()
        assert len(relative) <= 140
        assert not re.search(r'[<>:"|?*\\]', relative)
        assert not path.is_symlink()


def test_plain_copier_features_only() -> None:
    text = (ROOT / "copier.yml").read_text()
    assert not re.search(r"^_(tasks|migrations|jinja_extensions)", text, re.MULTILINE)


def test_shared_files_hold_no_condition_on_an_axis_with_overlays(catalog: Catalog) -> None:
    axes = {name.split("_")[0] for name in overlays() if "__" not in name} - {"problem"}
    found = defaultdict(list)
    for path in TEMPLATE.rglob("*.jinja"):
        inside = any(OVERLAY.match(part) for part in path.parts)
        if inside or "_includes" in path.parts:
            continue
        for axis in axes:
            if re.search(rf"\{{%-? *(el)?if [^%]*\b{axis}\b", path.read_text()):
                found[path.name].append(axis)
    assert dict(found) == {}


def engine_conditions(source: str) -> list[int]:
    """Lines on which a template asks which orchestrator was chosen."""
    tree = SandboxedEnvironment().parse(source)
    tests = [*(node.test for node in tree.find_all(nodes.If)), *(node.test for node in tree.find_all(nodes.CondExpr))]
    asked = [name for test in tests for name in (test, *test.find_all(nodes.Name)) if isinstance(name, nodes.Name)]
    lines = [name.lineno for name in asked if name.name == "orchestrator"]
    return lines + [node.lineno for node in tree.find_all(nodes.Getattr) if "orchestrator_" in node.attr]


@pytest.mark.parametrize(
    "source",
    [
        "{% if orchestrator %}a{% endif %}",
        "{% if a and orchestrator == 'b' %}a{% endif %}",
        "{{ 1 if orchestrator in ['b'] else 2 }}",
        "{% if a %}{% elif use.orchestrator_b %}{% endif %}",
        "{% set a = use.ci_github__orchestrator_b %}",
    ],
)
def test_conditions_on_the_orchestrator_are_found(source: str) -> None:
    assert engine_conditions(source) == [1]
    assert engine_conditions("{{ orchestrator }} {% if cloud %}{{ orchestrator }}{% endif %}") == []


def test_only_folders_of_an_orchestrator_know_which_it_is() -> None:
    found = {
        path.relative_to(TEMPLATE).as_posix(): lines
        for path in TEMPLATE.rglob("*.jinja")
        if "orchestrator_" not in path.relative_to(TEMPLATE).as_posix()
        and (lines := engine_conditions(path.read_text()))
    }
    assert found == {}


@pytest.mark.parametrize("name", ["pyproject.toml", "Makefile", "README.md", "config.toml"])
def test_shared_files_exist(name: str) -> None:
    assert (TEMPLATE / f"{name}.jinja").is_file()
