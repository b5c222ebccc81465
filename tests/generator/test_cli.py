"""The command line, as a user and as CI call it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from conftest import ROOT, git


def mlops_new(*arguments: str, cwd: Path, stdin: str = "", **env: str) -> "subprocess.CompletedProcess[str]":
    """Run the program without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "mlops_new", *arguments],
        cwd=cwd,
        input=stdin,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )


def test_defaults_write_a_project_and_say_what_comes_next(tmp_path: Path) -> None:
    done = mlops_new("my-project", "--defaults", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "make setup test train serve" in done.stdout
    answers = yaml.safe_load((tmp_path / "my-project" / ".copier-answers.yml").read_text())
    assert answers["_commit"].startswith("v")
    assert answers["_src_path"].startswith("gh:")
    assert [path.name for path in tmp_path.iterdir()] == ["my-project"]


def test_file_options_and_json(tmp_path: Path) -> None:
    done = mlops_new(
        "--answers",
        "-",
        "--set",
        "tracker=wandb",
        "new-project",
        "--json",
        cwd=tmp_path,
        stdin="orchestrator: prefect\n",
    )
    assert done.returncode == 0, done.stderr
    printed = json.loads(done.stdout)
    assert (printed["answers"]["orchestrator"], printed["answers"]["tracker"]) == ("prefect", "wandb")
    assert all((tmp_path / "new-project" / file).is_file() for file in printed["files"])


@pytest.mark.posix  # calls diff
def test_a_projects_own_answers_give_the_same_project(tmp_path: Path) -> None:
    assert mlops_new("one/my-project", "--set", "cloud=aws", cwd=tmp_path).returncode == 0
    answers = tmp_path / "one" / "my-project" / ".copier-answers.yml"
    done = mlops_new("two/my-project", "--answers", str(answers), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert subprocess.run(["diff", "-r", "one", "two"], cwd=tmp_path).returncode == 0


def test_a_plan_is_what_would_be_written_and_writes_nothing(tmp_path: Path) -> None:
    planned = mlops_new("plan", "my-project", "--set", "cloud=aws", "--json", cwd=tmp_path)
    assert planned.returncode == 0, planned.stderr
    assert list(tmp_path.iterdir()) == []
    created = mlops_new("my-project", "--set", "cloud=aws", "--json", cwd=tmp_path)
    assert json.loads(created.stdout)["files"] == json.loads(planned.stdout)["files"]


def test_questions_as_json_have_the_promised_shape(tmp_path: Path) -> None:
    done = mlops_new("questions", "--json", cwd=tmp_path)
    questions = json.loads(done.stdout)["questions"]
    for question in questions:
        assert set(question) == {"name", "stage", "type", "help", "default", "choices"}
        for choice in question["choices"]:
            assert set(choice) == {"value", "label", "when", "status", "reason"}
            assert (choice["status"] == "offered") == (choice["reason"] == "")
    stages = list(dict.fromkeys(question["stage"] for question in questions))
    assert stages == ["project", "requirements", "architecture", "infrastructure", "automation", "security", "cost"]
    by_name = {question["name"]: question for question in questions}
    assert {c["value"] for c in by_name["tracker"]["choices"] if c["status"] == "retired"} == {"neptune"}
    assert {c["value"] for c in by_name["iac"]["choices"] if c["status"] == "retired"} == {"deployment_manager"}


def test_questions_for_people_name_every_choice(tmp_path: Path) -> None:
    text = mlops_new("questions", cwd=tmp_path).stdout
    for words in (
        "REQUIREMENTS",
        "airflow ",
        "[planned for a later release]",
        "[retired: its hosted service shut down on 2026-03-05",
        "small                Up to 10,000: one process",
        "local                This machine only: no cloud account, or not yet [recommended]",
        "recommended: eu-central-1",
        "rule: orchestrator=vertex needs cloud=gcp: Vertex AI Pipelines runs only on Google Cloud",
    ):
        assert words in text
    assert "planned: planned" not in text


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["my-project"], 2, "pass --defaults", id="no terminal"),
        pytest.param(["my-project", "--set", "cloud=mars"], 2, "is not one of the choices", id="wrong answer"),
        pytest.param(["plan", "my-project", "--origins", "--set", "cloud=mars"], 2, "is not one of", id="no origins"),
        pytest.param(
            ["my-project", "--set", "author=Jane <jane>"], 2, "or a name and an email: Jane Doe <", id="wrong author"
        ),
        pytest.param(["my-project", "--answers", "none.yml"], 2, "cannot be read", id="no file"),
        pytest.param(["my-project", "--nonsense"], 2, "No such option", id="wrong option"),
        pytest.param(["questions", "extra"], 2, "extra", id="extra argument"),
        pytest.param(["update"], 2, "no .copier-answers.yml", id="no project"),
        pytest.param(["switch", "tracker=wandb"], 2, "no .copier-answers.yml", id="no project to switch"),
        pytest.param(["updte"], 2, "did you mean `mlops-new update`? `mlops-new new updte` creates", id="no command"),
        pytest.param(["new", "--defaults"], 2, "the name of the project is missing", id="no name"),
        pytest.param(["my-project", "--set", "triggers=[a"], 2, "--set triggers=[a, line 1, column", id="half a list"),
    ],
)
def test_a_mistake_gets_a_message_and_a_stable_exit_code(
    tmp_path: Path, arguments: list[str], code: int, message: str
) -> None:
    done = mlops_new(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_is_json_where_json_is_wanted(tmp_path: Path) -> None:
    done = mlops_new("my-project", "--json", "--set", "drift=evidently", "--set", "cloud=mars", cwd=tmp_path)
    assert done.returncode == 2
    printed = json.loads(done.stdout)
    assert printed["exit_code"] == 2
    assert [problem.partition(":")[0] for problem in printed["problems"]] == ["cloud", "drift"]
    assert done.stderr == f"error: {printed['error']}\n"
    done = mlops_new("update", "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["problems"] == [json.loads(done.stdout)["error"]]


def test_a_default_that_gives_way_is_said_and_leaves_the_json_alone(tmp_path: Path) -> None:
    done = mlops_new("plan", "my-project", "--json", "--set", "triggers=drift", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["answers"]["drift"] == "builtin"
    assert done.stderr == "drift: builtin in place of none: nothing measures drift otherwise\n"


@pytest.mark.posix
@pytest.mark.parametrize("inside", [False, True], ids=["a new repository", "in a repository"])
def test_the_next_steps_fit_the_place(inside: bool, tmp_path: Path) -> None:
    if inside:
        git(tmp_path, "init", "--quiet")
    printed = mlops_new("my-project", "--defaults", cwd=tmp_path).stdout
    assert ("git init --initial-branch=main && git add" in printed) == (not inside)
    assert "git add --all && git commit" in printed


def test_help_starts_with_examples(tmp_path: Path) -> None:
    done = mlops_new("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.index("mlops-new myproject") < done.stdout.index("Options")


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        pytest.param(["--help"], {"copier", "jinja2", "pydantic", "questionary", "rich", "yaml"}, id="help"),
        pytest.param(["my-project", "--defaults"], {"copier", "prompt_toolkit", "questionary", "rich"}, id="new"),
    ],
)
def test_nothing_is_imported_that_takes_long_and_is_not_needed(
    arguments: list[str], unwanted: set[str], tmp_path: Path
) -> None:
    code = (
        "import json, sys\n"
        "from mlops_new import cli\n"
        "try:\n"
        "    cli.main(sys.argv[1:])\n"
        "finally:\n"
        "    print(json.dumps(sorted(sys.modules)), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not unwanted & set(json.loads(done.stderr))


def test_without_git_there_is_a_message(tmp_path: Path) -> None:
    done = mlops_new("my-project", "--defaults", cwd=tmp_path, PATH=str(tmp_path))
    assert done.returncode == 1
    assert "git is needed" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_defect_shows_no_traceback_unless_asked(tmp_path: Path) -> None:
    code = "import mlops_new.cli as c; c.source.root = lambda: 1/0; c.main(['questions'])"
    for debug, shown in (("", False), ("1", True)):
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "MLOPS_NEW_DEBUG": debug}, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert "This is a defect" in done.stderr
        assert ("Traceback" in done.stderr) == shown


def test_the_repositorys_address_stands_where_its_metadata_and_its_site_need_it() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    address = "github.com/" + "mlops-new/"
    holders = [
        name
        for name in listed
        if name and (ROOT / name).is_file() and address in (ROOT / name).read_text(errors="ignore")
    ]
    assert holders == ["pyproject.toml", "zensical.toml"]
