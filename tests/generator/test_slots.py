"""The tables of slots in docs/template.md: what the template says, and one purpose for each slot."""

import re
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from mlops_new.catalog import Catalog
from mlops_new.overlays import FILLINGS, fillers, folder, overlays
from scripts import slots

IMPORT = '{% from "template/_includes/slots.jinja" import slot with context %}'
FILES = {
    "a.txt.jinja": IMPORT + '{{ slot("one") }}{% if approval %}{{ slot("two") | trim }}{% endif %}{{ slot("one") }}',
    "_includes/b.txt.jinja": IMPORT + '{% set b = slot("two") %}{# slot("three") #}{% raw %}slot("three"){% endraw %}',
}
ONE, TWO = "{% macro one() %}\n{% endmacro %}\n", "{% macro two() %}\n{%- endmacro %}\n"
CALLED = IMPORT + '{{ slot("two") }}'
OVERLAYS = {
    "serving/serving_rest": {FILLINGS: ONE, "src/{{package}}/c.py.jinja": CALLED},
    "serving/serving_batch": {FILLINGS: ONE, "src/{{package}}/c.py.jinja": CALLED},
    "tracker/tracker_mlflow": {FILLINGS: "{% macro one() %}\n" + CALLED + "\n{% endmacro %}\n"},
    "tracker/tracker_mlflow/cloud_aws": {FILLINGS: TWO},
    "cloud/cloud_aws": {FILLINGS: TWO},
    "cloud/cloud_gcp": {"d.txt": ""},
}
TABLES = """
### Some

| slot | goes into | filled by | purpose |
|---|---|---|---|
| `two` | {two} | `cloud_aws`, `tracker_mlflow/cloud_aws` | the second |

### Others

| slot | goes into | filled by | purpose |
|---|---|---|---|
| `one` | `a.txt` | `tracker_mlflow`, `serving_*` | the first |
"""
PURPOSES = {"Some": {"two": "the second"}, "Others": {"one": "the first"}}


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A template with few slots."""
    root = tmp_path / "template"
    files = {root / name: text for name, text in FILES.items()}
    files |= {folder(root, name) / file: text for name, each in OVERLAYS.items() for file, text in each.items()}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_committed_tables_are_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are not while a slot has no purpose, or a purpose no slot."""
    monkeypatch.setattr(sys, "argv", ["slots.py", "--check"])
    assert slots.main() == 0


def test_tables_say_who_calls_and_who_fills(template: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    places = ["_includes/b.txt", "a.txt", "serving_*/src/<package>/c.py", "tracker_mlflow/_slots"]
    written = ", ".join(f"`{place}`" for place in places)
    assert slots.tables(template, catalog, PURPOSES) == TABLES.format(two=written)
    monkeypatch.setattr(slots, "MOST", 3)
    assert slots.tables(template, catalog, PURPOSES) == TABLES.format(two="5 files")


@pytest.mark.parametrize(
    ("purposes", "message"),
    [
        ({"Some": {"two": "the second"}}, r"lacks \['one'\]"),
        ({**PURPOSES, "Old": {"three": "the third"}}, r"no template calls \['three'\]"),
    ],
)
def test_every_slot_has_a_purpose_and_none_is_left_over(
    purposes: dict[str, dict[str, str]], message: str, template: Path, catalog: Catalog
) -> None:
    with pytest.raises(slots.SlotsError, match=message):
        slots.tables(template, catalog, purposes)


def test_no_slot_stands_in_two_groups() -> None:
    groups = yaml.safe_load(slots.PURPOSES.read_text())
    assert sum(len(group) for group in groups.values()) == len({slot for group in groups.values() for slot in group})


ALL = [
    "cloud_aws",
    "cloud_gcp",
    "ci_github",
    "ci_github/cloud_aws",
    "ci_github/cloud_gcp",
    "iac_terraform/cloud_aws",
    "",
]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ([], []),
        ([""], [""]),
        (["ci_github"], ["ci_github"]),
        (["cloud_gcp", "ci_github"], ["cloud_gcp", "ci_github"]),
        (["cloud_gcp", "ci_github", "cloud_aws"], ["cloud_*", "ci_github"]),
        (["ci_github/cloud_aws", "ci_github/cloud_gcp"], ["ci_github/cloud_*"]),
        (["ci_github/cloud_aws", "iac_terraform/cloud_aws"], ["ci_github/cloud_aws", "iac_terraform/cloud_aws"]),
    ],
)
def test_what_stands_for_several_overlays_fits_no_other(given: list[str], written: list[str], catalog: Catalog) -> None:
    assert slots.shortened(given, ALL, catalog) == written


def test_what_is_shortened_in_the_template_can_be_recovered(catalog: Catalog) -> None:
    """A name with a star fits exactly the overlays it stands for."""
    every = [name.partition("/")[2] for name in overlays(ROOT / "template")]

    for filling in fillers(ROOT / "template", catalog).values():
        given = [name.partition("/")[2] for name in filling]
        names = slots.shortened(given, every, catalog)
        patterns = [re.compile(name.replace("*", r"\w+")) for name in names]
        assert {overlay for overlay in every if any(pattern.fullmatch(overlay) for pattern in patterns)} == set(given)
