"""A repository that is adopted keeps every byte of its own, and is updated from then on."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pytest
import yaml
from conftest import git
from project_files import all_files
from test_projects import UV, environment, make
from test_wizard import CTRL_C, DOWN, ENTER, LAST, Terminal

from mlops_new.questionnaire import Questionnaire
from mlops_new.update import adopt as adoptions
from mlops_new.update import tree
from mlops_new.wizard.flow import Flow

REPOSITORIES = Path(__file__).parent / "repositories"
PLACES = {"notebooks": ".", "scripts": ".", "data-science": ".", "service": ".", "monorepo": "services/churn"}
"""Repository in the style of what people have → the folder in it that is adopted."""
NAME = "my-model"
UNITED = {".gitignore", ".dockerignore"}
"""Files of the user's that may get lines."""


def mlops_new(*arguments: str | Path, cwd: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the program without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "mlops_new", *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


def succeeds(*arguments: str | Path, cwd: Path) -> str:
    """Run the program, which has to succeed; returns what it printed."""
    done = mlops_new(*arguments, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(folder: Path) -> None:
    """Commit everything, whatever is ignored."""
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", "Work")


def repository(name: str, folder: Path) -> Path:
    """A copy of an example, committed; returns the folder that is adopted."""
    shutil.copytree(REPOSITORIES / name, folder)
    git(folder, "init", "--quiet")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "Work")
    return folder / PLACES[name]


def small(folder: Path, files: Mapping[str, str]) -> Path:
    """A repository with a few files."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    git(folder, "init", "--quiet")
    commit(folder)
    return folder


@pytest.mark.parametrize("name", PLACES)
def test_a_repository_keeps_what_it_has_and_is_updated_from_then_on(name: str, tmp_path: Path) -> None:
    top = tmp_path / "top"
    folder = repository(name, top)
    before = all_files(top)
    settings = ["--set", f"project_name={NAME}", "--set", "cloud=aws"]

    shown = json.loads(succeeds("adopt", folder, *settings, "--json", cwd=tmp_path))
    assert not shown["applied"]
    assert all_files(top) == before
    done = json.loads(succeeds("adopt", folder, *settings, "--json", "--yes", cwd=tmp_path))
    assert done == {**shown, "applied": True}
    after = all_files(top)
    assert {path for path, file in before.items() if after[path] != file} <= UNITED
    for path in UNITED & before.keys():
        assert after[path].data.startswith(before[path].data)
    prefix = folder.relative_to(top).as_posix().removeprefix(".")
    assert all(path.startswith(prefix) for path in after.keys() - before.keys())
    assert (folder / "src" / "my_model" / "pipeline.py").is_file()

    recorded = yaml.safe_load((folder / ".copier-answers.yml").read_text())
    assert (recorded["project_name"], recorded["cloud"]) == (NAME, "aws")
    assert recorded["_src_path"].startswith("gh:")
    plain = tmp_path / "plain" / NAME
    succeeds(plain, *settings, cwd=tmp_path)
    actions = {item["path"]: item["action"] for item in done["files"]}
    assert actions.keys() == all_files(plain).keys()
    for path, file in all_files(plain).items():
        if actions[path] in ("comes", "same"):
            assert tree.read_file(folder / path) == file
        elif actions[path] == "stays":
            assert tree.read_file(folder / path) == before[f"{prefix}/{path}" if prefix else path]

    again = mlops_new("adopt", folder, *settings, "--yes", cwd=tmp_path)
    assert again.returncode == 2
    assert "is a project of mlops-new already; `mlops-new update` updates it" in again.stderr
    git(folder, "add", "--force", *done["ignored"], ".copier-answers.yml")
    commit(top)
    assert "no files change" in succeeds("update", folder, "--yes", cwd=tmp_path)
    updated = mlops_new("update", folder, "--set", "orchestrator=airflow", "--conflict", "rej", "--yes", cwd=tmp_path)
    assert updated.returncode == (1 if "conflict" in updated.stdout else 0), updated.stderr
    assert "orchestrator: airflow" in (folder / ".copier-answers.yml").read_text()
    assert (folder / "dags").is_dir()
    last = all_files(top)
    assert {path for path, file in before.items() if last[path] != file} <= UNITED
    in_conflict = {line.split()[1] for line in updated.stdout.splitlines() if line.startswith("  conflict")}
    assert in_conflict <= {path for path, action in actions.items() if action == "stays"}


def test_an_image_of_the_users_is_not_built_without_its_files(tmp_path: Path) -> None:
    folder = repository("service", tmp_path / "service")
    printed = succeeds("adopt", folder, "--defaults", "--yes", cwd=tmp_path)
    assert "yours stays Dockerfile" in printed
    assert "add --no-sync 'fsspec>=" in printed
    assert 'add to packages in [tool.hatch.build.targets.wheel]: "src/service"' in printed
    assert "tests/conftest.py: the template's tests use it" in printed
    assert (folder / ".dockerignore").read_text() == (REPOSITORIES / "service" / ".dockerignore").read_text()
    other = repository("service", tmp_path / "other")
    succeeds("adopt", other, "--defaults", "--yes", "--take", "Dockerfile", cwd=tmp_path)
    assert (other / ".dockerignore").read_text().startswith(".git\n.venv\ntests\n# Everything stays out")


def test_a_clone_with_a_readme_becomes_a_project(tmp_path: Path) -> None:
    folder = small(tmp_path / "Churn_Model", {"README.md": "# Mine\n", "LICENSE": "Mine\n", ".gitignore": "*.pyc\n"})
    refused = mlops_new(".", "--defaults", cwd=folder)
    assert refused.returncode == 2
    assert "yours stays README.md" in refused.stdout
    assert "run `mlops-new adopt . --yes`" in refused.stderr
    assert sorted(path.name for path in folder.iterdir()) == [".git", ".gitignore", "LICENSE", "README.md"]
    succeeds("adopt", "--defaults", "--yes", cwd=folder)
    assert (folder / "README.md").read_text() == "# Mine\n"
    assert (folder / "src" / "churn_model" / "pipeline.py").is_file()
    assert git(folder, "diff", "--name-only") == ".gitignore\n"


def test_a_repository_without_files_becomes_a_project(tmp_path: Path) -> None:
    folder = tmp_path / "my-project"
    git(tmp_path, "init", "--quiet", folder.name)
    assert "files written to ." in succeeds(".", "--defaults", cwd=folder)
    assert (folder / ".git").is_dir()
    assert (folder / "Makefile").is_file()


def test_a_file_is_replaced_only_by_name_and_set_aside(tmp_path: Path) -> None:
    folder = small(tmp_path / "my-project", {"Makefile": "mine:\n", "config.toml": "mine = 1\n", "README.md": "# Me\n"})
    (folder / "uv.lock").write_text("not in Git\n")
    command = ["adopt", "--defaults", "--yes", "--take", "./Makefile", "--take", "uv.lock"]
    printed = succeeds(*command, cwd=folder)
    assert "replaced    Makefile" in printed
    assert "config.toml: the pipeline reads its settings there" in printed
    assert "setup:" in (folder / "Makefile").read_text()
    assert (folder / ".before-adopt" / "Makefile").read_text() == "mine:\n"
    assert (folder / ".before-adopt" / "uv.lock").read_text() == "not in Git\n"
    assert (folder / "config.toml").read_text() == "mine = 1\n"
    assert ".before-adopt" not in git(folder, "status", "--porcelain")


def test_what_was_set_aside_is_not_overwritten(tmp_path: Path) -> None:
    folder = small(tmp_path / "my-project", {"Makefile": "mine:\n"})
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "Makefile").write_text("other\n")
    before = all_files(folder)
    refused = mlops_new("adopt", "--defaults", "--yes", "--take=Makefile", f"--keep={kept}", cwd=folder)
    assert refused.returncode == 2
    assert "exists; name another folder with --keep; nothing was changed" in refused.stderr
    assert all_files(folder) == before
    assert (kept / "Makefile").read_text() == "other\n"
    succeeds("adopt", "--defaults", "--yes", "--take=Makefile", "--keep=../more", cwd=folder)
    assert (tmp_path / "more" / "Makefile").read_text() == "mine:\n"


def test_both_files_are_merged_with_marks(tmp_path: Path) -> None:
    folder = small(tmp_path / "my-project", {"Makefile": "mine:\n"})
    done = mlops_new("adopt", "--defaults", "--yes", "--merge", "Makefile", cwd=folder)
    assert done.returncode == 1
    assert "search for <<<<<<< and decide" in done.stderr
    text = (folder / "Makefile").read_text()
    assert text.startswith("<<<<<<<")
    assert "mine:" in text
    assert "setup:" in text
    assert git(folder, "status", "--porcelain", "Makefile").startswith("AA")
    assert (folder / ".before-adopt" / "Makefile").read_text() == "mine:\n"


def test_what_git_does_not_hold_stays(tmp_path: Path) -> None:
    folder = small(tmp_path / "my-project", {".gitignore": "config.toml\n*.lock\nsrc/*/report.py\n"})
    (folder / "config.toml").write_text("ignored\n")
    (folder / "Makefile").write_text("untracked:\n")
    printed = succeeds("adopt", "--defaults", "--yes", cwd=folder)
    assert (folder / "config.toml").read_text() == "ignored\n"
    assert (folder / "Makefile").read_text() == "untracked:\n"
    assert "git add --force src/my_project/report.py uv.lock" in printed


def test_what_is_no_file_stays_and_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "my-project"
    (folder / "README.md").mkdir(parents=True)
    (folder / "README.md" / "inner").write_text("mine\n")
    (tmp_path / "elsewhere").mkdir()
    (folder / "docs").symlink_to(tmp_path / "elsewhere")
    small(folder, {"tests": "a file\n"})
    git(folder, "init", "--quiet", "notebooks")  # as a submodule is
    printed = succeeds("adopt", "--defaults", "--yes", cwd=folder)
    for path in ("README.md", "docs", "tests", "notebooks"):
        assert f"{path} is in the way; move it away" in printed
    assert (folder / "tests").read_text() == "a file\n"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert [path.name for path in (folder / "notebooks").iterdir()] == [".git"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--take", "none.txt"], "--take none.txt: the template has no such file"),
        (["--merge", "Dockerfile"], "--merge Dockerfile: you have no such file; the template's comes"),
        (["--take", "Makefile", "--merge", "Makefile"], "Makefile: either --take or --merge, not both"),
        (["--take", "README.md"], "--take README.md: README.md is in the way"),
        (["--set", "cloud=mars"], "is not one of the choices"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_written(options: list[str], message: str, tmp_path: Path) -> None:
    folder = small(tmp_path / "my-project", {"Makefile": "mine:\n", "README.md/inner": "mine\n"})
    before = all_files(folder)
    refused = mlops_new("adopt", "--defaults", "--yes", *options, cwd=folder)
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    assert message in refused.stderr
    assert all_files(folder) == before


@pytest.mark.parametrize(
    ("state", "code", "message"),
    [
        ("no git", 1, "first run `git init && git add --all && git commit`, then `mlops-new adopt"),
        ("no commit", 1, "has no commit yet; first run `git add --all && git commit`, then `mlops-new adopt"),
        ("uncommitted", 1, "has uncommitted changes in Makefile; commit or stash them first"),
        ("another template", 2, "is a project of another template, gh:a/b"),
        ("no template", 2, "is no record of a template; remove or rename it"),
        ("missing", 2, "is no folder; `mlops-new"),
    ],
)
def test_what_cannot_be_adopted_gets_a_way_out(state: str, code: int, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "my-project"
    if state != "missing":
        small(folder, {"Makefile": "mine:\n"})
    if state in ("no git", "no commit"):
        shutil.rmtree(folder / ".git")
    if state == "no commit":
        git(folder, "init", "--quiet")
    if state == "uncommitted":
        (folder / "Makefile").write_text("other:\n")
    if state in ("another template", "no template"):
        text = "_commit: v1\n_src_path: gh:a/b\n" if state == "another template" else "- a list\n"
        (folder / ".copier-answers.yml").write_text(text)
        commit(folder)
    before = all_files(tmp_path)
    refused = mlops_new("adopt", folder, "--defaults", "--yes", cwd=tmp_path)
    assert (refused.returncode, "Traceback" in refused.stderr) == (code, False)
    assert message in refused.stderr
    assert all_files(tmp_path) == before


def test_a_folder_that_is_no_repository_is_not_filled(tmp_path: Path) -> None:
    (tmp_path / "my-project").mkdir()
    (tmp_path / "my-project" / "mine").write_text("mine\n")
    refused = mlops_new("my-project", "--defaults", cwd=tmp_path)
    assert refused.returncode == 2
    assert "git init && git add --all && git commit --message Start && mlops-new adopt" in refused.stderr


def test_a_person_decides_on_each_file_that_both_have(tmp_path: Path) -> None:
    folder = small(tmp_path / "my-project", {"Makefile": "mine:\n", "README.md": "# Mine\n", "config.toml": "m = 1\n"})
    command = ["-m", "mlops_new", "adopt", "--defaults"]
    terminal = pexpect.spawn(sys.executable, command, cwd=str(folder), encoding="utf-8", timeout=60)
    for path, keys in (("Makefile", DOWN), ("README.md", ""), ("config.toml", "")):
        terminal.expect_exact(path)
        terminal.expect("merge both, with marks")
        terminal.send(f"{keys}{ENTER}")
    terminal.expect("Write these files")
    assert git(folder, "status", "--porcelain") == ""
    terminal.send(f"y{ENTER}")
    terminal.expect("Your files that were replaced are in")
    terminal.expect(pexpect.EOF)
    assert "setup:" in (folder / "Makefile").read_text()
    assert (folder / "README.md").read_text() == "# Mine\n"
    assert (folder / "config.toml").read_text() == "m = 1\n"


@pytest.mark.parametrize("last", ["y", "n", CTRL_C])
def test_the_wizard_asks_the_same_questions(last: str, questionnaire: Questionnaire, tmp_path: Path) -> None:
    folder = small(tmp_path / "Churn_Model", {"README.md": "# Mine\n"})
    before = all_files(folder)
    terminal = Terminal(folder, ["-m", "mlops_new", "."], {})
    flow = Flow(questionnaire, {"project_name": "churn-model"}, frozenset({"project_name"}))
    for state in flow.states:
        if state.asked:
            terminal.answer(state.question.help)
    terminal.wait_for(f"? {LAST}")
    assert "README.md" not in terminal.text().partition("What will be written")[2]
    terminal.press(DOWN, ENTER)
    terminal.wait_for("? README.md")
    terminal.press(ENTER)
    terminal.wait_for("Write these files?")
    assert all_files(folder) == before
    terminal.press(last, ENTER)
    code = terminal.end()
    assert (folder / "README.md").read_text() == "# Mine\n"
    if last == "y":
        assert code == 0
        assert (folder / "src" / "churn_model" / "pipeline.py").is_file()
    else:
        assert code == (1 if last == "n" else 130)
        assert "Nothing was written." in terminal.flat()
        assert all_files(folder) == before


def test_a_stop_at_any_moment_leaves_all_or_nothing(tmp_path: Path) -> None:
    original = small(tmp_path / "first" / "my-project", {"Makefile": "mine:\n", ".gitignore": "*.pyc\n"})
    before, seen = all_files(original), set()
    for number in range(0, 400, 23):
        folder = tmp_path / str(number) / "my-project"
        shutil.copytree(original, folder)
        killed_at(number, folder)
        found = all_files(folder)
        recovered = mlops_new("update", cwd=folder)
        after = {path: file for path, file in all_files(folder).items() if not path.startswith(".before-adopt/")}
        if ".copier-answers.yml" not in after:
            assert after == before, number
            continue
        assert "adoption of template v" in recovered.stdout or found.keys() >= after.keys()
        assert "setup:" in after["Makefile"].data.decode()
        assert (folder / ".before-adopt" / "Makefile").read_text() == "mine:\n"
        seen.add(frozenset(after.items()))
        assert "no files change" in succeeds("update", "--yes", cwd=committed(folder))
    assert len(seen) == 1


def committed(folder: Path) -> Path:
    """The folder, with all of it committed."""
    commit(folder)
    return folder


def killed_at(number: int, folder: Path) -> None:
    """Adopt in a process that is killed when it renames a file for the nth time."""
    code = (
        "import os, signal, sys\n"
        "from mlops_new import cli\n"
        "seen = 0\n"
        "def count(name, _):\n"
        "    global seen\n"
        "    if name == 'os.rename':\n"
        "        seen += 1\n"
        "        if seen == int(sys.argv[1]):\n"
        "            os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(count)\n"
        "cli.main(['adopt', '--defaults', '--yes', '--take', 'Makefile'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(number)], cwd=folder, capture_output=True, text=True)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (b"a\n", b"b\n", b"a\nb\n"),
        (b"a", b"a\nb\n\n# c\n", b"a\nb\n# c\n"),
        (b"a\r\n", b"a\nb\n", b"a\r\nb\r\n"),
        (b"", b"a\n", b"a\n"),
        (b"b\na  \n", b"a\nb\n", b"b\na  \n"),
    ],
)
def test_lists_of_lines_are_united(mine: bytes, theirs: bytes, expected: bytes) -> None:
    assert adoptions.united(mine, theirs) == expected


NEEDED = {
    "notebooks": (),
    "scripts": ("Makefile", "config.toml"),
    "data-science": ("Makefile", "notebooks/explore.ipynb"),
    "service": ("tests/conftest.py",),
    "monorepo": (),
}
"""Repository → files of the template that it takes so that it works; pyproject.toml gets what is advised."""


@pytest.mark.cached("tests/run")
@pytest.mark.parametrize(
    "name", [name if name == "monorepo" else pytest.param(name, marks=pytest.mark.full) for name in NEEDED]
)
def test_what_was_adopted_tests_and_trains(name: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = repository(name, tmp_path / "top")
    take = [f"--take={path}" for path in NEEDED[name]]
    options = ["--set", f"project_name={NAME}", *take, "--yes", "--json"]
    told = json.loads(succeeds("adopt", folder, *options, cwd=tmp_path))
    needed = {item["path"]: item["advice"] for item in told["files"] if item.get("needed")}
    assert needed.keys() == ({"pyproject.toml"} if name == "service" else set())
    env = environment(tmp_path_factory.getbasetemp())
    if name == "service":
        follow(needed["pyproject.toml"], folder, env)
        assert any("tests/__init__.py" in note for note in told["notes"])
        (folder / "tests" / "__init__.py").unlink()
        (folder / ".before-adopt" / "tests" / "conftest.py").rename(folder / "tests" / "fixtures.py")
        score = folder / "tests" / "test_score.py"
        score.write_text(f"from fixtures import client\n\n\n{score.read_text()}")
    git(folder, "add", "--force", *told["ignored"], ".copier-answers.yml")
    commit(folder)
    make(folder, env, "setup", "test", "train")
    assert (folder / "runs").is_dir()
    if name in ("data-science", "service"):
        own = "tests/test_dataset.py" if name == "data-science" else "tests/test_score.py"
        assert "1 passed" in subprocess.check_output([UV, "run", "pytest", own], cwd=folder, env=env, text=True)
    assert git(folder, "status", "--porcelain") == ""


def follow(advice: str, folder: Path, env: Mapping[str, str]) -> None:
    """Do with pyproject.toml what is advised, line by line."""
    file = folder / "pyproject.toml"
    lines = advice.splitlines()
    for number, line in enumerate(lines):
        text = file.read_text()
        if found := re.fullmatch(r"set in (\[.*\]): ((\S+) = .*)", line):
            table, new, key = found.groups()
            start = text.index(f"{table}\n")
            rest = re.sub(rf"^{key} = .*\n", "", text[start:], count=1, flags=re.MULTILINE)
            file.write_text(text[:start] + rest.replace(f"{table}\n", f"{table}\n{new}\n", 1))
        elif found := re.fullmatch(r"add to (\S+) in \[.*\]: (.*)", line):
            file.write_text(text.replace(f"{found[1]} = [", f"{found[1]} = [{found[2]}, ", 1))
        elif line.startswith("    uv "):
            done = subprocess.run([UV, *shlex.split(line)[1:]], cwd=folder, env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        elif line.startswith("    "):
            file.write_text(f"{text}{line[4:]}\n")
        else:
            assert line in ("add:", "run:"), lines[number:]
