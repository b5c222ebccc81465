"""The command line: `mlops-new`. Everything here asks, prints or exits; the work is done elsewhere.

What only some commands need is imported by them, so that --help is there at once.
"""

import errno
import io
import os
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup

from . import bundle, interrupts, source
from .errors import AnswersError, InputError, UserError

if TYPE_CHECKING:
    from .beginning import Done
    from .catalog import Value
    from .update.adopt import Adoption
    from .update.planning import Update

DEBUG = "MLOPS_NEW_DEBUG"
NEW = "new"
NOTHING = "Nothing was written."
DEFAULT_NAME = "my-project"
OWNERS = {"keep": "keep yours", "take": "take the template's", "merge": "merge both, with marks"}
"""Whose a file is to be that a user and the template have."""
NO_SPACE = {errno.ENOSPC, errno.EFBIG, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)}
"""Errors of a file system that takes no more, which are no defect of ours wherever they come up."""
LONGEST_ARGUMENT = 8192
"""Characters; longer than any path, and than any answer."""
LONGEST_LINE = 1000
"""Characters of a line of a message; more would be an echo of what was given."""


class Command:
    """The command that this process runs.

    Attributes:
        outcome: says what it has done, for the case that it cannot end as it should.
    """

    outcome: Callable[[], str] = staticmethod(lambda: NOTHING)


class ConflictStyle(StrEnum):
    """How a change of the template is shown that meets an edit."""

    inline = "inline"
    rej = "rej"


class OutputError(UserError):
    """Standard output is closed or full; what the command did stays done."""


class Output(io.TextIOWrapper):
    """Standard output, which tells apart that it failed: neither a file of a project did, nor the program."""

    def write(self, text: str, /) -> int:
        """Write text.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            return super().write(text)
        except OSError as error:
            raise OutputError(error.strerror) from error

    def flush(self) -> None:
        """Write what is kept back.

        Raises:
            OutputError: it cannot be written.
        """
        try:
            super().flush()
        except OSError as error:
            raise OutputError(error.strerror) from error


class DefaultCommand(TyperGroup):
    """Lets `mlops-new myproject` mean `mlops-new new myproject`, wherever the options stand."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer does not export its type
        """Put `new` in front unless a command or an option of the program itself comes first."""
        own = {"--help", "-h", "--version", "--install-completion", "--show-completion"}
        if not args and _is_terminal():
            args = [NEW]
        elif args and args[0] not in self.commands and args[0] not in own:
            import difflib  # takes a moment, which the usual ways in need not wait for

            near = difflib.get_close_matches(args[0], self.commands, n=1, cutoff=0.8)
            if near:
                raise InputError(
                    f"there is no command {args[0]}; did you mean `mlops-new {near[0]}`? "
                    f"`mlops-new {NEW} {args[0]}` creates a project of that name"
                )
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
ProjectOrNone = Annotated[
    Path | None,
    typer.Argument(
        metavar="PROJECT",
        help="Folder to create; its last part is the project's name. Asked for in a terminal.",
        show_default=False,
    ),
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
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Conflict = Annotated[
    ConflictStyle,
    typer.Option(help="Where an edit meets a change: mark both in the file, or put the change beside it as .rej."),
]


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
    mlops-new adopt                                    brings your repository under the template

    Exit codes: 0 done, 1 failed, 2 the input is wrong.
    """


@app.command(NEW)
def new(
    project: ProjectOrNone = None,
    answers: Answers = None,
    set_: Settings = None,
    defaults: Defaults = False,
    as_json: Json = False,
) -> None:
    """Create a project. The word `new` may be left out.

    Where PROJECT is a Git repository with files, this is `mlops-new adopt PROJECT`.

    \b
    mlops-new myproject
    mlops-new ../somewhere/myproject --answers answers.yml --set tracker=wandb
    """
    from . import beginning, render
    from .answers import COPIER_FILE

    asks = answers is None and not set_ and not defaults
    if project is None:
        project = _asked_name(asks)
    resumed = render.resume(project)
    if resumed is not None:
        Command.outcome = lambda: f"The project in {project} is complete."
        if as_json:
            _print_json({"project": str(project), "resumed": resumed})
            return
        typer.echo(f"{len(resumed)} files are in {project}: writing them was interrupted, and is finished now.")
        typer.echo(f"{COPIER_FILE} has the answers; `mlops-new update --set NAME=VALUE` changes one.")
        return
    if _is_adoptable(project):
        adopt(project, answers, set_, defaults, as_json=as_json)
        return
    render.check_destination(project)
    chosen = _answers(project, answers, set_, defaults)
    if chosen is None:
        typer.echo(NOTHING, err=True)
        raise typer.Exit(1)
    Command.outcome = lambda: f"The project in {project} is complete." if (project / COPIER_FILE).is_file() else NOTHING
    files = render.create(chosen, project)
    if as_json:
        _print_json({"project": str(project), "answers": chosen, "files": files})
        return
    typer.echo(f"\n{len(files)} files written to {project}.")
    done = _begin(project) if asks else beginning.Done()
    typer.echo("Next:\n")
    for step in beginning.steps(project, done, approval=bool(chosen["approval"])):
        typer.echo(f"  {step}")
    typer.echo("")


def _asked_name(asks: bool) -> Path:
    """Return the folder for a project whose name was not given."""
    if not (asks and _is_terminal()):
        raise InputError("the name of the project is missing; `mlops-new --help` shows how to give it")
    from . import asking
    from .questionnaire import Questionnaire

    questionnaire = Questionnaire(source.root(), Path(DEFAULT_NAME).absolute())
    question = questionnaire.catalog.question("project_name")
    name = asking.text(question.help, DEFAULT_NAME, lambda given: questionnaire.refusal(question, Path(given).name, {}))
    return Path(name)


def _begin(project: Path) -> "Done":
    """Offer what most people do first."""
    from . import asking, beginning

    committed = not beginning.is_in_repository(project) and asking.confirm(
        f"Make it a Git repository, on the branch {beginning.BRANCH}?", default=True
    )
    if committed:
        beginning.commit(project)
    installed = asking.confirm("Install what it needs (`make setup`)?", default=False)
    if installed:
        beginning.install(project)
    return beginning.Done(committed, installed)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout is not None and sys.stdout.isatty()


def _is_adoptable(project: Path) -> bool:
    from . import render

    try:
        if not render.holds_files(project):  # what adoption takes need not be loaded then
            return False
    except OSError:  # it is created, or refused with what is wrong
        return False
    from .update import adopt as adoptions

    return adoptions.is_adoptable(project)


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
    """List all questions and choices, what is recommended, and the rules.

    \b
    mlops-new questions
    mlops-new questions --json | jq '.questions[].name'
    """
    from . import listing
    from .questionnaire import Questionnaire

    questionnaire = Questionnaire(source.root(), Path(DEFAULT_NAME).absolute())
    if as_json:
        _print_json(listing.describe(questionnaire.catalog))
        return
    typer.echo("\n".join(listing.lines(questionnaire)))


@app.command()
def update(
    project: Annotated[Path, typer.Argument(metavar="[PATH]", help="The project.")] = Path(),
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="Change an answer.")] = None,
    yes: Yes = False,
    check: Annotated[bool, typer.Option("--check", help="Only tell; exit with 1 if something would change.")] = False,
    conflict: Conflict = ConflictStyle.inline,
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
    from .update import applying, planning, reporting

    if check and applying.interrupted(project):
        raise UserError(f"an update of {project} was interrupted; without --check, the next one finishes or undoes it")
    if _recovered(project, as_json):
        return
    planned = planning.plan(project, set_ or [], conflict.value, keep)
    shown = reporting.describe(planned) if as_json else None
    _carry_out(project, planned, shown, reporting.lines(planned), yes=yes, check=check)


@app.command()
def switch(
    choices: Annotated[list[str], typer.Argument(metavar="AXIS=CHOICE...", help="The answers to change.")],
    project: Annotated[Path, typer.Option("--project", metavar="PATH", help="The project.")] = Path(),
    yes: Yes = False,
    conflict: Conflict = ConflictStyle.inline,
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

    if _recovered(project, as_json):
        return
    planned = switches.work_out(project, choices, conflict.value, keep)
    _carry_out(project, planned.update, switches.describe(planned) if as_json else None, switches.lines(planned), yes)


def _recovered(project: Path, as_json: bool) -> bool:
    """Finish or undo what was interrupted, and say so; tells whether there was something.

    Raises:
        UserError: it was finished, and the user has to decide on conflicts.
    """
    from .update import applying

    recovered = applying.recover(project, _note_change)
    if recovered is None:
        return False
    if as_json:
        _print_json({"recovered": recovered.said})
    else:
        typer.echo(f"{recovered.said[0].upper()}{recovered.said[1:]}.")
    if recovered.to_decide:
        raise UserError(recovered.to_decide)
    return True


def _carry_out(
    project: Path, planned: "Update", shown: dict[str, Any] | None, lines: list[str], yes: bool, check: bool = False
) -> None:
    """Print a plan, as JSON if that is given, and carry it out if that is wanted."""
    from .update import applying, reporting

    as_json = shown is not None
    wanted = yes and not check
    if wanted:
        applying.apply(project, planned, _note_change)
    if not as_json:
        typer.echo("\n".join(lines))
        if planned.changes and not (yes or check):
            if not sys.stdin.isatty():
                raise InputError("not a terminal to confirm on; pass --yes")
            from . import asking

            if not asking.confirm("Change these files?", default=False):
                typer.echo(NOTHING, err=True)
                raise typer.Exit(1)
            applying.apply(project, planned, _note_change)
            wanted = True
    applied = wanted and bool(planned.changes)
    if shown is not None:
        _print_json({**shown, "applied": applied})
    if check and planned.changes:
        raise typer.Exit(1)
    if applied and planned.conflicts:
        raise UserError(reporting.to_decide(planned.conflicts))
    if applied and not as_json:
        typer.echo("Done. Look at `git diff`, run `make setup lint test`, then commit.")


def _note_change() -> None:
    """Remember for the last message that files of a project are changed."""
    Command.outcome = lambda: "Files are changed; look at `git status`."


@app.command()
def adopt(
    project: Annotated[Path, typer.Argument(metavar="[PATH]", help="The repository, or a folder in it.")] = Path(),
    answers: Answers = None,
    set_: Settings = None,
    defaults: Defaults = False,
    take: Annotated[
        list[str] | None, typer.Option("--take", metavar="FILE", help="Replace your file by the template's.")
    ] = None,
    both: Annotated[
        list[str] | None,
        typer.Option("--merge", metavar="FILE", help="Merge your file with the template's; differences are marked."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder for files of yours that are replaced; .before-adopt in the project."),
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Bring your repository under the template; your files stay, and `mlops-new update` works from then on.

    What the template has and you do not comes beside your files.
    Where both have a file, yours stays unless you take the template's.

    \b
    mlops-new adopt
    mlops-new adopt services/churn --set cloud=aws
    mlops-new adopt --defaults --take Makefile --yes
    mlops-new adopt --defaults --json  what would change; add --yes to change it
    """
    from .update import adopt as adoptions

    adoptions.require_repository(project)
    if _recovered(project, as_json):
        return
    adoptions.require_adoptable(project)
    chosen = _answers(project.resolve(), answers, set_, defaults, adopted=True)
    if chosen is None:
        typer.echo(NOTHING, err=True)
        raise typer.Exit(1)
    take, both = list(take or []), list(both or [])
    planned = adoptions.plan(project, chosen, take, both, keep)
    if not as_json:
        _print_adoption(project, planned)
        if not yes:
            if not sys.stdin.isatty():
                again = f"mlops-new adopt {shlex.quote(str(project))} --yes"
                raise InputError(f"not a terminal to confirm on; nothing was written; run `{again}` with your answers")
            from . import asking

            _choose(planned, take, both)
            planned = adoptions.plan(project, chosen, take, both, keep)
            if not asking.confirm("Write these files?", default=False):
                typer.echo(NOTHING, err=True)
                raise typer.Exit(1)
            yes = True
    if yes:
        adoptions.apply(project, planned, _note_change)
    if as_json:
        _print_json({"project": str(project), "answers": chosen, **adoptions.describe(planned), "applied": yes})
    if yes and not as_json:
        _print_adopted(project, planned, approval=bool(chosen["approval"]))
    if yes and planned.conflicts:
        named = ", ".join(item.path for item in planned.conflicts)
        raise UserError(f"yours and the template's are merged in {named}; search for <<<<<<< and decide")


def _choose(planned: "Adoption", take: list[str], both: list[str]) -> None:
    """Ask for each file that both have whose it is to be; extends the lists of what is taken and what is merged."""
    from . import asking

    for item in planned.files:
        if item.choice:
            {"keep": [], "take": take, "merge": both}[asking.select(item.path, OWNERS)].append(item.path)


def _print_adoption(project: Path, planned: "Adoption") -> None:
    typer.echo(f"Template {planned.version} in {project.resolve()}; your files stay.\n")
    named = {"comes": "comes", "united": "gets lines", "taken": "replaced", "merged": "merged", "stays": "yours stays"}
    for action, text in named.items():
        for item in planned.files:
            if item.action == action:
                typer.echo(f"  {text:<12}{item.path}{' (the project needs the template)' if item.needed else ''}")
    typer.echo("")


def _print_adopted(project: Path, planned: "Adoption", *, approval: bool) -> None:
    if planned.paths("taken", "merged"):
        typer.echo(f"Your files that were replaced are in {planned.keep}.")
    advised = [item for item in planned.files if item.advice]
    for needed, heading in ((True, "Before the project works:"), (False, "Also:")):
        rows = [(item.path, item.advice) for item in advised if item.needed == needed]
        if not needed:
            rows += [("note", text) for text in planned.notes]
        if rows:
            typer.echo(f"\n{heading}\n")
        for name, text in rows:
            first, *more = text.splitlines()
            typer.echo("\n".join([f"  {name}: {first}", *(f"    {line}".rstrip() for line in more)]))
    if planned.ignored:
        typer.echo(f"\nYour rules ignore what came; run: git add --force {shlex.join(planned.ignored)}")
    typer.echo("\nLook at `git status`, then:\n")
    typer.echo(f"  cd {shlex.quote(str(project))}")
    typer.echo('  git add --all && git commit --message "Adopt the template of mlops-new"')
    if "Makefile" in planned.paths("stays"):
        package = next(item.path for item in planned.files if item.path.endswith("/pipeline.py")).split("/")[1]
        typer.echo(f"  uv sync && uv run pytest && uv run python -m {package} train")
    else:
        typer.echo(f"  make setup test train {'promote ' if approval else ''}serve")
    typer.echo("")


def _answers(
    project: Path, file: str | None, settings: list[str] | None, defaults: bool, *, adopted: bool = False
) -> "dict[str, Value] | None":
    """Return all answers from file, options or wizard; None if the user left the wizard.

    A repository that is adopted has its name already: a project's is made of it.
    """
    from . import answers, remedies, render
    from .questionnaire import Questionnaire

    questionnaire = Questionnaire(source.root(), project.absolute())
    given = answers.read(file, sys.stdin) if file is not None else {}
    given |= answers.from_settings(settings or [], questionnaire)
    name = project.absolute().name
    given.setdefault("project_name", re.sub("[^a-z0-9]+", "-", name.lower()).strip("-") if adopted else name)
    if file is not None or settings or defaults:
        chosen = answers.check(questionnaire, given)
        for name, taken in remedies.in_place_of_defaults(questionnaire, given, chosen).items():
            typer.echo(f"{name}: {taken}", err=True)
        return chosen
    if not _is_terminal():
        raise InputError("not a terminal; pass --defaults, --answers FILE or --set NAME=VALUE")
    answers.check(questionnaire, given)
    from .wizard import run

    def written(all_answers: Mapping[str, "Value"]) -> list[str]:
        return [path for path in render.plan(all_answers) if not (adopted and os.path.lexists(project / path))]

    return run(questionnaire, given, written)


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
    sys.unraisablehook = interrupts.not_raised
    try:
        interrupts.answer(interrupts.stop)
        given = list(sys.argv[1:] if arguments is None else arguments)
        before = sys.stdout
        if type(before) is io.TextIOWrapper:
            sys.stdout = Output(
                before.buffer, before.encoding, before.errors, None, before.line_buffering, before.write_through
            )
        code = _run(given)
        interrupts.ignore()  # what was begun is done, and the interpreter is about to remove temporary files
    except (KeyboardInterrupt, interrupts.Stopped) as error:
        interrupts.ignore()
        _complain(f"\nStopped. {Command.outcome()}")
        code = error.exit_code if isinstance(error, interrupts.Stopped) else 130
    sys.exit(code)


def _run(arguments: list[str]) -> int:
    """Run a command; returns the exit code."""
    try:
        for argument in arguments:
            if len(argument) > LONGEST_ARGUMENT:
                raise InputError(
                    f"{argument[:20]}…: an argument of {len(argument)} characters is no path and no answer"
                )
        code = 0
        try:
            app(args=arguments, standalone_mode=True)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        if sys.stdout is not None:
            sys.stdout.flush()
        return code
    except OutputError as error:
        # A reader that has seen enough, such as `head`, is no news where nothing was done.
        if Command.outcome() != NOTHING or not isinstance(error.__cause__, BrokenPipeError):
            _complain(f"error: standard output cannot be written: {error}. {Command.outcome()}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python writes the rest when it ends
        return error.exit_code
    except UserError as error:
        _complain(f"error: {error}")
        if "--json" in arguments:
            problems = error.problems if isinstance(error, AnswersError) else [str(error)]
            with suppress(OutputError, OSError):
                _print_json({"error": str(error), "problems": problems, "exit_code": error.exit_code})
                sys.stdout.flush()
        return error.exit_code
    except Exception as error:  # the last resort: a defect of ours, reported without a traceback
        if os.environ.get(DEBUG):
            traceback.print_exc()
        if isinstance(error, OSError) and error.errno in NO_SPACE:
            _complain(f"error: {error.filename or 'a file'} cannot be written: {error.strerror}. {Command.outcome()}")
            return 1
        _complain(
            f"error: mlops-new failed: {type(error).__name__}: {error}\n"
            f"This is a defect. Run it again with {DEBUG}=1 and report what it prints: {source.repository_url()}"
        )
        return 1


def _complain(message: str) -> None:
    """Print a message for people; what it echoes of a long input is shortened."""
    lines = (
        line if len(line) <= LONGEST_LINE else f"{line[: LONGEST_LINE // 2]} … {line[-LONGEST_LINE // 2 :]}"
        for line in message.split("\n")
    )
    with suppress(OSError):  # there is nowhere left to say it
        typer.echo("\n".join(lines), err=True)


if __name__ == "__main__":
    main()
