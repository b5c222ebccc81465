"""A repository that offers less: what a test of the machinery needs takes seconds there, however the template grows."""

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from conftest import ROOT

from mlops_new.bundle import CONTENT
from mlops_new.catalog import load
from mlops_new.overlays import SWITCH

REDUCED: Mapping[str, Sequence[str]] = {
    "license": ["none"],
    "python": ["3.12"],
    "cloud": ["local", "aws"],
    "orchestrator": ["none", "airflow", "prefect"],
    "framework": ["sklearn"],
    "compute": ["local"],
    "tuning": ["none"],
    "drift": ["none"],
    "triggers": ["manual", "schedule"],
}
"""As few choices as show how overlays, slots and rules work together."""


def reduced_template(folder: Path, offered: Mapping[str, Sequence[str]]) -> Path:
    """Copy what projects are rendered from, and take back the offer of every other choice of some questions.

    Args:
        folder: where to; it must not exist.
        offered: question → values that stay on offer.
    """
    catalog = load(ROOT)
    gone = {
        axis: [choice.value for choice in catalog.question(axis).offered if choice.value not in kept]
        for axis, kept in offered.items()
    }
    overlays = {f"{axis}_{value}" for axis, values in gone.items() for value in values}

    def left_out(_: str, names: list[str]) -> set[str]:
        return {name for name in names if (switch := SWITCH.fullmatch(name)) and switch[1] in overlays}

    folder.mkdir()
    for name in CONTENT:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=left_out)
        else:
            shutil.copy(ROOT / name, folder / name)
    for axis, values in gone.items():
        withdraw(folder, axis, values, "planned")
    return folder


def withdraw(folder: Path, axis: str, values: Iterable[str | bool], status: str) -> None:
    """Take back the offer of some choices of a question.

    Args:
        folder: holds copier.yml and questions/.
        axis: the question.
        values: the choices.
        status: planned or retired.
    """
    [file] = [file for file in (folder / "questions").glob("*.yml") if f"\n{axis}:\n" in f"\n{file.read_text()}"]
    before, question, after = re.split(rf"(?ms)^({axis}:\n.*?)(?=^\w|\Z)", file.read_text())
    for value in values:
        said = f"      status: {status}\n      validator: left out of this test\n"
        choice = rf'(      value: "?{re.escape(str(value))}"?\n      when: .*\n)'
        question, count = re.subn(choice, rf"\1{said}", question)
        assert count == 1, (axis, value)
    file.write_text(before + question + after)
