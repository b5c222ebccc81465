"""The command line: `mlops-new`. Everything here asks, prints or exits; the work is done elsewhere.

What only some commands need is imported by them, so that --help is there at once.
"""

import os
import shlex
import signal
import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from . import bundle, source
from .errors import InputError, UserError

if TYPE_CHECKING:
    from .catalog import Catalog, Value
    from .update import Update

DEBUG = "MLOPS_NEW_DEBUG"
NEW = "new"


class ConflictStyle(StrEnum):
    """How a change of the template is shown that meets an edit."""

    inline = "inline"
    rej = "rej"


class DefaultCommand(TyperGroup):
    """Lets `mlops-new myproject` mean `mlops-new new myproject`, wherever the options stand."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer does not export its type
        """Put `new` in front unless a command or an option of the program itself comes first."""
        own = {"--help", "--version", "--install-completion", "--show-completion"}
        if args and args[0] not in self.commands and args[0] not in own:
            args = [NEW, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=DefaultCommand,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Project = Annotated[
    Path, typer.Argument(metavar="PROJECT", help="Folder to create; its last part is the project's name.")
]
Answers = Annotated[
    str | None,
    typer.Option(
        "--answers", metavar="FILE", help="Answers in YAML, TOML or JSON; - reads standard input. Never prompts."
    ),
]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="One answer. Never prompts.")]
Defaults = Annotated[
    bool, typer.Option("--defaults", help="Take the recommended answer to every open question. Never prompts.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mlops-new {source.version()} ({source.repository_url()})")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Create machine-learning projects that train, test and serve on the first run.

    \b
    mlops-new myproject                                asks, explains, writes ./myproject
    mlops-new myproject --defaults                     takes every recommended answer
    mlops-new myproject --set orchestrator=prefect     one answer, the others recommended
    mlops-new myproject --answers answers.yml          for CI
    mlops-new plan myproject --set cloud=aws           what would be written
    mlops-new questions                                all questions and choices
    mlops-new update                                   brings a project to this version
    mlops-new switch tracker=wandb                     changes a choice of a project

    Exit codes: 0 done, 1 failed, 2 the input is wrong.
    """


@app.command(NEW)
def new(
    project: Project, answers: Answers = None, set_: Settings = None, defaults: Defaults = False, as_json: Json = False
) -> None:
    """Create a project. The word `new` may be left out.

    \b
    mlops-new myproject
    mlops-new ../somewhere/myproject --answers answers.yml --set tracker=wandb
    """
    from . import render

    render.check_destination(project)
    chosen = _answers(project, answers, set_, defaults)
    if chosen is None:
        typer.echo("Nothing was written.", err=True)
        raise typer.Exit(1)
    files = render.create(chosen, project)
    if as_json:
        _print_json({"project": str(project), "answers": chosen, "files": files})
        return
    typer.echo(f"\n{len(files)} files written to {project}. Next:\n")
    typer.echo(f"  cd {shlex.quote(str(project))}")
    typer.echo('  git init && git add --all && git commit --message "Start"')
    typer.echo(f"  make setup test train {'promote ' if chosen['approval'] else ''}serve\n")


@app.command()
def plan(
    project: Project,
    answers: Answers = None,
    set_: Settings = None,
    defaults: Defaults = False,
    with_origins: Annotated[
        bool, typer.Option("--origins", help="Tell what each file is made of, and the answers behind it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show what would be written, and write nothing. Open questions get the recommended answer.

    \b
    mlops-new plan myproject --set cloud=aws --set orchestrator=airflow
    mlops-new plan myproject --answers answers.yml --origins
    """
    from . import render

    del defaults  # a plan never asks; the option is accepted so that a command can be tried as it is
    chosen = _answers(project, answers, set_, defaults=True) or {}
    if with_origins:
        _print_origins(project, chosen, as_json)
        return
    files = render.plan(chosen)
    if as_json:
        _print_json({"project": str(project), "answers": chosen, "files": files})
        return
    _print_answers(chosen)
    typer.echo("")
    for file in files:
        typer.echo(f"{project}/{file}")


def _print_origins(project: Path, chosen: "dict[str, Value]", as_json: bool) -> None:
    from . import catalog as catalogs
    from . import origins

    catalog = catalogs.load(source.root())
    found, computed = origins.origins(chosen, catalog), origins.computed(chosen, catalog)
    if as_json:
        shown = {"project": str(project), "answers": chosen, "files": list(found)}
        _print_json({**shown, "computed": computed, "origins": found})
        return
    _print_answers(chosen)
    for name, item in computed.items():
        typer.echo(f"{name}: {item.value} (computed from {', '.join(item.answers)})")
    for file, origin in found.items():
        typer.echo(f"\n{project}/{file}")
        for line in origins.lines(origin, catalog):
            typer.echo(line)


def _print_answers(chosen: "dict[str, Value]") -> None:
    for name, value in chosen.items():
        typer.echo(f"{name}: {_text(value)}")


@app.command()
def questions(as_json: Json = False) -> None:
    """List all questions and choices, with the reason for those that are not offered.

    \b
    mlops-new questions
    mlops-new questions --json | jq '.questions[].name'
    """
    from . import catalog as catalogs

    catalog = catalogs.load(source.root())
    if as_json:
        _print_json(describe(catalog))
        return
    for stage in catalog.stages:
        typer.echo(stage.upper())
        for question in (item for item in catalog.questions if item.stage == stage):
            typer.echo(f"\n  {question.name}: {question.help}")
            for choice in question.choices:
                state = "" if choice.status == "offered" else f" [{choice.status}: {choice.reason}]"
                typer.echo(f"    {str(choice.value).lower():<20} {choice.when}{state}")
        typer.echo("")


@app.command()
def update(
    project: Annotated[Path, typer.Argument(metavar="[PATH]", help="The project.")] = Path(),
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change an answer.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only tell; exit with 1 if something would change.")] = False,
    conflict: Annotated[
        ConflictStyle,
        typer.Option(help="Where an edit meets a change: mark both in the file, or put the change beside it as .rej."),
    ] = ConflictStyle.inline,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for edited files that the template removes, and what is in its way."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring a project to the template of this version; your edits stay, conflicts are marked in the files.

    \b
    mlops-new update
    mlops-new update ../myproject --yes
    mlops-new update --set tracker=wandb
    mlops-new update --check           for CI: exit with 1 if the template changed
    mlops-new update --json            what would change; add --yes to change it
    """
    from . import update as updates

    if check and updates.interrupted(project):
        raise UserError(f"an update of {project} was interrupted; without --check, the next one finishes or undoes it")
    _recover(project, as_json)
    planned = updates.plan(project, set_ or [], conflict.value, keep)
    shown = updates.describe(planned) if as_json else None
    _carry_out(project, planned, shown, updates.lines(planned), yes=yes, check=check)


@app.command()
def switch(
    choices: Annotated[list[str], typer.Argument(metavar="AXIS=CHOICE...", help="The answers to change.")],
    project: Annotated[Path, typer.Option("--project", metavar="PATH", help="The project.")] = Path(),
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    conflict: Annotated[
        ConflictStyle,
        typer.Option(help="Where an edit meets a change: mark both in the file, or put the change beside it as .rej."),
    ] = ConflictStyle.inline,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for edited files of what is left; otherwise one in kept/."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change choices of a project; what to do before and after is shown first, and your edits stay.

    \b
    mlops-new switch orchestrator=prefect
    mlops-new switch cloud=local iac=none --project ../myproject
    mlops-new switch 'triggers=[schedule, manual]' --yes
    mlops-new switch tracker=wandb --json      what would change; add --yes to change it
    """
    from .update import switch as switches

    _recover(project, as_json)
    planned = switches.work_out(project, choices, conflict.value, keep)
    _carry_out(project, planned.update, switches.describe(planned) if as_json else None, switches.lines(planned), yes)


def _recover(project: Path, as_json: bool) -> None:
    """Finish what was interrupted, say so, and exit."""
    from . import update as updates

    recovered = updates.recover(project)
    if not recovered:
        return
    if as_json:
        _print_json({"recovered": recovered.said})
    else:
        typer.echo(f"{recovered.said[0].upper()}{recovered.said[1:]}.")
    if recovered.to_decide:
        raise UserError(recovered.to_decide)
    raise typer.Exit


def _carry_out(
    project: Path, planned: "Update", shown: dict[str, Any] | None, lines: list[str], yes: bool, check: bool = False
) -> None:
    """Print a plan, as JSON if that is given, and carry it out if that is wanted."""
    from . import update as updates

    as_json = shown is not None
    wanted = yes and not check
    if wanted:
        updates.apply(project, planned)
    if not as_json:
        typer.echo("\n".join(lines))
        if planned.changes and not (yes or check):
            if not sys.stdin.isatty():
                raise InputError("not a terminal to confirm on; pass --yes")
            if not typer.confirm("Change these files?"):
                typer.echo("Nothing was written.", err=True)
                raise typer.Exit(1)
            updates.apply(project, planned)
            wanted = True
    applied = wanted and bool(planned.changes)
    if shown is not None:
        _print_json({**shown, "applied": applied})
    if check and planned.changes:
        raise typer.Exit(1)
    if applied and planned.conflicts:
        raise UserError(updates.to_decide(planned))
    if applied and not as_json:
        typer.echo("Done. Look at `git diff`, run `make setup lint test`, then commit.")


def describe(catalog: "Catalog") -> dict[str, Any]:
    """Return the catalogue as `questions --json` prints it."""
    return {
        "questions": [
            {
                "name": question.name,
                "stage": question.stage,
                "type": question.type,
                "help": question.help,
                "default": question.default,
                "choices": [
                    {
                        "value": choice.value,
                        "label": choice.label,
                        "when": choice.when,
                        "status": choice.status,
                        "reason": choice.reason,
                    }
                    for choice in question.choices
                ],
            }
            for question in catalog.questions
        ]
    }


def _answers(project: Path, file: str | None, settings: list[str] | None, defaults: bool) -> "dict[str, Value] | None":
    """Return all answers from file, options or wizard; None if the user left the wizard."""
    from . import answers, render
    from .questionnaire import Questionnaire

    questionnaire = Questionnaire(source.root(), project.absolute())
    given = answers.read(file, sys.stdin) if file is not None else {}
    given |= answers.from_settings(settings or [], questionnaire)
    given.setdefault("project_name", project.absolute().name)
    if file is not None or settings or defaults:
        return answers.check(questionnaire, given)
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError("not a terminal; pass --defaults, --answers FILE or --set NAME=VALUE")
    answers.check(questionnaire, given)
    from .wizard import run

    return run(questionnaire, given, render.plan)


def _text(value: "Value") -> str:
    return (
        ", ".join(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _print_json(value: object) -> None:
    import dataclasses
    import json

    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=dataclasses.asdict))


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the program; a user's mistake gets a message, never a traceback."""
    for name in bundle.OUTER:
        os.environ.pop(name, None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that a cancelled job cleans up, too
    try:
        app(args=arguments, standalone_mode=True)
    except UserError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        typer.echo("\nStopped. Nothing was written.", err=True)
        sys.exit(1)
    except Exception as error:  # the last resort: a defect of ours, reported without a traceback
        if os.environ.get(DEBUG):
            traceback.print_exc()
        typer.echo(f"error: mlops-new failed: {type(error).__name__}: {error}", err=True)
        typer.echo(
            f"This is a defect. Run it again with {DEBUG}=1 and report what it prints: {source.repository_url()}",
            err=True,
        )
        sys.exit(1)
    sys.exit(0)


if __name__ == "__main__":
    main()
