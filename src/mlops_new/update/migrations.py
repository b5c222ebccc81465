"""How answers of an earlier template version are read: the table in questions/migrations.yml.

Plain `copier update` does not read the table: there, a question with a new name gets its default.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from packaging.version import InvalidVersion, Version

from ..catalog import Catalog, as_text
from ..loader import SafeLoader

TABLE = "questions/migrations.yml"


@dataclass(frozen=True)
class Migration:
    """What changed about questions in a version.

    Attributes:
        version: the first version that asks as it does now.
        rename: old name of a question → new name.
        answers: question → answer → the answers in its place: a choice that was renamed or retired, or a question
            that was split. In a list, each element is an answer.
        retire: questions that are no longer asked.
    """

    version: str
    rename: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Mapping[Any, Mapping[str, Any]]] = field(default_factory=dict)
    retire: Sequence[str] = ()


def load(root: Path) -> tuple[Migration, ...]:
    """Read the table.

    Args:
        root: folder that holds copier.yml and questions/.
    """
    table = yaml.load((root / TABLE).read_text(encoding="utf-8"), SafeLoader)  # noqa: S506 - it is a safe loader
    return tuple(Migration(**entry) for entry in table["migrations"])


def migrate(
    answers: Mapping[str, Any], before: str, migrations: Iterable[Migration]
) -> tuple[dict[str, Any], list[str]]:
    """Return answers as the newest version asks for them.

    Args:
        answers: those of a project.
        before: tag of the template version that the project is of; a commit without a tag migrates nothing.
        migrations: the table, in the order of versions.

    Returns:
        The answers, and what became of those that changed, a sentence each.
    """
    try:
        version = Version(before)
    except InvalidVersion:
        return dict(answers), []
    found, said = dict(answers), []
    for migration in migrations:
        if Version(migration.version) > version:
            found, changes = _apply(found, migration)
            said += changes
    return found, said


def problems(migrations: Sequence[Migration], catalog: Catalog) -> list[str]:
    """Say what is wrong with the table: entries out of order, and names or answers that the catalogue does not have."""
    versions = [Version(item.version) for item in migrations]
    found = [] if versions == sorted(versions) else ["the entries are not in the order of versions"]
    for number, item in enumerate(migrations):
        later = migrations[number + 1 :]
        gone = {name for other in later for name in (*other.rename, *other.retire, *other.answers)}
        old = [*item.rename, *item.retire]
        found += [f"{item.version}: {name} is asked, and so not renamed or retired" for name in old if name in catalog]
        given = [(new, None) for new in item.rename.values()]
        given += [pair for table in item.answers.values() for answers in table.values() for pair in answers.items()]
        for name, answer in given:
            if name in gone:
                continue
            if name not in catalog:
                found.append(f"{item.version}: {name} is not asked")
                continue
            offered = [choice.value for choice in catalog.question(name).offered]
            picked: list[Any] = answer if isinstance(answer, list) else [] if answer is None else [answer]
            wrong = [one for one in picked if offered and one not in offered]
            found += [f"{item.version}: {name} does not offer {one}" for one in wrong]
    return found


def _apply(answers: Mapping[str, Any], migration: Migration) -> tuple[dict[str, Any], list[str]]:
    said = []
    found: dict[str, Any] = {migration.rename.get(name, name): value for name, value in answers.items()}
    said += [f"{old} is now called {new}" for old, new in migration.rename.items() if old in answers]
    for question, table in migration.answers.items():
        held = found.get(question)
        taken = [one for one in (held if isinstance(held, list) else [held]) if one in table]
        if not taken:
            continue
        if isinstance(held, list):
            found[question] = [one for one in held if one not in table]
        else:
            del found[question]
        for one in taken:
            for name, value in table[one].items():
                kept = found.get(name) if isinstance(value, list) else None
                found[name] = list(dict.fromkeys([*kept, *value])) if isinstance(kept, list) else value
            new = ", ".join(f"{name}={as_text(value)}" for name, value in table[one].items())
            said.append(f"{question}={one} became {new}" if new else f"{question}={one} is gone")
    gone = [name for name in migration.retire if name in found]
    said += [f"{name} is no longer asked; it was {as_text(found.pop(name))}" for name in gone]
    return found, said
