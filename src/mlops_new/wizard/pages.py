"""What the wizard shows besides the prompts, as lines for a width; nothing here touches the terminal."""

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from ..catalog import Question, Value
from .flow import Flow, Option, QuestionState

QUIET = "dim"
STRONG = "bold"
STAGE = "bold cyan"
DONE = "green"
NEWS = "yellow"
HEADING = "cyan"
CHOSEN = "bold cyan"
RECOMMENDED = "green"
REFUSED = "red"

WIDEST = 100
"""Longer lines are hard to read, however wide the terminal is."""
SIDE_BY_SIDE = 76
"""From this width on the files stand beside the answers."""
NAMES = {
    "license": "Licence",
    "iac": "Infrastructure as code",
    "ci": "CI",
    "gitops": "GitOps",
    "aws_region": "AWS region",
    "azure_region": "Azure region",
    "gcp_region": "Google Cloud region",
    "multi_region": "Multi-region",
}
COLUMN = max(map(len, NAMES.values())) + 4
"""Where answers start: behind a mark and the longest name."""
NARROWEST_COLUMN = 20
"""Text that would get less room than this goes onto a line of its own."""


@dataclass(frozen=True)
class Marks:
    """Signs that this terminal can print."""

    done: str = "✓"
    settled: str = "·"
    recommended: str = "★"
    pointer: str = "»"
    ticked: str = "●"
    unticked: str = "○"
    up: str = "↑"
    down: str = "↓"
    dot: str = "·"
    changed: str = "←"

    @property
    def arrows(self) -> str:
        """The keys that move."""
        return f"{self.up} {self.down}" if self.up == "↑" else "Up/Down"


UNICODE = Marks()
ASCII = Marks("+", "-", "*", ">", "x", "o", "^", "v", "|", "<-")


def title(question: Question) -> str:
    """Return a question's title: `monthly_budget` → Monthly budget."""
    return NAMES.get(question.name, question.name.replace("_", " ").capitalize())


def answer_text(question: Question, value: Value) -> str:
    """Return an answer as the user reads it."""
    labels = {str(choice.value): choice.label for choice in question.choices}
    if isinstance(value, list):
        return ", ".join(labels[item] for item in value) or "none"
    if question.type == "int":
        return f"{value:,}"
    return labels.get(str(value), str(value)) or "none"


def welcome(name: str, width: int) -> list[Text]:
    """Return the first lines.

    Args:
        name: what the project is called.
        width: of the terminal, in cells.
    """
    first = Text.assemble(("mlops-new", STRONG), ": a new project, ", (name, STRONG))
    second = Text("Nothing is written before you have seen everything on the last page.", QUIET)
    return [*wrapped(first, width), *wrapped(second, width)]


def transcript(flow: Flow, upto: str | None, marks: Marks, width: int) -> list[Text]:
    """Return all that has been answered, by stage, down to the question that is being asked.

    Args:
        flow: where the wizard stands.
        upto: the question being asked; None when all are answered.
        marks: signs to use.
        width: of the terminal, in cells.
    """
    width = min(width, WIDEST)
    lines = welcome(str(flow.answers().get("project_name", "your project")), width)
    stage = None
    for state in flow.states:
        if state.question.stage != stage:
            stage = state.question.stage
            lines += [Text(), stage_line(flow, stage)]
        if state.question.name == upto:
            break
        lines += _answered(state, marks, width)
    return lines


def stage_line(flow: Flow, stage: str) -> Text:
    """Return the heading of a stage: which one it is, of how many."""
    stages = flow.questionnaire.catalog.stages
    number = f"{stages.index(stage) + 1}/{len(stages)}"
    return Text.assemble((stage.capitalize(), STAGE), "  ", (number, QUIET))


def planned(flow: Flow, width: int) -> list[Text]:
    """Return the choices that are planned, by question.

    Args:
        flow: where the wizard stands.
        width: of the terminal, in cells.
    """
    lines: list[Text] = []
    stage = ""
    for state in flow.states:
        if state.planned and state.question.stage != stage:
            stage = state.question.stage
            lines += [*([Text()] if lines else []), Text(stage.capitalize(), STAGE)]
        if state.planned:
            text = ", ".join(choice.label for choice in state.planned)
            lines += _entry((" ", ""), title(state.question), [(text, "")], min(width, WIDEST))
    return lines or [Text("Every choice is offered.")]


def _answered(state: QuestionState, marks: Marks, width: int) -> list[Text]:
    answer = answer_text(state.question, state.answer)
    if state.preset:
        return _entry((marks.done, DONE), title(state.question), [(answer, STRONG), (" (given)", QUIET)], width)
    if not state.settled:
        return _entry((marks.done, DONE), title(state.question), [(answer, STRONG)], width)
    planned = f"; {len(state.planned)} planned" if state.planned else ""
    why = " (the only choice left)" if state.ruled_out else f" (the only choice so far{planned})"
    lines = _entry((marks.settled, QUIET), title(state.question), [(answer, QUIET), (why, QUIET)], width)
    for option in state.ruled_out:
        lines += _entry(("  -", QUIET), option.choice.label, [(option.refusal, QUIET)], width)
    return lines


def _entry(mark: tuple[str, str], name: str, value: Sequence[tuple[str, str]], width: int) -> list[Text]:
    """Lay out a mark, a name, and a value wrapped under itself; on a narrow terminal it just follows the name."""
    sign, style = mark
    start = Text.assemble((sign, style), " ", (name, QUIET if style == QUIET else ""))
    if width - COLUMN < NARROWEST_COLUMN:
        return wrapped(Text.assemble(start, ": ", *value), width, indent=len(sign) + 1)
    start.pad_right(max(COLUMN - start.cell_len, 1))
    return wrapped(Text.assemble(start, *value), width, indent=COLUMN)


def wrapped(text: Text, width: int, indent: int = 0) -> list[Text]:
    """Wrap text to at most `width` cells, all lines but the first indented."""
    if text.cell_len <= width:
        return [text]
    console = Console(width=max(width - indent, 10), color_system=None)
    head = text[:indent]
    lines = text[indent:].wrap(console, max(width - indent, 10))
    for number, line in enumerate(lines):
        line.rstrip()
        lines[number] = Text.assemble(head if number == 0 else " " * indent, line)
    return list(lines)


def review(flow: Flow, files: Sequence[str], changed: Collection[str], marks: Marks, width: int) -> list[Text]:
    """Return the last page: all answers by stage, and the tree of files that will be written.

    Args:
        flow: where the wizard stands.
        files: paths that will be written.
        changed: names of questions to point out, because their answers differ from those on the page before.
        marks: signs to use.
        width: of the terminal, in cells.
    """
    width = min(width, WIDEST)
    name = str(flow.answers()["project_name"])
    beside = width >= SIDE_BY_SIDE
    left_width = min(COLUMN + 28, width - 34) if beside else width
    left = [Text("Your answers", STRONG), *_answers(flow, changed, marks, left_width)]
    room = len(left) if beside else 20
    right_width = width - left_width - 2 if beside else width
    head = Text.assemble(("What will be written", STRONG), (f"  {len(files)} files", QUIET))
    right = [*wrapped(head, right_width), *tree_lines(name, files, room - 1, marks, right_width)]
    if not beside:
        return [*left, Text(), *right, Text()]
    lines: list[Text] = []
    for number in range(max(len(left), len(right))):
        line = left[number].copy() if number < len(left) else Text()
        if number < len(right):
            line.pad_right(left_width + 2 - line.cell_len)
            line.append_text(right[number])
        lines.append(line)
    return [*lines, Text()]


def _answers(flow: Flow, changed: Collection[str], marks: Marks, width: int) -> Iterator[Text]:
    for stage in flow.questionnaire.catalog.stages:
        states = [state for state in flow.states if state.question.stage == stage]
        yield Text(stage.capitalize(), STAGE)
        for state in states:
            if state.settled and state.question.name not in changed:
                continue
            news = [(f" {marks.changed} changed", NEWS)] if state.question.name in changed else []
            value = answer_text(state.question, state.answer)
            yield from _entry((" ", ""), title(state.question), [(value, STRONG), *news], width)
        settled = [state for state in states if state.settled and state.question.name not in changed]
        if settled:
            pairs = ", ".join(
                f"{title(state.question)}: {answer_text(state.question, state.answer)}" for state in settled
            )
            for line in textwrap.wrap(pairs, max(width - 2, 10)):
                yield Text(f"  {line}", QUIET)


@dataclass
class _Folder:
    """Folders and files of a tree; `name` may span several folders that hold nothing else."""

    name: str
    folders: list["_Folder"] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    open: bool = False

    @property
    def count(self) -> int:
        return len(self.files) + sum(folder.count for folder in self.folders)

    @property
    def rows(self) -> int:
        """Lines that opening it adds."""
        return len(self.folders) + len(self.files)


def _folder(name: str, files: Sequence[str]) -> _Folder:
    below: dict[str, list[str]] = {}
    for file in files:
        first, slash, rest = file.partition("/")
        if slash:
            below.setdefault(first, []).append(rest)
    folders = [_folder(f"{first}/", rest) for first, rest in sorted(below.items())]
    own = sorted(file for file in files if "/" not in file)
    if name and not own and len(folders) == 1:
        only = folders[0]
        return _Folder(name + only.name, only.folders, only.files)
    return _Folder(name, folders, own)


def folded(files: Sequence[str], rows: int) -> _Folder:
    """Return the tree of some paths: the folders at the top, as many of them opened as fit.

    Args:
        files: paths with slashes.
        rows: how many lines there is room for; what stands at the top is always shown.
    """
    root = _folder("", files)
    root.open = True
    left = rows - root.rows
    for folder in sorted(root.folders, key=lambda folder: (folder.rows, folder.name)):
        if folder.rows <= left:
            folder.open = True
            left -= folder.rows
    return root


def tree_lines(name: str, files: Sequence[str], rows: int | None, marks: Marks, width: int) -> list[Text]:
    """Return the tree of files as lines: folders first, large and deep ones only counted.

    Args:
        name: what the project's folder is called.
        files: paths with slashes.
        rows: how many lines to aim at; None to show every file.
        marks: signs to use.
        width: in cells.
    """
    drawn = Tree(Text(f"{name}/", STRONG), guide_style=QUIET)
    _draw(_folder("", files) if rows is None else folded(files, rows - 1), drawn, everything=rows is None)
    console = Console(width=max(width, 20), color_system=None)
    options = console.options.update(no_wrap=True, overflow="ellipsis")
    options.encoding = "utf-8" if marks is UNICODE else "ascii"
    lines = console.render_lines(drawn, options, pad=False)
    return [Text.assemble(*((segment.text, segment.style or "") for segment in line)) for line in lines]


def _draw(folder: _Folder, drawn: Tree, *, everything: bool) -> None:
    for inner in folder.folders:
        if inner.open or everything:
            _draw(inner, drawn.add(Text(inner.name, "cyan")), everything=everything)
        else:
            count = f" {inner.count} file{'s' if inner.count > 1 else ''}"
            drawn.add(Text.assemble((inner.name, "cyan"), (count, QUIET)))
    for file in folder.files:
        drawn.add(Text(file))


def differing(before: Mapping[str, Value], after: Mapping[str, Value]) -> frozenset[str]:
    """Return names whose answers differ or are new."""
    return frozenset(name for name, value in after.items() if before.get(name) != value)


def why_asked(flow: Flow, name: str) -> str:
    """Return why a question comes up after a change: its answer no longer holds, or it did not apply before."""
    question = flow.state(name).question
    if name not in flow.given:
        return f"{title(question)} can be chosen now."
    given = answer_text(question, flow.given[name])
    lost = [option.refusal for option in flow.state(name).options if option.refusal and _names(flow, name, option)]
    because = f": {'; '.join(lost)}" if lost else ""
    return f"{title(question)} was {given}, which no longer holds{because}."


def _names(flow: Flow, name: str, option: Option) -> bool:
    given = flow.given[name]
    return option.choice.value in (given if isinstance(given, list) else [given])
