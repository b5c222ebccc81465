"""Say what an update changes, and what a user has to decide."""

from collections.abc import Mapping, Sequence
from typing import Any

from .merge import Outcome, Reason
from .planning import Update

ADVICE: Mapping[Reason, str] = {
    "content": "search for <<<<<<< and decide",
    "add/add": "you and the template added it; search for <<<<<<< and decide",
    "binary": "it is no text, yours stays; `git checkout --theirs FILE` takes the template's",
    "type": "one is a link, yours stays; `git checkout --theirs FILE` takes the template's",
    "modify/delete": "the template no longer has it, yours stays; `git rm FILE` removes it",
    "lock": "the template's was taken; `make lock` adds what your pyproject.toml asks for",
    "rename": "you and the template moved it, or you have another file there; it stays where you have it",
}
"""What to do about a conflict."""


def to_decide(conflicts: Sequence[Outcome]) -> str:
    """Say in which files an edit meets a change of the template, and what to do; nothing if there are none."""
    if not conflicts:
        return ""
    lines = []
    for item in conflicts:
        reason = item.reason or "content"
        advice = f"see {item.path}.rej" if item.rejected else ADVICE[reason]
        lines.append(f"  {item.path}: {reason}: {advice}")
    return "\n".join(["edits and the template disagree; `git mergetool` shows each:", *lines])


def lines(update: Update) -> list[str]:
    """Return an update as `update` prints it."""
    updated = update.before != update.after
    versions = f"From {update.before} to {update.after}" if updated else f"Still {update.before}"
    news = [f"\n{update.news}\n"] if update.news else []
    migrated = [f"  answer    {sentence}" for sentence in update.migrated]
    return [f"{versions}: {counted(update)}.", *news, *migrated, *file_lines(update)]


def counted(update: Update) -> str:
    """Return how many files change, in words."""
    count = len(update.changes)
    return "1 file changes" if count == 1 else f"{count or 'no'} files change"


def file_lines(update: Update) -> list[str]:
    """Return what happens to each file, a line each."""
    printed = []
    for item in update.changes:
        origin = item.moved_from and f"from {item.moved_from}"
        left_out = "you removed it" if item.kind == "left out" else None
        kept = f"yours goes to {update.keep}" if item.path in update.aside else None
        details = ", ".join(filter(None, (origin, item.reason, left_out, kept)))
        printed.append(f"  {item.kind:<9}{item.path}{details and f' ({details})'}")
    goes = f", goes to {update.keep}" if update.keep else ""
    printed += (f"  in the way of {', '.join(paths)}: {path}{goes}" for path, paths in update.blocked.items())
    for path, place in update.left_behind.items():
        printed.append(f"  {'stays':<9}{path} (yours; its folder went: `git mv` it to {place}, change what imports it)")
    return printed


def describe(update: Update) -> dict[str, Any]:
    """Return an update as `update --json` prints it."""
    changes = []
    for item in update.changes:
        known = {"path": item.path, "kind": item.kind, "cause": update.causes.get(item.path)}
        more = {"from": item.moved_from, "reason": item.reason}
        changes.append({**known, **{name: value for name, value in more.items() if value}})
    blocked = {path: list(paths) for path, paths in update.blocked.items()}
    shown = {"from": update.before, "to": update.after, "changelog": update.news}
    answers = {name: {"before": before, "after": after} for name, (before, after) in update.answers.items()}
    told = {"migrated": list(update.migrated), "left_behind": dict(update.left_behind)}
    return {**shown, "answers": answers, **told, "changes": changes, "blocked": blocked}
