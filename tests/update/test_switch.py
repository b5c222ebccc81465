"""A switch gives the project that the new answers give, with the user's edits, and says what it means elsewhere."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from conftest import ROOT, git

from mlops_new import source
from mlops_new.answers import check
from mlops_new.catalog import Choice, Consequences, Value, as_text, load
from mlops_new.errors import InputError, UpdateError
from mlops_new.questionnaire import Questionnaire
from mlops_new.update import applying, planning, record, reporting, switch, versions
from mlops_new.update.tree import File, Tree, read

NAME = "my-project"
LOCKED = '\n[[package]]\nname = "mine"\nversion = "1"\n'
Answers = Mapping[str, Value]

AWS: Answers = {"cloud": "aws", "orchestrator": "airflow", "triggers": ["manual"]}
AZURE: Answers = {**AWS, "cloud": "azure"}
GCP: Answers = {**AWS, "cloud": "gcp"}
SWITCHES: list[tuple[Answers, str, str]] = [
    *((AWS, f"orchestrator={engine}", "orchestrator=airflow") for engine in ("none", "prefect", "dagster", "kubeflow")),
    *(
        (AWS, f"orchestrator={engine}", "orchestrator=airflow")
        for engine in ("argo", "sagemaker", "stepfunctions", "ci")
    ),
    (AZURE, "orchestrator=azureml", "orchestrator=airflow"),
    (GCP, "orchestrator=vertex", "orchestrator=airflow"),
    (AZURE, "cloud=gcp", "cloud=azure"),
    (AWS, "cloud=onprem ci=gitlab", "cloud=aws ci=github"),
    ({"cloud": "local"}, "cloud=aws iac=terraform", "cloud=local iac=none"),
    (AWS, "iac=none", "iac=terraform"),
    (AWS, "ci=gitlab", "ci=github"),
    (AWS, "ci=none", "ci=github"),
    ({"tracker": "mlflow"}, "tracker=wandb", "tracker=mlflow"),
    ({"serving": "rest", "drift": "builtin"}, "serving=batch", "serving=rest"),
    ({"framework": "sklearn"}, "framework=xgboost", "framework=sklearn"),
    ({"framework": "sklearn"}, "framework=pytorch compute=ray", "framework=sklearn compute=local"),
    ({"compute": "dask"}, "compute=spark", "compute=dask"),
    ({"tuning": "none"}, "tuning=optuna problem=regression", "tuning=none problem=classification"),
    ({"drift": "none"}, "drift=builtin", "drift=none"),
    ({**AWS, "drift": "builtin"}, "triggers=[schedule,data,drift]", "triggers=[manual]"),
    ({"monitoring": "prometheus"}, "monitoring=none", "monitoring=prometheus"),
    ({"license": "mit"}, "license=none python=3.14 approval=true", "license=mit python=3.12 approval=false"),
]
"""Answers of a project, choices that it switches to, and those that it switches back to."""


def rendered(given: Answers) -> dict[str, File]:
    """What the template gives."""
    return versions.current(check(Questionnaire(source.root(), Path(NAME)), {"project_name": NAME, **given}))


def answers_of(project: Path) -> dict[str, Value]:
    """The answers of a project."""
    return record.known(record.read(project).answers, Questionnaire(source.root(), project))


def edited(tree: Tree, lock: bool = True) -> dict[str, File]:
    """A project with what people do to one: a module, a setting, a target, a dependency."""
    files = dict(tree)
    files["src/my_project/mine.py"] = File(b"MINE = 1\n")

    def edit(path: str, change: Callable[[str], str]) -> None:
        text = change(files[path].data.decode())
        assert text != files[path].data.decode()
        files[path] = File(text.encode(), files[path].mode)

    edit("config.toml", lambda text: text.replace("margin = 0.05", "margin = 0.04"))
    edit("Makefile", lambda text: f"{text}\n.PHONY: mine\nmine: ## my own\n\t@echo mine\n")
    edit(
        "pyproject.toml",
        lambda text: re.sub(r"(?s)(\ndependencies = \[.*?\n)(\])", r'\1    "mine>=1",\n\2', text, count=1),
    )
    if lock:
        edit("uv.lock", lambda text: text + LOCKED)
    return files


def write(project: Path, files: Tree) -> None:
    """Write files and commit them."""
    for path, file in files.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_bytes(file.data)
        (project / path).chmod(int(file.mode[-3:], 8))
    if not (project / ".git").exists():
        git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Work")


def files_of(project: Path) -> dict[str, File]:
    """What is in a project's work tree, without what Git ignores."""
    listed = git(project, "ls-files", "--cached", "--others", "--exclude-standard", "-z").split("\0")
    return read(project, filter(None, listed))


def carry_out(project: Path, *settings: str) -> switch.Switch:
    """Switch a project."""
    planned = switch.work_out(project, settings)
    applying.apply(project, planned.update)
    return planned


@pytest.mark.parametrize(("given", "there", "back"), SWITCHES, ids=[there for _, there, _ in SWITCHES])
def test_a_switch_gives_the_project_of_the_new_answers_with_the_edits(
    given: Answers, there: str, back: str, tmp_path: Path
) -> None:
    project = tmp_path / NAME
    project.mkdir()
    before = rendered(given)
    write(project, edited(before))
    for settings, wanted in ((there, None), (back, before)):
        old = before if wanted is None else rendered(answers_of(project))
        done = carry_out(project, *settings.split())
        fresh = wanted or rendered(answers_of(project))
        relocked = old["uv.lock"] != fresh["uv.lock"]
        assert [(item.path, item.reason) for item in done.update.conflicts] == [("uv.lock", "lock")] * relocked
        assert files_of(project) == edited(fresh, lock=not relocked)
        tomllib.loads((project / "uv.lock").read_text())
        assert done.update.aside == {}
        write(project, edited(fresh))  # what `make lock` does, and a commit
    assert files_of(project) == edited(before)


@pytest.mark.parametrize("given", [{}, AWS], ids=["default", "aws"])
def test_edits_follow_the_package_to_its_new_name(given: Answers, tmp_path: Path) -> None:
    project = tmp_path / NAME
    project.mkdir()
    before = edited(rendered(given), lock=False)
    hook, step = "features.py", "steps/ingest.py"
    for path in (hook, step):
        before[f"src/my_project/{path}"] = File(before[f"src/my_project/{path}"].data + b"\n# mine\n")
    mine = {
        path: File(b"MINE = 1\n") for path in ("src/my_project/mine.py", "src/my_project/new/deep.py", "src/x/y.py")
    }
    before |= mine
    write(project, before)
    planned = planning.plan(project, ["project_name=other-name"])
    assert planned.conflicts == ()
    assert planned.left_behind == {
        "src/my_project/mine.py": "src/other_name/mine.py",
        "src/my_project/new/deep.py": "src/other_name/new/deep.py",
    }
    assert (
        "stays    src/my_project/mine.py (yours; its folder went: `git mv` it to src/other_name/mine.py"
        in "\n".join(reporting.lines(planned))
    )
    assert planning.plan(project, ["description=other"]).left_behind == {}
    applying.apply(project, planned)
    after = edited(rendered({**given, "project_name": "other-name"}), lock=False) | mine
    after[f"src/other_name/{hook}"] = before[f"src/my_project/{hook}"]
    after[f"src/other_name/{step}"] = File(after[f"src/other_name/{step}"].data + b"\n# mine\n")
    assert files_of(project) == after


def test_every_answer_that_changes_is_named(tmp_path: Path) -> None:
    project = tmp_path / NAME
    project.mkdir()
    write(project, rendered({}))
    planned = switch.work_out(project, ["cloud=aws", "iac=terraform"])
    assert planned.update.answers == {
        "cloud": ("local", "aws"),
        "aws_region": (None, "eu-central-1"),
        "iac": ("none", "terraform"),
    }
    printed = "\n".join(switch.lines(planned))
    assert "cloud: local → aws\naws_region: nothing → eu-central-1\niac: none → terraform" in printed
    assert "cloud=aws: set `MY_PROJECT_RUNS_URI` and" in printed
    assert printed.index("\nBefore:" if planned.before else "\nAfter:") < printed.index("files change:")


def test_edited_files_of_the_old_choice_are_set_aside(tmp_path: Path) -> None:
    project = tmp_path / NAME
    project.mkdir()
    write(project, rendered(AWS))
    old = ("dags/training.py", "src/my_project/adapters/orchestration.py")
    for count, name in enumerate(("orchestrator-airflow", "orchestrator-airflow-2")):
        for path in old:  # the first line is one that the adapter of the other engine does not have
            lines = (project / path).read_text().split("\n", 1)
            (project / path).write_text(f"# mine {count}\n{lines[0]} mine\n{lines[1]}")
        kept = {path: (project / path).read_bytes() for path in old}
        git(project, "commit", "--quiet", "--all", "--message", "Edit")
        done = carry_out(project, "orchestrator=prefect")
        assert done.update.conflicts == ()
        assert set(done.update.aside) == set(old)
        assert switch.describe(done)["kept"] == {"folder": str(project / "kept" / name), "files": sorted(old)}
        assert {path: (project / "kept" / name / path).read_bytes() for path in old} == kept
        assert files_of(project) == rendered({**AWS, "orchestrator": "prefect"})
        write(project, {})
        carry_out(project, "orchestrator=airflow")
        assert files_of(project) == rendered(AWS)
        write(project, {})
    assert "# mine 0" in (project / "kept" / "orchestrator-airflow" / old[0]).read_text()


def test_a_folder_can_be_named_for_edited_files(tmp_path: Path) -> None:
    project = tmp_path / NAME
    project.mkdir()
    write(project, rendered({"tracker": "wandb"}))
    path = "src/my_project/adapters/file_registry.py"
    (project / path).write_text("mine\n")
    git(project, "commit", "--quiet", "--all", "--message", "Edit")
    planned = switch.work_out(project, ["tracker=mlflow"], keep=tmp_path / "aside")
    applying.apply(project, planned.update)
    assert (tmp_path / "aside" / path).read_text() == "mine\n"
    assert not (tmp_path / "aside" / ".gitignore").exists()
    assert files_of(project) == rendered({})


@pytest.mark.parametrize(
    ("given", "settings", "reason", "command"),
    [
        (AWS, ["cloud=local"], "a laptop has no infrastructure to describe", "cloud=local iac=none"),
        (
            {**AWS, "orchestrator": "sagemaker"},
            ["cloud=gcp"],
            "SageMaker Pipelines runs only on AWS",
            "cloud=gcp orchestrator=none",
        ),
        (
            {**AWS, "triggers": ["schedule", "manual"]},
            ["orchestrator=none"],
            "the in-process runner has no scheduler",
            "orchestrator=none 'triggers=[manual]'",
        ),
    ],
)
def test_what_a_rule_refuses_is_refused_with_what_to_add(
    given: Answers, settings: list[str], reason: str, command: str, tmp_path: Path
) -> None:
    project = tmp_path / NAME
    project.mkdir()
    write(project, rendered(given))
    with pytest.raises(InputError, match=re.escape(reason)) as refused:
        switch.work_out(project, settings)
    assert str(refused.value).endswith(f"\nThis goes together: mlops-new switch {command}")
    assert git(project, "status", "--porcelain") == ""


def test_a_project_of_another_version_is_updated_first(tmp_path: Path) -> None:
    project = tmp_path / NAME
    project.mkdir()
    files = rendered({})
    answers = files[".copier-answers.yml"].data
    write(project, {**files, ".copier-answers.yml": File(re.sub(rb"_commit: .*", b"_commit: v0.0.1", answers))})
    with pytest.raises(UpdateError, match="first run `mlops-new update`, commit, then switch"):
        switch.work_out(project, ["tracker=wandb"])


def test_the_program_shows_asks_and_switches(tmp_path: Path) -> None:
    project = tmp_path / NAME
    project.mkdir()
    write(project, rendered({}))

    def run(*arguments: str, code: int = 0) -> str:
        command = [sys.executable, "-m", "mlops_new", "switch", *arguments, f"--project={project}"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    assert "pass --yes" in run("tracker=wandb", code=2)
    assert "tracker: expected name=value" in run("tracker", code=2)
    assert "Nothing to change" in run("tracker=mlflow")
    shown = json.loads(run("tracker=wandb", "--json"))
    assert git(project, "status", "--porcelain") == ""
    assert shown["answers"] == {"tracker": {"before": "mlflow", "after": "wandb"}}
    assert {note["choice"] for note in shown["after"]} == {"tracker=mlflow", "tracker=wandb"}
    assert shown["before"]
    assert shown["stays"]
    assert {"path": "uv.lock", "kind": "changed", "cause": "answer"} in shown["changes"]
    assert (shown["applied"], shown["kept"]) == (False, None)
    assert "Done." in run("tracker=wandb", "--yes")
    assert files_of(project) == rendered({"tracker": "wandb"})


def choices() -> list[object]:
    """All choices that a project can enter and leave."""
    return [
        pytest.param(question.name, choice, id=f"{question.name}={as_text(choice.value)}")
        for question in load(ROOT).questions
        for choice in question.offered
        if len(question.offered) > 1
    ]


@pytest.mark.parametrize(("axis", "choice"), choices())
def test_a_choice_says_what_entering_and_leaving_it_means_and_names_what_there_is(axis: str, choice: Choice) -> None:
    assert choice.enter is not None
    assert choice.leave is not None
    said = [sentence for side in (choice.enter, choice.leave) for sentence in sentences(side)]
    for kind, name in {found for sentence in said for found in names(sentence)}:
        assert any(is_there(project, kind, name) for project in projects(axis, as_text(choice.value))), (kind, name)


def sentences(said: Consequences) -> Iterator[str]:
    """All that is said of one side."""
    yield from (*said.before, *said.after, *said.stays)


def names(sentence: str) -> Iterator[tuple[str, str]]:
    """What a sentence names of a project: targets, paths, sections of the runbook, settings and variables."""
    for section in re.findall(r'"([^"]+)" in `docs/runbook.md`', sentence):
        yield "section", section
    for span in re.findall("`([^`]+)`", sentence):
        words = span.split()
        if words[0] == "make":
            yield from (("target", word) for word in words[1:] if "=" not in word)
        elif len(words) == 1:
            yield "path" if "/" in span or "." in span else "word", span


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("run `make lint test` or `make tune FORCE=1`", [("target", "lint"), ("target", "test"), ("target", "tune")]),
        ('see "A, b" in `docs/runbook.md`', [("section", "A, b"), ("path", "docs/runbook.md")]),
        ("`runs_uri`, `terraform -chdir=infra destroy`, `.env`", [("word", "runs_uri"), ("path", ".env")]),
    ],
)
def test_what_a_sentence_names_is_found(sentence: str, found: list[tuple[str, str]]) -> None:
    assert [*names(sentence)] == found


def projects(axis: str, value: str) -> Iterator[Tree]:
    """Projects that have a choice, the recommended one first."""
    catalog = load(ROOT)
    chosen = next(choice.value for choice in catalog.question(axis).choices if as_text(choice.value) == value)
    answer: Value = [str(chosen)] if catalog.question(axis).multiselect else chosen
    for cloud in ("local", "aws", "azure", "gcp", "onprem"):
        for engine in ("airflow", "argo", "ci", "none"):
            for ci in ("github", "gitlab"):
                compute = "ray" if axis == "tuning" and value == "ray" else "local"
                others = {
                    "compute": compute,
                    "cloud": cloud,
                    "orchestrator": engine,
                    "ci": ci,
                    "drift": "builtin",
                    axis: answer,
                }
                if axis == "cloud" and cloud != value:
                    continue
                try:
                    yield _project(tuple((name, tuple(v) if isinstance(v, list) else v) for name, v in others.items()))
                except InputError:  # these do not go together
                    continue


@cache
def _project(answers: tuple[tuple[str, str | bool | tuple[str, ...]], ...]) -> dict[str, File]:
    return rendered({name: list(value) if isinstance(value, tuple) else value for name, value in answers})


def is_there(project: Tree, kind: str, name: str) -> bool:
    """Tell whether a project has what a sentence names."""
    package, ignored = "my_project", project[".gitignore"].data.decode().split()
    name = name.replace("<project>", NAME).replace("<package>", package).replace("<PACKAGE>", package.upper())
    if kind == "section":
        return f"\n## {name}\n" in project["docs/runbook.md"].data.decode()
    if kind == "target":
        return f"\n{name}:" in project["Makefile"].data.decode()
    texts = (file.data.decode() for path, file in project.items() if path != "uv.lock")
    if kind == "path":
        folder = name.rstrip("/")
        present = any(path == folder or path.startswith(f"{folder}/") for path in project)
        return (
            present
            or any(fnmatch(name, pattern) for pattern in ignored)
            or f"{folder}/*" in ignored
            or any(f'"{name}"' in text for text in texts)
        )
    name = name.strip("[]")
    setting = name.removeprefix(f"{package.upper()}_").lower()
    return any(re.search(rf"\b({re.escape(name)}|{re.escape(setting)})\b", text) for text in texts)
