"""The pipeline definitions that projects ship are those of all projects, not just of those that `make lint` tries."""

import pytest

from scripts import definitions

pytestmark = [pytest.mark.full, pytest.mark.cached("proof", "scripts")]


def test_definitions_hold_for_everything_that_decides_them() -> None:
    assert definitions.main(["--check", "--all"]) == 0, "see above; if a line is missed, raise STRENGTH"
