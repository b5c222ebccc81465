"""Cases for updates, each from a seed: answers, a newer template version, and edits of every kind to a project.

A case knows what was done to each file, so that what an update has to do is known without working it out again.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from random import Random
from typing import NamedTuple

from template_versions import LONG, NUMBER, Files, Version, Versions, place

from mlops_new.answers import COPIER_FILE, check, from_settings
from mlops_new.catalog import Value
from mlops_new.errors import AnswersError
from mlops_new.update.tree import EXECUTABLE, LINK, REGULAR, File

LAYOUTS = ("repository", "folder", "link", "worktree", "submodule")
"""What a project is in its Git repository."""
ANSWERS: Mapping[str, Sequence[Value]] = {
    "project_name": ["my-project", "my-project", "my-project", "other"],
    "problem": ["classification", "regression"],
    "description": ['It\'s "quoted" {{ not jinja }}: #1', "Größe"],
    "author": ["", "Jane Doe <jane@example.com>"],
    "team": ["small", "medium", "large"],
    "retraining": ["on_demand", "weekly", "hourly"],
    "monthly_budget": [0, 77],
    "cloud": ["local", "aws"],
    "orchestrator": ["none", "airflow", "prefect"],
    "tracker": ["mlflow", "wandb"],
    "serving": ["rest", "batch"],
    "iac": ["none", "terraform"],
    "ci": ["none", "github", "gitlab"],
    "monitoring": ["none", "prometheus"],
    "triggers": [["manual"], ["manual", "schedule"]],
    "approval": [True, False],
    "review": ["none", "strict"],
}
"""Answers to draw from; `review` is a question of newer versions alone."""
TEXTS = ("ä.txt", "with blank.md", "-dash.py", 'quote".txt', "tab\t.txt", "line\nbreak.txt", "plain.py")
"""Names of the user's files."""


class Hunk(NamedTuple):
    """A change of lines: those from `start` to before `stop` become `lines`."""

    start: int
    stop: int
    lines: tuple[bytes, ...]


@dataclass
class Case:
    """A project with edits, and what it is updated to.

    Attributes:
        seed: what it is made from.
        layout: one of LAYOUTS.
        old: the version that the project is of.
        new: the version that it gets.
        settings: answers to change, as name=value.
        base: what the old version gives.
        theirs: what the new version gives.
        renamed: path in the old version → in the new one, of the files that the template moved.
        reject: whether conflicts are put beside files.
        keep: whether a folder is named for what goes.
        ours: the user's files that Git holds.
        places: path in the old version → where the user has that file; None if it was deleted.
        hunks: path in the old version → lines that the user changed, of files where nothing else was done to lines.
        crlf: paths in the old version of files whose line ends the user changed.
        untracked: files that Git does not hold.
        ignored: paths that Git ignores, beside those that end in `.ignored`.
        folders: folders without files.
        marks: unique text of an edit → what the edit was.
    """

    seed: int
    layout: str
    old: Version
    new: Version
    settings: tuple[str, ...]
    base: Files
    theirs: Files
    renamed: dict[str, str]
    reject: bool
    keep: bool
    ours: Files = field(default_factory=dict)
    places: dict[str, str | None] = field(default_factory=dict)
    hunks: dict[str, list[Hunk]] = field(default_factory=dict)
    crlf: set[str] = field(default_factory=set)
    untracked: Files = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    marks: dict[bytes, str] = field(default_factory=dict)


def version_of(seed: int) -> int:
    """Return the number of the newer version that a case is about."""
    return seed % NUMBER


def make(seed: int, versions: Versions) -> Case:
    """Make the case of a seed."""
    random = Random(f"case {seed}")
    old = versions.old
    new = old if random.random() < 0.2 else versions.new(version_of(seed))
    held, settings, answers = _answers(random, old, new)
    base, theirs, middle = (
        old.render(held),
        new.render(answers),
        new.render(new.questionnaire.complete(new.translate(held))),
    )
    package = str(held["project_name"]).replace("-", "_")
    hook = f"src/{package}/features.py"
    if hook in theirs:  # the user's own, which no update touches
        theirs[hook] = base[hook]
    moved = {place(one, package): place(other, package) for one, other in new.moved.items()}
    renamed = {
        one: other
        for one, other in moved.items()
        if one != other and one in base and one not in middle and other in middle and other in theirs
    }
    layout = random.choice(LAYOUTS)
    reject, keep = random.random() < 0.25, random.random() < 0.3
    case = Case(seed, layout, old, new, settings, base, theirs, renamed, reject, keep)
    _Editor(case, random).edit()
    return case


def changed_lines(before: bytes, after: bytes) -> list[Hunk]:
    """Return the changes of lines that make one text of another."""
    one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    found = difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return [Hunk(a, b, tuple(other[c:d])) for tag, a, b, c, d in found if tag != "equal"]


def is_text(file: File) -> bool:
    """Tell whether a file has lines, to Git."""
    return file.mode != LINK and b"\0" not in file.data[:8000]


def _answers(random: Random, old: Version, new: Version) -> tuple[dict[str, Value], tuple[str, ...], dict[str, Value]]:
    """Draw the answers of a project, those to change, and all answers afterwards."""
    while True:
        drawn = {name: random.choice(values) for name, values in ANSWERS.items() if random.random() < 0.5}
        drawn = {"project_name": "my-project", **drawn}
        drawn.pop("review", None)
        try:
            held = check(old.questionnaire, drawn)
        except AnswersError:
            continue
        known = new.translate(held)
        for attempt in range(20):
            count = random.randint(1, 2) if old is new or attempt or random.random() < 0.4 else 0
            names = random.sample([name for name in ANSWERS if name in new.questionnaire.catalog], count)
            settings = tuple(f"{name}={_text(random.choice(ANSWERS[name]))}" for name in names)
            changed = from_settings(settings, new.questionnaire)
            applying = new.questionnaire.complete({**known, **changed})
            kept = {name: value for name, value in known.items() if name in applying}
            try:
                return held, settings, check(new.questionnaire, {**kept, **changed})
            except AnswersError:
                continue


def _text(value: Value) -> str:
    return (
        f"[{', '.join(value)}]"
        if isinstance(value, list)
        else str(value).lower()
        if isinstance(value, bool)
        else str(value)
    )


class _Editor:
    """Edits a project as users do."""

    def __init__(self, case: Case, random: Random) -> None:
        self.case = case
        self.random = random
        self.ours: Files = case.ours
        self.ours.update(case.base)
        case.places.update({path: path for path in case.base})
        # A lock that both changed is not merged; test_switch.py has that.
        self.free = sorted(path for path in case.base if path not in (COPIER_FILE, "uv.lock"))
        # Files that an update changes are rare; without a preference edits would seldom meet changes.
        self.meeting = [path for path in self.free if case.theirs.get(path) != case.base[path]]

    def edit(self) -> None:
        """Make edits of several kinds, and files that Git does not hold."""
        kinds: list[tuple[int, Callable[[str], None]]] = [
            (40, self.lines),
            (6, self.append),
            (6, self.rewrite),
            (8, self.delete),
            (8, self.move),
            (5, self.follow),
            (5, self.line_ends),
            (5, self.binary),
            (6, self.mode),
            (4, self.link),
            (3, self.folder),
            (3, self.end_of_file),
        ]
        weights, actions = zip(*kinds, strict=True)
        for action in self.random.choices(actions, weights, k=self.random.randint(4, 14)):
            path = self._pick()
            if path:
                action(path)
        for _ in range(self.random.randint(0, 3)):
            self.new()
        if self.random.random() < 0.4:
            self.meet_addition()
        if self.random.random() < 0.3:
            self.meet_move()
        for _ in range(self.random.randint(0, 3)):
            self.untracked()
        self.case.marks = {
            mark: edit for mark, edit in self.case.marks.items() if any(mark in file.data for file in self._all())
        }

    def _all(self) -> list[File]:
        return [*self.ours.values(), *self.case.untracked.values()]

    def _pick(self) -> str | None:
        """Choose a file that was not edited yet."""
        wanted = [path for path in self.meeting if path in self.free]
        chosen = self.random.choice(wanted if wanted and self.random.random() < 0.6 else self.free or [""])
        if chosen:
            self.free.remove(chosen)
        return chosen or None

    def _mark(self, edit: str) -> bytes:
        mark = f"mine {self.case.seed} {len(self.case.marks)} {self.random.randrange(10**9)}".encode()
        self.case.marks[mark] = edit
        return mark

    def _line_end(self, data: bytes) -> bytes:
        return b"\r\n" if b"\r\n" in data else b"\n"

    def lines(self, path: str) -> None:
        """Change, add and remove lines, often near those that the template changes."""
        file = self.ours[path]
        if not is_text(file):
            self.binary(path)
            return
        lines, end = file.data.splitlines(keepends=True), self._line_end(file.data)
        target = self.case.theirs.get(self.case.renamed.get(path, path))
        near = [hunk.start for hunk in changed_lines(file.data, target.data)] if target and is_text(target) else []
        hunks: list[Hunk] = []
        for _ in range(self.random.randint(1, 4)):
            at = (
                self.random.choice(near) + self.random.randint(-4, 4)
                if near and self.random.random() < 0.4
                else self.random.randint(0, len(lines))
            )
            at = min(max(at, 0), len(lines))
            size, kind = self.random.randint(1, 3), self.random.choice(["change", "change", "insert", "delete"])
            stop = at if kind == "insert" else min(at + size, len(lines))
            new = tuple(self._mark(f"{kind} of lines in {path}") + end for _ in range(0 if kind == "delete" else size))
            if kind == "insert" and at and not lines[at - 1].endswith(b"\n"):
                continue
            if kind != "delete" and stop == len(lines) and at < stop and not lines[-1].endswith(b"\n"):
                new = (*new[:-1], new[-1].removesuffix(end))
            if (at < stop or new) and all(stop < other.start or other.stop < at for other in hunks):
                hunks.append(Hunk(at, stop, new))
        for hunk in sorted(hunks, reverse=True):
            lines[hunk.start : hunk.stop] = hunk.lines
        self.ours[path] = File(b"".join(lines), file.mode)
        self.case.hunks[path] = sorted(hunks)

    def append(self, path: str) -> None:
        """Add lines at the end."""
        file = self.ours[path]
        if not is_text(file):
            self.mode(path)
            return
        count, end = len(file.data.splitlines()), self._line_end(file.data)
        start = b"" if file.data.endswith(b"\n") or not file.data else end
        lines = tuple(self._mark(f"lines at the end of {path}") + end for _ in range(2))
        self.ours[path] = File(file.data + start + b"".join(lines), file.mode)
        if not start:
            self.case.hunks[path] = [Hunk(count, count, lines)]

    def rewrite(self, path: str) -> None:
        """Write something else entirely."""
        lines = [self._mark(f"{path} written anew") + b"\n" for _ in range(5)]
        self.ours[path] = File(b"".join(lines), self.ours[path].mode)

    def delete(self, path: str) -> None:
        """Remove a file."""
        del self.ours[path]
        self.case.places[path] = None

    def move(self, path: str) -> None:
        """Rename a file or move it to another folder; half of the time with other lines."""
        parent, name = PurePosixPath(path).parent, PurePosixPath(path).name
        new = self.random.choice([parent / f"my_{name}", parent / "mine" / name, PurePosixPath("mine", name)])
        self._move(path, str(new))

    def follow(self, path: str) -> None:
        """Move a file to where the template moves it, too."""
        target = self.case.renamed.get(path)
        if target is None:
            moved = [one for one in self.case.renamed if one in self.free]
            if not moved:
                self.move(path)
                return
            self.free.append(path)
            path = self.random.choice(moved)
            self.free.remove(path)
            target = self.case.renamed[path]
        self._move(path, target)

    def _move(self, path: str, new: str) -> None:
        # What is short is not known again, as in Git, and is covered by files that are deleted and new ones.
        if len(self.ours[path].data) < LONG or new in self.ours:
            self.mode(path)
            return
        if self.random.random() < 0.5 and is_text(self.ours[path]) and len(self.ours[path].data) > 5 * LONG:
            self.lines(path)
        self.ours[new] = self.ours.pop(path)
        self.case.places[path] = new

    def line_ends(self, path: str) -> None:
        """Let lines end in another way; half of the time with other lines."""
        file = self.ours[path]
        if not is_text(file) or not file.data:
            self.mode(path)
            return
        if self.random.random() < 0.5:
            self.lines(path)
        file = self.ours[path]
        one, other = (b"\r\n", b"\n") if b"\r\n" in file.data else (b"\n", b"\r\n")
        self.ours[path] = File(file.data.replace(one, other), file.mode)
        self.case.crlf.add(path)

    def binary(self, path: str) -> None:
        """Make something of a file that is no text."""
        file, mark = self.ours[path], self._mark(f"{path} made binary")
        data = self.random.choice(
            [file.data + b"\0" + mark, b"\xff\xfe" + mark + b"\0\n\0", mark + self.random.randbytes(90) + b"\0"]
        )
        self.ours[path] = File(data, file.mode)

    def mode(self, path: str) -> None:
        """Make a file executable, or stop it from being so; half of the time with other lines."""
        if self.random.random() < 0.5 and is_text(self.ours[path]):
            self.lines(path)
        file = self.ours[path]
        self.ours[path] = File(file.data, REGULAR if file.mode == EXECUTABLE else EXECUTABLE)

    def link(self, path: str) -> None:
        """Put a link in place of a file."""
        mark = self._mark(f"link in place of {path}")
        self.ours[path] = File(b"../" + mark, LINK)

    def folder(self, path: str) -> None:
        """Put a folder in place of a file."""
        self.delete(path)
        self.ours[f"{path}/inside.txt"] = File(self._mark(f"file in a folder in place of {path}") + b"\n")

    def end_of_file(self, path: str) -> None:
        """Add or remove the end of the last line."""
        file = self.ours[path]
        if is_text(file) and file.data:
            data = file.data.removesuffix(b"\n") if file.data.endswith(b"\n") else file.data + b"\n"
            self.ours[path] = File(data, file.mode)

    def new(self) -> None:
        """Add a file of the user's."""
        folder = self.random.choice(["", "mine/", "docs/", "src/my_project/", "a b/"])
        path = f"{folder}new {self.random.randrange(10**6)} {self.random.choice(TEXTS)}"
        if any(path.startswith(f"{other}/") for other in self.ours):
            return
        self.ours[path] = self._some(f"new file {path}")

    def _some(self, edit: str) -> File:
        mark = self._mark(edit)
        kinds = [
            File(mark + b"\n"),
            File(mark + b"\r\nsecond\r\n"),
            File(mark + b"\0\xff"),
            File(mark + b"\n", EXECUTABLE),
            File(mark, LINK),
        ]
        return self.random.choice(kinds)

    def meet_addition(self) -> None:
        """Have something where the template adds a file."""
        known = self.case.base.keys() | set(self.case.renamed.values())
        added = sorted(path for path in self.case.theirs if path not in known and not self._taken(path))
        if not added:
            return
        path = self.random.choice(added)
        kind = self.random.choice(
            ["tracked", "same", "untracked", "ignored", "folder", "tracked folder", "parent", "empty folder"]
        )
        new = self._some(f"{kind} file where the template adds {path}")
        if kind == "same":
            self.ours[path] = self.case.theirs[path]
        elif kind == "tracked":
            self.ours[path] = new
        elif kind == "empty folder":
            self.case.folders.add(path)
        elif kind == "tracked folder":
            self.ours[f"{path}/inside.txt"] = new
        elif kind == "folder":
            self.case.untracked[f"{path}/inside.txt"] = new
        elif kind == "parent":
            parents = [str(parent) for parent in PurePosixPath(path).parents][:-1]
            free = [parent for parent in parents if not any(other.startswith(f"{parent}/") for other in self.ours)]
            if free:
                self.case.untracked[free[0]] = new
        else:
            self.case.untracked[path] = new
            if kind == "ignored":
                self.case.ignored.add(path)

    def _taken(self, path: str) -> bool:
        """Tell whether the user has a file there, or above or below it."""
        return any(path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in self.ours)

    def meet_move(self) -> None:
        """Have another file where the template moves one."""
        free = sorted(path for path in self.case.renamed.values() if not self._taken(path))
        if free:
            path = self.random.choice(free)
            self.ours[path] = self._some(f"file where the template moves {path}")

    def untracked(self) -> None:
        """Add a file that Git does not hold, often beside files that the template removes."""
        gone = [path for path in self.meeting if path not in self.case.theirs and path in self.ours]
        beside = self.random.choice(gone) if gone and self.random.random() < 0.5 else ""
        suffix = self.random.choice([".ignored", ".txt"])
        path = str(PurePosixPath(beside).parent / f"left alone {self.random.randrange(10**6)}{suffix}")
        self.case.untracked[path] = self._some(f"untracked {path}")
