"""The part of the change log that an update shows."""

import pytest

from mlops_new.changelog import between

CHANGELOG = """\
# Changes

## Unreleased

- Later.

## 0.10.0 - 2027-03-01

- Ten.

## 0.2.0 - 2027-02-01

### Added

- Two.

## 0.1.0 - 2027-01-01

- One.
"""


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("0.1.0", "0.2.0", ["Two"]),
        ("0.1.0", "0.10.0", ["Ten", "Two"]),
        ("0.2.0", "0.10.0", ["Ten"]),
        ("0.0.9", "0.1.0", ["One"]),
        ("0.0.9", "0.10.0", ["Ten"]),
        ("0.2.0", "0.2.0", []),
        ("0.1.0", "0.3.0", []),
    ],
)
def test_sections_of_newer_versions_are_shown(before: str, after: str, shown: list[str]) -> None:
    text = between(CHANGELOG, before, after)
    assert [word for word in ("Later", "Ten", "Two", "One") if f"- {word}." in text] == shown
    assert text == text.strip()
