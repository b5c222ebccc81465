"""What the wizard shows: thin shells around questionary and rich."""

from collections import Counter
from collections.abc import Sequence
from enum import Enum
from typing import Any

import questionary
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent, merge_key_bindings
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.tree import Tree

from ..catalog import Catalog, Question, Value
from .flow import Flow, Option

STYLE = questionary.Style(
    [
        ("qmark", "fg:ansicyan bold"),
        ("when", "fg:ansibrightblack"),
        ("recommended", "fg:ansigreen"),
        ("disabled", "fg:ansibrightblack"),
    ]
)
KEYS = "Esc back, Ctrl-C leave"
KEYS_SEVERAL = "Space marks, Enter is done, Esc back"
LABEL_WIDTH = 24
RECOMMENDED = "★ "


LOOK: dict[str, Any] = {"qmark": "?", "style": STYLE, "erase_when_done": True}
"""How every prompt looks; it gives way to one line once it is answered."""


class Move(Enum):
    """What a person does instead of answering."""

    BACK = "back"
    CREATE = "create"
    CHANGE = "change"
    CANCEL = "cancel"


def console() -> Console:
    """The terminal."""
    return Console(highlight=False)


def welcome(name: Value) -> None:
    """The first lines."""
    console().print(f"\n[bold]mlops-new[/bold]: a few questions about [bold]{escape(str(name))}[/bold].")
    console().print(
        f"[bright_black]↑ ↓ move, Enter takes the choice; {RECOMMENDED}is recommended for your answers.[/bright_black]"
    )


def header(catalog: Catalog, stage: str) -> None:
    """Name a stage of the decision framework."""
    number = catalog.stages.index(stage) + 1
    console().print(
        f"\n[bold cyan]{stage.capitalize()}[/bold cyan] [bright_black]{number} of {len(catalog.stages)}[/bright_black]"
    )


def answered(question: Question, value: Value) -> None:
    """One line for a question that has been answered."""
    console().print(f"[cyan]✓[/cyan] {title(question)}: [bold]{escape(text(question, value))}[/bold]")


def settled(question: Question, value: Value) -> None:
    """Say what is not asked because there is nothing to choose."""
    label = next((choice.label for choice in question.choices if choice.value == value), "none")
    console().print(f"[bright_black]- {title(question)}: {label} (the only choice offered so far)[/bright_black]")


def title(question: Question) -> str:
    """`monthly_budget` → Monthly budget."""
    known = {"iac": "Infrastructure as code", "ci": "CI", "gitops": "GitOps", "aws_region": "AWS region"}
    return known.get(question.name, question.name.replace("_", " ").capitalize())


def ask(flow: Flow, question: Question) -> Value | Move:
    """Ask one question; returns the answer, or BACK."""
    if question.choices:
        return _ask_choices(flow, question)
    before = flow.answers(question.name)

    def validate(text: str) -> bool | str:
        value: object = text
        if question.type == "int":
            if not text.strip().lstrip("-").isdecimal():
                return "a whole number is expected"
            value = int(text)
        return flow.questionnaire.refusal(question, value, before) or True

    answer = _prompt(
        questionary.text(
            question.help,
            default=str(flow.preselected(question)),
            validate=validate,
            instruction=f"({KEYS})\n ",
            **LOOK,
        )
    )
    if answer is Move.BACK:
        return Move.BACK
    return int(answer) if question.type == "int" else str(answer)


def _ask_choices(flow: Flow, question: Question) -> Value | Move:
    recommended, preselected = flow.recommended(question), flow.preselected(question)
    width = max(len(choice.label) for choice in question.offered or question.choices) + 2
    choices = []
    for option in flow.options(question):
        is_recommended = option.choice.value in (recommended if isinstance(recommended, list) else [recommended])
        choices.append(
            questionary.Choice(
                title=_line(option, is_recommended, width),
                value=option.choice.value,
                disabled=option.refusal or None,
                checked=isinstance(preselected, list) and option.choice.value in preselected and not option.refusal,
            )
        )
    if question.multiselect:
        before = flow.answers(question.name)

        def validate(values: list[str]) -> bool | str:
            return flow.questionnaire.refusal(question, values, before) or True

        answer = _prompt(
            questionary.checkbox(question.help, choices, validate=validate, instruction=f"({KEYS_SEVERAL})", **LOOK)
        )
        return Move.BACK if answer is Move.BACK else [str(value) for value in answer]
    start = next((choice for choice in choices if choice.value == preselected and not choice.disabled), None)
    picked: Value | Move = _prompt(
        questionary.select(question.help, choices, default=start, instruction=f"({KEYS})", **LOOK),
        left=True,
    )
    return picked


def _line(option: Option, recommended: bool, width: int) -> list[tuple[str, str]]:
    if option.refusal:
        return [("class:disabled", option.choice.label)]
    star = ("class:recommended", RECOMMENDED) if recommended else ("class:text", " " * len(RECOMMENDED))
    return [star, ("class:text", f"{option.choice.label:<{width}}"), ("class:when", option.choice.when)]


def review(flow: Flow, files: Sequence[str]) -> Move:
    """The last screen: all answers, the tree that will be written, and what to do."""
    answers = flow.answers()
    screen = console()
    table = Table(box=None, padding=(0, 2), show_header=False)
    for stage in flow.questionnaire.catalog.stages:
        table.add_row(f"[bold cyan]{stage.capitalize()}[/bold cyan]", "")
        for question in flow.questions:
            if question.stage == stage and question.name in answers:
                table.add_row(f"  {title(question)}", escape(text(question, answers[question.name])))
    screen.print("\n[bold]Your answers[/bold]")
    screen.print(table)
    screen.print(f"\n[bold]What will be written[/bold] ({len(files)} files)")
    screen.print(tree(str(answers["project_name"]), files))
    move: Move = _prompt(
        questionary.select(
            "Create the project?",
            [
                questionary.Choice("Create it", Move.CREATE),
                questionary.Choice("Change an answer", Move.CHANGE),
                questionary.Choice("Leave without writing anything", Move.CANCEL),
            ],
            instruction=f"({KEYS})",
            **LOOK,
        ),
        left=True,
    )
    return move


def pick(flow: Flow) -> Question | Move:
    """Which answer to change."""
    answers = flow.answers()
    choices = [
        questionary.Choice(f"{title(question):<{LABEL_WIDTH}}{text(question, answers[question.name])}", question)
        for question in flow.questions
        if question.name in answers and not flow.settled(question)
    ]
    picked: Question | Move = _prompt(
        questionary.select("Which answer?", choices, instruction=f"({KEYS})", **LOOK), left=True
    )
    return picked


def text(question: Question, value: Value) -> str:
    """An answer as a person reads it."""
    labels = {str(choice.value): choice.label for choice in question.choices}
    if isinstance(value, list):
        return ", ".join(labels[item] for item in value) or "none"
    return labels.get(str(value), str(value))


def tree(name: str, files: Sequence[str]) -> Tree:
    """The project's folders two levels deep, with the number of files in what lies deeper."""
    root = Tree(f"{name}/")
    nodes: dict[str, Tree] = {"": root}
    deeper: Counter[str] = Counter()
    for file in sorted(files, key=lambda path: ("/" not in path, path)):
        *folders, last = file.split("/")
        path = ""
        for folder in folders[:2]:
            above, path = path, f"{path}{folder}/"
            if path not in nodes:
                nodes[path] = nodes[above].add(f"{folder}/")
        if len(folders) >= 2:
            deeper[path] += 1
        else:
            nodes[path].add(last)
    for path, count in deeper.items():
        nodes[path].label = f"{nodes[path].label} [bright_black]{count} file{'s' if count > 1 else ''}[/bright_black]"
    return root


def _prompt(question: questionary.Question, *, left: bool = False) -> Any:  # noqa: ANN401 - questionary is untyped here
    """Run a prompt that Esc (and the left arrow, where it has no other meaning) leaves with BACK."""
    keys = KeyBindings()

    def back(event: KeyPressEvent) -> None:
        event.app.exit(result=Move.BACK)

    for key in ("escape", "left") if left else ("escape",):
        keys.add(key, eager=True)(back)
    application = question.application
    application.key_bindings = merge_key_bindings([application.key_bindings or KeyBindings(), keys])
    application.ttimeoutlen = 0.05
    return question.unsafe_ask()
