"""What plain `copier update` does and what `mlops-new update` does instead, each difference as docs/update.md has it.

A case that fails because copier changed is no defect: its row goes, or says what is so now.
"""

import json
import re
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, git
from project_files import all_files
from two_programs import Both, TwoPrograms, change, change_last_version

from mlops_new.answers import COPIER_FILE

pytestmark = [pytest.mark.cached("docs/update.md"), pytest.mark.posix]

REMOVED = ".github/pull_request_template.md"
RENAMED, RENAMED_TO = "monitoring/prometheus/rules_test.yml", "monitoring/prometheus/rules.test.yml"
IGNORED = "data-report/README.md"
MODULE = "src/my_project/features.py"
MISSPELT = "trackr=wandb"
ROWS: list[str] = []
"""The first cell of each row of the page that a test shows."""

Test = Callable[..., None]


def shows(row: str) -> Callable[[Test], Test]:
    """Say which row of the page a test shows."""
    ROWS.append(row)
    return lambda test: test


def append(path: str, line: str = "mine\n") -> Callable[[Path], object]:
    """Return an edit that adds a line to a file, or a file."""

    def edit(project: Path) -> None:
        (project / path).parent.mkdir(exist_ok=True)
        with (project / path).open("a", encoding="utf-8") as file:
            file.write(line)

    return edit


def edit_everything(project: Path) -> None:
    """Edit a file for every change of the template, and some that it does not change."""
    change(project / "Makefile", "help: ## show this help", "help: ## show mine")
    change(project / "config.toml", 'target = "target"', 'target = "price"')
    change(project / ".editorconfig", "\n", "\r\n")
    change(project / "Dockerfile", "FROM ", "# mine\nFROM ")
    change(project / "notebooks/explore.ipynb", '"import io\\n"', '"import io as mine\\n"')
    change(project / "pyproject.toml", '    "threadpoolctl>=3.5",\n', '    "threadpoolctl>=3.5",\n    "mine>=1",\n')
    change_last_version(project / "uv.lock", "80.0.0")
    for path in (REMOVED, RENAMED, "NEW.md"):
        append(path, "# mine\n")(project)
    (project / "docs/notebook.md").rename(project / "docs/mine.md")
    (project / "README.md").write_bytes(((project / "README.md").read_text() + "mine\n").encode("utf-16"))
    for path in (MODULE, "compose.yaml"):
        (project / path).unlink()


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> TwoPrograms:
    """A template of two versions."""
    return TwoPrograms(tmp_path_factory.mktemp("programs"))


@pytest.fixture(scope="module")
def edited(programs: TwoPrograms) -> Both:
    """A project with edits of every kind."""
    projects = [programs.project(edit_everything, monthly_budget=77) for _ in range(2)]
    return Both(programs.copier(projects[0], f"--data={MISSPELT}"), programs.mlops_new(projects[1]))


def test_both_merge_what_does_not_meet(edited: Both) -> None:
    for done in (edited.copier, edited.ours):
        text = done.text("config.toml")
        assert 'target = "price"' in text
        assert "margin = 0.06" in text
        assert "_commit: v0.2.0" in done.text(COPIER_FILE)


def test_both_make_an_edited_file_executable(edited: Both) -> None:
    for done in (edited.copier, edited.ours):
        assert (done.project / "Dockerfile").stat().st_mode & stat.S_IXUSR
        assert "# mine" in done.text("Dockerfile")


def test_both_leave_a_file_out_that_was_deleted(edited: Both) -> None:
    assert not any((done.project / "compose.yaml").exists() for done in (edited.copier, edited.ours))
    assert "left out compose.yaml" in edited.ours.printed


@pytest.mark.parametrize("path", ["Makefile", "NEW.md"])
def test_both_mark_where_an_edit_meets_a_change(path: str, edited: Both) -> None:
    for done in (edited.copier, edited.ours):
        assert re.search("(?s)<<<<<<< before updating.*mine.*=======.*>>>>>>> after updating", done.text(path))
        assert path in git(done.project, "ls-files", "--unmerged")


def test_both_give_the_same_project_where_nothing_is_in_doubt(programs: TwoPrograms) -> None:
    done = programs.update(append(MODULE), append("config.toml"), append("mine.md"))
    assert (done.copier.code, done.ours.code) == (0, 0)
    assert done.copier.status() == done.ours.status() != set()
    assert all_files(done.copier.project) == all_files(done.ours.project)
    assert done.ours.text(MODULE).endswith("mine\n")


@shows("Edits and the template disagree")
def test_only_the_exit_code_of_mlops_new_tells_of_conflicts(edited: Both) -> None:
    assert edited.copier.code == 0
    assert "Makefile" not in edited.copier.printed
    assert edited.ours.code == 1
    assert "edits and the template disagree" in edited.ours.printed


@shows("You edited a file that the template removes")
def test_an_edited_file_that_the_template_removes(edited: Both) -> None:
    assert not (edited.copier.project / REMOVED).exists()
    assert "mine" in edited.ours.text(REMOVED)
    assert f"{REMOVED}: modify/delete" in edited.ours.printed


@shows("You edited a file that the template renames")
def test_an_edited_file_that_the_template_renames(edited: Both) -> None:
    assert not any((done.project / RENAMED).exists() for done in (edited.copier, edited.ours))
    assert "mine" not in edited.copier.text(RENAMED_TO)
    assert edited.ours.text(RENAMED_TO).endswith("# mine\n")


@shows("You renamed a file that the template changes")
def test_a_file_that_the_user_renamed(edited: Both) -> None:
    assert edited.copier.text("docs/mine.md").startswith("# From a notebook to this project\n")
    assert edited.ours.text("docs/mine.md").startswith("# From a notebook to here\n")
    assert not any((done.project / "docs/notebook.md").exists() for done in (edited.copier, edited.ours))


@shows("You saved a file in UTF-16, or another form that Git takes for binary")
def test_a_file_that_became_binary(edited: Both) -> None:
    assert edited.copier.text("README.md").startswith("# my-project\n")  # in UTF-8, as the template has it
    assert "mine" not in edited.copier.text("README.md")
    assert (edited.ours.project / "README.md").read_bytes().decode("utf-16").endswith("mine\n")
    assert " README.md" not in edited.ours.printed  # the template did not even change it


@shows("You changed the ends of all lines of a file")
def test_a_file_with_other_ends_of_lines(edited: Both) -> None:
    assert edited.copier.text(".editorconfig").count("charset = utf-8") == 2  # far from the line that changed
    assert edited.ours.text(".editorconfig").count("\r\n") == edited.ours.text(".editorconfig").count("\n")
    assert "max_line_length = 110\r\n" in edited.ours.text(".editorconfig")


@shows("You added a dependency beside one that the template changes")
def test_a_dependency_beside_one_that_changes(edited: Both) -> None:
    assert "<<<<<<<" in edited.copier.text("pyproject.toml")
    wanted = tomllib.loads(edited.ours.text("pyproject.toml"))["project"]["dependencies"]
    assert {"mine>=1", "threadpoolctl>=3.6"} <= set(wanted)


@shows("Both changed `uv.lock`")
def test_a_lock_that_both_changed(edited: Both) -> None:
    assert "<<<<<<<" in edited.copier.text("uv.lock")
    assert tomllib.loads(edited.ours.text("uv.lock"))["package"][-1]["version"] == "90.0.0"
    assert "uv.lock: lock: the template's was taken; `make lock` adds" in edited.ours.printed


@shows("Both changed a cell of a notebook")
def test_a_notebook_that_both_changed(edited: Both) -> None:
    assert "<<<<<<<" in edited.copier.text("notebooks/explore.ipynb")
    assert "import io as mine\n" in json.loads(edited.ours.text("notebooks/explore.ipynb"))["cells"][1]["source"]
    assert "notebooks/explore.ipynb: binary" in edited.ours.printed


@shows("You deleted `features.py`, which is yours from the start")
def test_a_file_of_the_users_that_was_deleted(edited: Both) -> None:
    assert edited.copier.text(MODULE)
    assert not (edited.ours.project / MODULE).exists()


@shows("The template renames a question")
def test_a_question_with_another_name(edited: Both) -> None:
    limits = [yaml.safe_load(done.text(COPIER_FILE))["spending_limit"] for done in (edited.copier, edited.ours)]
    assert limits == [200, 77]
    assert "monthly_budget is now called spending_limit" in edited.ours.printed
    assert "| 200 US dollars |" in edited.copier.text("docs/decisions.md")
    assert "| 77 US dollars |" in edited.ours.text("docs/decisions.md")


@shows("The template retires your choice")
def test_a_choice_that_is_no_longer_offered(programs: TwoPrograms) -> None:
    done = programs.update(answers={"tracker": "wandb"})
    assert done.copier.code == 0
    assert "tracker" not in done.copier.printed
    assert "tracker: mlflow" in done.copier.text(COPIER_FILE)
    assert "wandb" not in done.copier.text("pyproject.toml")
    assert done.ours.code == 2
    assert "choose mlflow" in done.ours.printed
    assert not done.ours.status()


@shows("You misspell the question whose answer you change")
def test_an_answer_to_a_question_that_there_is_not(programs: TwoPrograms, edited: Both) -> None:
    assert edited.copier.code == 0
    assert "trackr" not in edited.copier.printed
    assert "wandb" not in edited.copier.text(COPIER_FILE)
    ours = programs.mlops_new(programs.project(), f"--set={MISSPELT}")
    assert ours.code == 2
    assert "trackr: there is no such question" in ours.printed


@shows("An ignored file of yours is where the template adds one")
def test_an_ignored_file_in_the_way(programs: TwoPrograms) -> None:
    done = programs.update(uncommitted=append(IGNORED))
    assert done.copier.code == 0
    assert "mine" not in done.copier.text(IGNORED)
    assert (done.ours.code, done.ours.text(IGNORED)) == (1, "mine\n")
    assert f"{IGNORED} in .: the template adds files there; nothing was changed" in done.ours.printed
    assert not done.ours.status()


@shows("A file is not in Git yet")
def test_an_untracked_file(programs: TwoPrograms) -> None:
    done = programs.update(uncommitted=append("scratch.txt"))
    assert done.copier.code == 1
    assert "repository is dirty" in done.copier.printed
    assert done.copier.status() == {"?? scratch.txt"}
    assert (done.ours.code, done.ours.text("scratch.txt")) == (0, "mine\n")


@shows("You have a folder where the template has a file")
def test_a_folder_in_place_of_a_file(programs: TwoPrograms) -> None:
    def edit(project: Path) -> None:
        (project / "Makefile").unlink()
        append("Makefile/mine.mk")(project)

    done = programs.update(edit)
    assert done.copier.code == 1
    assert "AssertionError" in done.copier.printed
    assert done.ours.code == 0
    assert "left out Makefile" in done.ours.printed
    assert done.ours.text("Makefile/mine.mk") == "mine\n"


@pytest.fixture(scope="module")
def with_settings(programs: TwoPrograms, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """A project with edits of two files, one of them ignored by the user's settings of Git, the other one binary."""
    folder = tmp_path_factory.mktemp("settings")
    (folder / "ignored").write_text(".env*\n")
    (folder / "attributes").write_text("*.toml binary\n")
    settings = f"[core]\n\texcludesFile = {folder / 'ignored'}\n\tattributesFile = {folder / 'attributes'}\n"
    return programs.update(append(".env.example"), append("config.toml"), settings=settings)


@shows("`core.excludesFile` has a pattern of a tracked file")
def test_a_file_that_the_settings_of_git_ignore(with_settings: Both) -> None:
    assert (with_settings.copier.code, with_settings.ours.code) == (0, 0)
    assert "\nmine" not in with_settings.copier.text(".env.example")
    assert with_settings.ours.text(".env.example").endswith("\nmine\n")


@shows("`core.attributesFile` says that a file is binary")
def test_a_file_that_the_settings_of_git_call_binary(with_settings: Both) -> None:
    assert "\nmine" not in with_settings.copier.text("config.toml")
    assert with_settings.ours.text("config.toml").endswith("\nmine\n")
    assert "margin = 0.06" in with_settings.ours.text("config.toml")


@shows("`apply.whitespace` is `error`, and a line of yours ends with a blank")
def test_a_blank_at_the_end_of_a_line(programs: TwoPrograms) -> None:
    edits = append("README.md", "mine  \n"), append("compose.yaml", "# mine\n")
    done = programs.update(*edits, settings="[apply]\n\twhitespace = error\n")
    assert (done.copier.code, done.ours.code) == (0, 0)
    assert not any("mine" in done.copier.text(path) for path in ("README.md", "compose.yaml"))
    assert done.ours.text("README.md").endswith("mine  \n")
    assert done.ours.text("compose.yaml").endswith("mine\n")


@shows("`status.showUntrackedFiles` is `no`")
def test_untracked_files_that_git_does_not_show(programs: TwoPrograms) -> None:
    def edit(project: Path) -> None:
        change(project / "Makefile", "help: ## show this help", "help: ## show mine")

    settings = "[status]\n\tshowUntrackedFiles = no\n"
    projects = [programs.project(edit) for _ in range(2)]
    for project in projects:
        append("NEW.md")(project)
    plain = programs.copier(projects[0], settings=settings)
    assert plain.code == 0
    assert "mine" not in plain.text("Makefile") + plain.text("NEW.md")
    assert "show mine" in plain.text("Makefile.rej")  # which `git status` does not show
    ours = programs.mlops_new(projects[1], "--keep=../kept", settings=settings)
    assert re.search("(?s)<<<<<<< .*show mine.*>>>>>>> ", ours.text("Makefile"))
    assert "conflict Makefile" in ours.printed
    assert (ours.project.parent / "kept" / "NEW.md").read_text() == "mine\n"


@shows("`core.quotePath` is `false`, and a name is not ASCII")
def test_a_name_that_is_not_ascii(programs: TwoPrograms) -> None:
    done = programs.update(append("docs/größe.md"), append("config.toml"), settings="[core]\n\tquotePath = false\n")
    assert done.copier.code == 1
    assert "UnicodeDecodeError" in done.copier.printed
    assert "mine" not in done.copier.text("config.toml")  # half of the update
    assert done.ours.code == 0
    assert done.ours.text("config.toml").endswith("mine\n")


@pytest.mark.full
@shows("`core.hooksPath` has a hook that fails in other repositories")
def test_a_hook_of_the_users(programs: TwoPrograms, tmp_path: Path) -> None:
    hook = tmp_path / "prepare-commit-msg"
    hook.write_text("#!/bin/sh\nexit 1\n")
    hook.chmod(0o755)
    done = programs.update(settings=f"[core]\n\thooksPath = {tmp_path}\n")
    assert (done.copier.code, done.ours.code) == (1, 0)
    assert "dumb commit" in done.copier.printed
    assert "show all targets" in done.ours.text("Makefile")


@shows("The update is killed")
def test_an_update_that_is_killed(programs: TwoPrograms) -> None:
    edits = append("config.toml"), append(REMOVED)
    plain = programs.copier(programs.project(*edits), killed_at="apply*")
    assert plain.code < 0
    assert "mine" not in plain.text("config.toml")
    again = programs.copier(plain.project)
    assert again.code == 1
    assert "repository is dirty" in again.printed
    assert "_commit: v0.2.0" in plain.text(COPIER_FILE)
    ours = programs.mlops_new(programs.project(*edits), killed_at="*fsmonitor*--index-info*")
    assert ours.code < 0
    finished = programs.mlops_new(ours.project)
    assert "The update from v0.1.0 to v0.2.0 that was interrupted was finished" in finished.printed
    assert ours.text("config.toml").endswith("mine\n")
    assert REMOVED in git(ours.project, "ls-files", "--unmerged")


@shows("The project is given by a path with `..` or through a link")
@pytest.mark.parametrize("path", ["../my-project", pytest.param("../link", marks=pytest.mark.full)])
def test_a_path_of_the_project(path: str, programs: TwoPrograms) -> None:
    done = []
    for program in (programs.copier, programs.mlops_new):
        project = programs.project()
        (project.parent / "link").symlink_to(project)
        (project.parent / "other").mkdir()
        done.append(program(project, path, cwd=project.parent / "other"))
    plain, ours = done
    assert plain.code == 1
    assert "is not in the subpath of" in plain.printed
    assert not plain.status()
    assert ours.code == 0
    assert "show all targets" in ours.text("Makefile")


@shows("There is no network")
def test_without_a_network(programs: TwoPrograms, edited: Both) -> None:
    plain = programs.copier(programs.project(), online=False)
    assert plain.code == 1
    assert "127.0.0.1 port 9" in plain.printed  # the proxy that there is not
    assert "show all targets" in edited.ours.text("Makefile")  # it never has one here


@shows("You want to see first what would change")
def test_a_preview(programs: TwoPrograms) -> None:
    project = programs.project()
    plain = programs.copier(project, "--pretend")
    assert plain.code == 0
    assert "Makefile" not in plain.printed
    ours = programs.mlops_new(project, "--check")
    assert ours.code == 1
    assert "changed  Makefile" in ours.printed
    assert not ours.status()


def test_every_row_of_the_page_has_its_test() -> None:
    page = (ROOT / "docs" / "update.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (.*?) \|", page.partition("\n| case |")[2], re.MULTILINE)
    assert cells == ROWS
