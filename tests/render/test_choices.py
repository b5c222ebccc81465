"""The recipes of CONTRIBUTING.md: one more choice is an entry, its rules and its folders, and no other file changes.

They are followed with a copy of a choice that exists, whose projects have to be the same but for the name.
"""

import re

import pytest
from conftest import ROOT

from benchmarks.choices import ORIGINALS, effort

RECIPES = {
    "orchestrator": "Add an orchestrator",
    "ci": "Add a CI provider",
    "cloud": "Add a cloud",
}
LANGUAGES = {
    "cloud": {"cloud", "cluster", "iac", "ci", "tracker"},  # each has its own way to reach a cloud
    "iac": {"iac", "ci"},  # a job of CI checks the infrastructure, and the tool learns whose jobs to trust
}
"""Axis → axes in whose language a choice may have files, where these are not its own only."""


@pytest.mark.parametrize("axis", ORIGINALS)
def test_one_more_choice_changes_no_file_that_exists(axis: str) -> None:
    found = effort(axis, ORIGINALS[axis], combinations=12)
    assert found.changed == ()
    folders = [name.partition("/")[0] for name in found.folders]
    assert set(folders) <= LANGUAGES.get(axis, {axis})
    assert folders.count(axis) == 1


@pytest.mark.parametrize("axis", RECIPES)
def test_the_recipe_names_what_the_choice_brings(axis: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    [recipe] = re.findall(rf"(?ms)^## {RECIPES[axis]}\n(.*?)(?=^## )", text)
    named = set(re.findall(r"`questions/(\w+\.yml)`", recipe))
    holding = {
        page.name for page in (ROOT / "questions").glob("*.yml") if re.search(rf"(?m)^{axis}:$", page.read_text())
    }
    assert holding <= named
    assert "`traits`" in recipe
    assert f"{{{{use.{axis}}}}}/{{{{use.{axis}_" in recipe
