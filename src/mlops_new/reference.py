"""The reference in docs/reference/, written from the program itself: `python -m mlops_new.reference [--check]`."""

import html
import sys
from pathlib import Path

from typer.testing import CliRunner

from . import catalog as catalogs
from . import cli, source
from .catalog import Catalog, Consequences, as_text

NOTE = "<!-- Written by `python -m mlops_new.reference`; a test fails when it is stale. -->"


def pages() -> dict[str, str]:
    """Return file name → content of every page."""
    catalog = catalogs.load(source.root())
    return {"cli.md": cli_page(), "questions.md": questions_page(catalog), "switch.md": switch_page(catalog)}


def cli_page() -> str:
    """Return the help of the program and of every command."""
    parts = [NOTE, "\n# Command line\n", *_help()]
    for name in sorted(
        command.name or command.callback.__name__ for command in cli.app.registered_commands if command.callback
    ):
        parts += [f"\n## mlops-new {name}\n", *_help(name)]
    return "\n".join(parts) + "\n"


def _help(*command: str) -> list[str]:
    shown = CliRunner().invoke(
        cli.app, [*command, "--help"], prog_name="mlops-new", env={"COLUMNS": "100"}, color=False
    )
    return ["```text", *(line.rstrip() for line in shown.output.strip().splitlines()), "```"]


def questions_page(catalog: Catalog) -> str:
    """Return every question, choice and rule."""
    parts = [
        NOTE,
        "\n# Questions\n",
        "Choices that are not offered say why. The rules at the end say which answers go together.",
    ]
    for stage in catalog.stages:
        parts.append(f"\n## {stage.capitalize()}")
        for question in (item for item in catalog.questions if item.stage == stage):
            parts += [f"\n### `{question.name}`\n", _shown(question.help)]
            if question.choices:
                parts += ["", "| answer | | when to pick it | |", "|---|---|---|---|"]
            for choice in question.choices:
                state = "" if choice.status == "offered" else f"{choice.status}: {choice.reason}"
                value = str(choice.value).lower() if isinstance(choice.value, bool) else choice.value
                parts.append(f"| `{value}` | {choice.label} | {choice.when} | {state} |")
    parts += [
        "\n## Rules\n",
        "| rule | who answers | must answer | must not answer | because |",
        "|---|---|---|---|---|",
    ]
    for rule in catalog.rules:
        sides = [
            "; ".join(f"`{axis}` {', '.join(str(v).lower() for v in values)}" for axis, values in side.items())
            for side in (rule.when, rule.needs, rule.excludes)
        ]
        parts.append(f"| `{rule.id}` | {sides[0]} | {sides[1]} | {sides[2]} | {rule.reason} |")
    return "\n".join(parts) + "\n"


def switch_page(catalog: Catalog) -> str:
    """Return what it means for a project to leave and to enter each choice."""
    parts = [
        NOTE,
        "\n# Switch a choice\n",
        "What `mlops-new switch` says when a project leaves a choice or enters it.",
        "A choice that is not listed asks for nothing.",
    ]
    for question in catalog.questions:
        for choice in question.offered:
            sides = {"Leave": choice.leave or Consequences(), "Enter": choice.enter or Consequences()}
            rows = [
                f"| {side} | {when} | {_shown(sentence)} |"
                for side, said in sides.items()
                for when, sentences in {"before": said.before, "after": said.after, "stays": said.stays}.items()
                for sentence in sentences
            ]
            if rows:
                parts += [f"\n## `{question.name}={as_text(choice.value)}`\n", "| | | |", "|---|---|---|", *rows]
    return "\n".join(parts) + "\n"


def _shown(text: str) -> str:
    """Return a text as Markdown in which angle brackets are no tag; code shows them as they are."""
    parts = text.split("`")
    return "`".join(part if number % 2 else html.escape(part, quote=False) for number, part in enumerate(parts))


def main() -> int:
    """Write the pages, or with --check say which are stale; returns the exit code."""
    folder = (source.checkout_root() or Path()) / "docs" / "reference"
    stale = [
        name
        for name, text in pages().items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for name in stale:
            print(f"docs/reference/{name} is stale; run `python -m mlops_new.reference`", file=sys.stderr)
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
