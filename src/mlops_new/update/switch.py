"""Change choices of a project: an update to other answers, with what it means for what is outside of the project.

Where an update leaves an edited file that the template removes to a person, a switch sets it aside, so that the project
is a whole one of the new choice. What it means is data: each choice in questions/ says what entering and leaving it
asks of a person.
"""

import os
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from .. import remedies, source
from ..answers import from_settings
from ..catalog import Catalog, Consequences, Value, as_text
from ..errors import AnswersError, InputError, UpdateError
from ..questionnaire import Questionnaire
from . import record
from .planning import Style, Update, plan
from .reporting import counted, file_lines
from .reporting import describe as describe_update

KEPT = "kept"
"""Folder in a project for edited files of choices that it left, one folder for each switch."""


@dataclass(frozen=True)
class Note:
    """What a choice asks of a person who enters or leaves it; `choice` is written as axis=choice."""

    choice: str
    text: str


@dataclass(frozen=True)
class Switch:
    """A switch that was worked out and not carried out.

    Attributes:
        update: what changes in the project.
        before: what to do before it.
        after: what to do after it.
        stays: what it does not touch.
    """

    update: Update
    before: tuple[Note, ...] = ()
    after: tuple[Note, ...] = ()
    stays: tuple[Note, ...] = ()


def work_out(project: Path, settings: Sequence[str], style: Style = "inline", keep: Path | None = None) -> Switch:
    """Work out what a switch changes and what it means; nothing is written.

    Args:
        project: folder of the project.
        settings: the choices, as axis=choice.
        style: how conflicts are shown.
        keep: folder that takes edited files of the choices that are left, and what is in the way.

    Raises:
        UpdateError: the project cannot be switched as it is; with the way out.
        InputError: an answer is refused, with what to add to the command.
    """
    questionnaire = Questionnaire(source.root(), project.resolve())
    asked = from_settings(settings, questionnaire, "")
    _, version, answers = record.read(project)
    held = record.known(answers, questionnaire)
    if version != f"v{source.version()}":
        raise UpdateError(
            f"{project} is of template version {version} and this program of v{source.version()}; "
            "first run `mlops-new update`, commit, then switch"
        )
    try:
        record.changed(questionnaire, held, asked)
    except AnswersError as error:
        more = _accepted(questionnaire, held, asked)
        added = (f"{axis}={as_text(value)}" for axis, value in more.items())
        command = shlex.join(["mlops-new", "switch", *settings, *added])
        raise InputError(f"{error}\nThis goes together: {command}" if more else str(error)) from error
    update = plan(project, settings, style, keep, aside=_free(project / KEPT, held, asked))
    name = str(held["project_name"])
    names = {"<project>": name, "<package>": name.replace("-", "_"), "<PACKAGE>": name.replace("-", "_").upper()}
    found = _consequences(questionnaire.catalog, update.answers)
    return Switch(
        update,
        before=_notes(names, ((choice, said.before) for choice, said in found)),
        after=_notes(names, ((choice, said.after) for choice, said in found)),
        stays=_notes(names, ((choice, said.stays) for choice, said in found)),
    )


def lines(switch: Switch) -> list[str]:
    """Return a switch as `switch` prints it."""
    update = switch.update
    if not update.answers:
        return ["Nothing to change: these are the project's answers."]
    printed = []
    for name, (before, after) in update.answers.items():
        old, new = ("nothing" if value is None else as_text(value) for value in (before, after))
        printed.append(f"{name}: {old} → {new}")
    for title, notes in (("Before", switch.before), ("After", switch.after), ("Stays", switch.stays)):
        printed += [f"\n{title}:"] if notes else []
        printed += [f"  {note.choice}: {note.text}" for note in notes]
    return [*printed, f"\n{counted(update).capitalize()}:", *file_lines(update)]


def describe(switch: Switch) -> dict[str, Any]:
    """Return a switch as `switch --json` prints it."""
    notes = {"before": switch.before, "after": switch.after, "stays": switch.stays}
    listed = {side: [{"choice": note.choice, "text": note.text} for note in found] for side, found in notes.items()}
    aside = {"folder": str(switch.update.keep), "files": list(switch.update.aside)} if switch.update.aside else None
    return {**describe_update(switch.update), **listed, "kept": aside}


def _notes(names: Mapping[str, str], said: Iterable[tuple[str, Iterable[str]]]) -> tuple[Note, ...]:
    """Return notes in which the names of the project are filled in."""
    return tuple(Note(choice, _filled(sentence, names)) for choice, sentences in said for sentence in sentences)


def _filled(sentence: str, names: Mapping[str, str]) -> str:
    for placeholder, name in names.items():
        sentence = sentence.replace(placeholder, name)
    return sentence


def _accepted(questionnaire: Questionnaire, held: Mapping[str, Value], asked: Mapping[str, Value]) -> dict[str, Value]:
    """Return the further answers with which the ones asked for are accepted; empty if there are none."""
    more = remedies.further(questionnaire, held, asked)
    try:
        record.changed(questionnaire, held, {**asked, **more})
    except AnswersError:
        return {}
    return more


def _free(folder: Path, held: Mapping[str, Value], asked: Mapping[str, Value]) -> Path:
    """Return a folder that does not exist yet, named after the answers that are left."""
    left = [f"{axis}-{'-'.join(_values(held[axis]))}" for axis in asked if axis in held]
    name = re.sub(r"[^\w+-]", "_", "+".join(left))[:100] or "switch"
    names = chain([name], (f"{name}-{number}" for number in count(2)))
    return next(folder / free for free in names if not os.path.lexists(folder / free))


def _values(answer: Value | None) -> list[str]:
    """Return the choices of an answer, as text."""
    return [] if answer is None else answer if isinstance(answer, list) else [as_text(answer)]


def _consequences(
    catalog: Catalog, answers: Mapping[str, tuple[Value | None, Value | None]]
) -> list[tuple[str, Consequences]]:
    """Return what the choices that are left say, then those that are entered, each as axis=choice."""
    left, entered = [], []
    for axis, (before, after) in answers.items():
        old, new = _values(before), _values(after)
        for choice in catalog.question(axis).choices:
            value = as_text(choice.value)
            if choice.leave and value in old and value not in new:
                left.append((f"{axis}={value}", choice.leave))
            if choice.enter and value in new and value not in old:
                entered.append((f"{axis}={value}", choice.enter))
    return [*left, *entered]
