"""What GitHub reads of this repository is held to what the proof asks of projects."""

import pytest
from conftest import ROOT

from proof.contents import Unit
from proof.lint import lint_batch
from proof.linters.all import LINTERS
from proof.linters.base import Linter
from proof.linters.pypi import batch, version

FORMS = {".github/ISSUE_TEMPLATE/a.yml": "name: A\ndescription: A\nbody:\n  - type: field\n"}
CHOOSER = {".github/ISSUE_TEMPLATE/config.yml": "blank_issues_enabled: perhaps\n"}
OWN = (
    Linter(
        "issue-forms",
        (".github/ISSUE_TEMPLATE/*.yml",),
        batch("check-jsonschema", "--builtin-schema", "vendor.github-issue-forms"),
        FORMS,
        version,
        excludes=("config.yml",),
    ),
    Linter(
        "issue-config",
        (".github/ISSUE_TEMPLATE/config.yml",),
        batch("check-jsonschema", "--builtin-schema", "vendor.github-issue-config"),
        CHOOSER,
        version,
    ),
    Linter(
        "timeouts",
        (".github/workflows/*.yml",),
        batch("check-jsonschema", "--builtin-schema", "custom.github-workflows-require-timeout"),
        {".github/workflows/a.yml": "on: push\njobs:\n  a:\n    runs-on: x\n    steps: []\n"},
        version,
    ),
)
"""Linters of what projects do not have."""
SHARED = {"actionlint", "checkov-github", "dependabot", "github-schema", "yamllint", "zizmor"}
JUDGES = (*(linter for linter in LINTERS if linter.name in SHARED), *OWN)


def units(linter: Linter, files: dict[str, bytes]) -> list[Unit]:
    """Files as a linter gets to see them."""
    wanted = {path: content for path, content in files.items() if linter.wants(path)}
    return [Unit(wanted, {})] if linter.whole else [Unit({path: content}, {}) for path, content in wanted.items()]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Path → content of all in .github, and of the hooks."""
    found = [path for path in sorted((ROOT / ".github").rglob("*")) if path.is_file()]
    found.append(ROOT / ".pre-commit-config.yaml")
    return {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("linter", JUDGES, ids=lambda linter: linter.name)
def test_nothing_is_found(linter: Linter, files: dict[str, bytes]) -> None:
    own = units(linter, files)
    assert own
    assert lint_batch(linter, own) == ""


@pytest.mark.parametrize("linter", OWN, ids=lambda linter: linter.name)
def test_a_bad_sample_is_caught(linter: Linter) -> None:
    [bad] = units(linter, {path: content.encode() for path, content in linter.bad.items()})
    assert lint_batch(linter, [bad]) != ""


def test_links_between_pages_lead_somewhere() -> None:
    [links] = [linter for linter in LINTERS if linter.name == "links"]
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*")]
    named = [ROOT / name for name in ("LICENSE", "zensical.toml")]
    found = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in [*pages, *named] if path.is_file()}
    assert lint_batch(links, [Unit(found, {})]) == ""
    broken = {**found, "README.md": b"# A\n\n[nowhere](docs/nowhere.md)\n"}
    assert lint_batch(links, [Unit(broken, {})]) != ""
