"""Defects of the program, of its renderer, and of the tools that judge the template."""

from .base import Mutant, Replace

CLI = "tests/generator/test_cli.py"
TEMPLATE = "tests/render/test_template.py"
UPDATE = "tests/update/test_update.py"

MUTANTS = (
    Mutant(
        "exit-code",
        "exit code 1 instead of 2 for wrong input",
        Replace("src/mlops_new/errors.py", "    exit_code = 2\n", "    exit_code = 1\n"),
        f"{CLI}::test_a_mistake_gets_a_message_and_a_stable_exit_code",
    ),
    Mutant(
        "traceback",
        "mistake of the user that gets a traceback",
        Replace("src/mlops_new/cli.py", "    except UserError as error:\n", "    except LookupError as error:\n"),
        f"{CLI}::test_a_mistake_gets_a_message_and_a_stable_exit_code",
    ),
    Mutant(
        "slow-start",
        "module imported at the start that --help does not need",
        Replace(
            "src/mlops_new/cli.py", "import typer\nfrom typer.core", "import copier\nimport typer\nfrom typer.core"
        ),
        f"{CLI}::test_nothing_is_imported_that_takes_long_and_is_not_needed",
    ),
    Mutant(
        "left-behind",
        "part of a project left behind after a failure",
        Replace("src/mlops_new/render.py", "        shutil.rmtree(folder, ignore_errors=True)\n", "        pass\n"),
        "tests/generator/test_hostile.py::test_a_full_disk_leaves_nothing_behind",
    ),
    Mutant(
        "overwrites",
        "files of the user's that are written over",
        Replace(
            "src/mlops_new/render.py",
            "if destination.is_dir() and holds_files(destination):",
            "if destination.is_dir() and (destination / '.copier-answers.yml').exists():",
        ),
        "tests/generator/test_hostile.py::test_existing_files_are_never_touched",
    ),
    Mutant(
        "answer-twice",
        "answer given twice of which one is silently taken",
        Replace(
            "src/mlops_new/answers.py",
            "yaml.load(text, Loader=_UniqueKeys)",
            "yaml.load(text, Loader=yaml.SafeLoader)",
        ),
        "tests/generator/test_answers.py::test_an_answer_that_stands_twice_is_refused",
    ),
    Mutant(
        "wizard-back",
        "wizard that forgets a choice when an earlier answer changes",
        Replace(
            "src/mlops_new/wizard/flow.py",
            "        given = {other: answer for other, answer in self.given.items() if other != name}\n",
            "        given: dict[str, Value] = {}\n",
        ),
        "tests/generator/test_wizard_flow.py",
    ),
    Mutant(
        "wizard-rules",
        "wizard that offers what an earlier answer rules out",
        Replace(
            "src/mlops_new/wizard/flow.py",
            "broken(self.questionnaire.catalog.rules, {**before, question.name: answer})",
            "broken(self.questionnaire.catalog.rules, {question.name: answer})",
        ),
        "tests/generator/test_wizard_flow.py",
    ),
    Mutant(
        "executable-bit",
        "renderer that drops the executable bit, which copier keeps",
        Replace(
            "src/mlops_new/template.py",
            "                target.chmod(target.stat().st_mode | 0o111)",
            "                target.chmod(target.stat().st_mode)",
        ),
        f"{TEMPLATE}::test_copier_writes_the_same_of_a_strange_template",
    ),
    Mutant(
        "last-newline",
        "renderer that drops the last line break, which copier keeps",
        Replace("src/mlops_new/template.py", "keep_trailing_newline=True", "keep_trailing_newline=False"),
        f"{TEMPLATE}::test_copier_writes_the_same_of_a_strange_template",
    ),
    Mutant(
        "stale-compilation",
        "compiled templates that are used although the template has changed",
        Replace(
            "src/mlops_new/template.py", r'digest.update(f"\0{name}\0{text}".encode())', "digest.update(name.encode())"
        ),
        f"{TEMPLATE}::test_compiled_templates_give_the_same_and_only_while_they_fit",
    ),
    Mutant(
        "wheel-incomplete",
        "wheel that lacks files of the template",
        Replace("hatch_build.py", "for file in files})", 'for file in files if "/." not in file})'),
        "tests/render/test_wheel.py",
    ),
    Mutant(
        "update-conflict",
        "update that keeps quiet about a conflict with a user's edit",
        Replace("src/mlops_new/cli.py", "if applied and planned.conflicts:", "if not applied and planned.conflicts:"),
        f"{UPDATE}::test_an_edit_that_meets_a_change_is_marked_as_a_conflict",
    ),
    Mutant(
        "update-loses",
        "update that takes one side of a conflict, and the other out of the file",
        Replace("src/mlops_new/update/repository.py", '"-L", BEFORE, "-L", "last update", "-L", AFTER)', '"--ours")'),
        f"{UPDATE}::test_an_edit_that_meets_a_change_is_marked_as_a_conflict",
    ),
    Mutant(
        "update-unasked",
        "update that changes files when it should only show what would change",
        Replace(
            "src/mlops_new/cli.py",
            "wanted = yes and not check",
            "wanted = not check",
        ),
        f"{UPDATE}::test_json_shows_what_would_change_and_changes_it_only_with_yes",
    ),
    Mutant(
        "proof-miscounts",
        "proof that counts combinations twice",
        Replace("proof/space.py", "            result *= len(groups)\n", "            result += len(groups)\n"),
        "tests/proof/test_space.py",
    ),
    Mutant(
        "proof-untraced",
        "proof that lets a file see answers that it was not traced to read",
        Replace(
            "proof/renderings.py",
            '        raise UntracedReadError(f"use.{name} is read, which was not traced")\n',
            "        return jinja2.Undefined(name=name)\n",
        ),
        "tests/proof/test_proof.py::test_a_file_sees_nothing_that_was_not_traced",
    ),
    Mutant(
        "proof-keeps-findings",
        "proof that takes what was refused for clean the next time",
        Replace(
            "proof/lint.py",
            "    finding = lint_batch(linter, units)\n    if not finding:\n        done(units)\n",
            "    finding = lint_batch(linter, units)\n    done(units)\n    if not finding:\n        return\n",
        ),
        "tests/proof/test_proof.py::test_a_finding_stays_one_until_it_is_fixed",
    ),
    Mutant(
        "linter-mute",
        "linter that never complains",
        Replace("proof/linters/delivery.py", 'batch("hadolint")', 'batch("hadolint", "--no-fail")'),
        "tests/proof/test_linters.py",
    ),
)
