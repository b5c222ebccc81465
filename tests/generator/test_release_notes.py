"""What a release says comes from the change log, and only for the version that is built."""

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from scripts.release_notes import ReleaseError, released, section

CHANGELOG = """\
# Changes

## Unreleased

- Later.

## 0.10.0 - 2027-02-01

### Added

- Ten.

## 0.1.0 - 2027-01-01

- One.
"""


@pytest.mark.parametrize(("version", "notes"), [("0.10.0", "### Added\n\n- Ten.\n"), ("0.1.0", "- One.\n")])
def test_one_version_is_taken(version: str, notes: str) -> None:
    assert section(CHANGELOG, version) == notes


@pytest.mark.parametrize("version", ["0.2.0", "0.1", "0.1.00", "0.1x0", "Unreleased"])
def test_a_version_without_a_heading_is_refused(version: str) -> None:
    with pytest.raises(ReleaseError, match="has no heading"):
        section(CHANGELOG, version)


def test_a_heading_needs_its_day() -> None:
    with pytest.raises(ReleaseError, match="has no heading"):
        section("## 0.1.0\n\n- One.\n", "0.1.0")


def test_a_version_about_which_nothing_is_said_is_refused() -> None:
    with pytest.raises(ReleaseError, match="says nothing"):
        section("## 0.2.0 - 2027-01-02\n\n## 0.1.0 - 2027-01-01\n\n- One.\n", "0.2.0")


@pytest.mark.parametrize("tag", ["v0.1.1", "0.1.0", "v0.1.0rc1"])
def test_a_tag_that_is_not_the_version_is_refused(tag: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    assert released("v0.1.0", tmp_path) == "- One.\n"
    with pytest.raises(ReleaseError, match=r"pyproject\.toml has version 0\.1\.0"):
        released(tag, tmp_path)


def test_a_refusal_fails_the_release_with_a_message() -> None:
    command = [sys.executable, "scripts/release_notes.py", "v0.0.0"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: the tag is v0.0.0")
