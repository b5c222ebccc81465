"""Pipelines of a project on GitLab, run by gitlab-ci-local in shells of this machine: checks, deployment, training."""

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from engines.servers import Project, Webhook, created, webhook

from proof.linters.gitlab import make_repository, program

# Two minutes: each step of a training starts Python, as on GitLab.
pytestmark = [pytest.mark.cached("proof/tools.py", "proof/linters/gitlab"), pytest.mark.full]

STEPS = ["ingest", "validate", "preprocess", "train", "evaluate", "register", "deploy"]
IMAGE = "registry.example.com/team/my-project"
RECORD = """#!/bin/sh
echo "$(basename "$0") $*" >> {calls}
"""
# No image is in the registry yet.
DOCKER = RECORD + 'test "$1" != manifest\n'
# What gitlab-ci-local asks about the image of a service, and would start it with.
CONTAINERS = """#!/bin/sh
echo '[]'
"""
# A job's Python fails where the test says so, and is the project's own otherwise.
PYTHON = """#!/bin/sh
echo "python $*" >> {calls}
case "$*" in *"$FAILS"*) exit "$CODE" ;; esac
exec {python} "$@"
"""


@dataclass
class Run:
    """What gitlab-ci-local printed, what the jobs called, and whether all of them passed."""

    printed: str
    calls: list[str]
    passed: bool

    @property
    def steps(self) -> list[str]:
        """Steps of the pipeline in the order in which they were called."""
        return [
            words[4] for call in self.calls if (words := call.split())[:4] == ["python", "-m", "my_project", "step"]
        ]

    def mark(self, job: str) -> str:
        """What the summary says of a job."""
        marks = [line.split()[0] for line in self.printed.splitlines() if line.split()[1:2] == [job]]
        return marks[-1]


@dataclass(frozen=True)
class GitLab:
    """A project in a repository, with programs in front of its PATH that only write down how they are called."""

    project: Project
    hook: Webhook
    calls: Path = field(init=False)

    def __post_init__(self) -> None:
        """Keep calls beside the project."""
        object.__setattr__(self, "calls", self.project.folder.parent / "calls")

    @property
    def runs(self) -> Path:
        """Where the runs of the training are."""
        return self.project.folder.parent / "runs"

    def gitlab(self, *arguments: str, fails: str = "nothing", code: str = "1", **given: str) -> Run:
        """Run gitlab-ci-local with variables of the project on GitLab."""
        self.calls.write_text("")
        store = self.project.folder.parent
        variables = {
            "IDENTITY_TOKEN": "a token",
            "IMAGE_REPOSITORY": IMAGE,
            "DEPLOY_IDENTITY": "arn:aws:iam::1:role/deploy",
            "MY_PROJECT_RUNS_URI": str(self.runs),
            "MY_PROJECT_REGISTRY_URI": str(store / "registry"),
            "MY_PROJECT_TRACKING_URI": f"sqlite:///{store}/mlflow.db",
            "MY_PROJECT_NOTIFY_URL": self.hook.url,
            **given,
        }
        told = [part for name, value in variables.items() for part in ("--variable", f"{name}={value}")]
        options = ("--no-color", "--force-shell-executor", "--container-executable", "containers")
        command = (*map(str, program()), *options, *told, *arguments)
        done = self.project.call(*command, FAILS=fails, CODE=code)
        return Run(done.stdout + done.stderr, self.calls.read_text().splitlines(), done.returncode == 0)

    def jobs(self, *arguments: str, **given: str) -> list[str]:
        """Names of the jobs of a pipeline."""
        listed = self.gitlab("--list-csv", *arguments, **given).printed
        rows = [line.split(";")[0].strip('"') for line in listed.splitlines() if ";" in line]
        return rows[1:]

    def asked(self, file: str, without: Sequence[str] = (), **inputs: str) -> str:
        """Path of a pipeline file with inputs, as if a person had filled in the form, and without some of its jobs."""
        path = self.project.folder / "asked.yml"
        left_out = {job: {"rules": [{"when": "never"}]} for job in without}
        # JSON is YAML.
        path.write_text(json.dumps({"include": [{"local": file, "inputs": inputs}], **left_out}))
        return path.name

    def train(self, fails: str = "nothing", without: Sequence[str] = (), **inputs: str) -> Run:
        """Run the training."""
        return self.gitlab("--file", self.asked(".gitlab/training.yml", without, **inputs), fails=fails)


@pytest.fixture(scope="module")
def gitlab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitLab]:
    """A project with the pipeline in CI, and a webhook."""
    with ExitStack() as stack:
        plain = created(tmp_path_factory.mktemp("gitlab"), ci="gitlab", cloud="aws", orchestrator="ci", iac="none")
        folder = plain.folder
        hook = stack.enter_context(webhook(plain))
        programs = folder.parent / "programs"
        python = subprocess.run(["which", "python"], env=plain.variables, capture_output=True, text=True, check=True)
        scripts = {
            **{programs / name: RECORD for name in ("apt-get", "aws", "uv")},
            programs / "docker": DOCKER,
            programs / "containers": CONTAINERS,
            folder / ".venv" / "bin" / "python": PYTHON,
        }
        for path, text in scripts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(calls=folder.parent / "calls", python=python.stdout.strip()))
            path.chmod(0o755)
        make_repository(folder)
        variables = {
            "PATH": f"{programs}{os.pathsep}{plain.variables['PATH']}",
            "UV": str(programs / "uv"),
            "SSL_CERT_FILE": str(hook.certificate),
        }
        yield GitLab(Project(folder, plain.variables | variables), hook)


def in_order(wanted: Sequence[str], calls: Sequence[str]) -> bool:
    """Whether each text is in a call that comes after the one before."""
    left = iter(calls)
    return all(any(text in call for call in left) for text in wanted)


def test_each_source_of_a_pipeline_has_its_jobs(gitlab: GitLab) -> None:
    checks = ["lint", "test", "train", "build"]
    assert gitlab.jobs(CI_PIPELINE_SOURCE="push") == [*checks, "deploy"]
    assert gitlab.jobs(CI_PIPELINE_SOURCE="merge_request_event") == checks
    assert gitlab.jobs(CI_PIPELINE_SOURCE="schedule") == ["training"]
    for pipeline, job in (("promote", "promote"), ("training", "training")):
        file = gitlab.asked(".gitlab-ci.yml", pipeline=pipeline)
        assert gitlab.jobs("--file", file, CI_PIPELINE_SOURCE="api") == [job]
        assert gitlab.jobs("--file", file, CI_PIPELINE_SOURCE="api", CI_COMMIT_BRANCH="other") == []


def test_a_push_is_checked_and_deployed(gitlab: GitLab) -> None:
    run = gitlab.gitlab(fails="my_project pipeline", code="4")
    assert run.passed, run.printed
    assert {"uv run --locked ruff check", "uv run --locked pytest"} <= set(run.calls)
    # A model that the gate refuses is no failure of the checks.
    assert run.mark("train") == "PASS"
    commit = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=gitlab.project.folder, capture_output=True, text=True, check=True
    )
    image = f"{IMAGE}:{commit.stdout.strip()}"
    # The two ends of a pipe start in any order.
    for login in ("aws ecr get-login-password", "docker login"):
        wanted = ["apt-get install", login, f"--tag {image}", f"docker push {image}"]
        assert in_order(wanted, run.calls), run.calls


def test_a_person_promotes_a_version(gitlab: GitLab) -> None:
    file = gitlab.asked(".gitlab-ci.yml", pipeline="promote", version="3")
    run = gitlab.gitlab("--file", file, CI_PIPELINE_SOURCE="web")
    assert run.passed, run.printed
    assert run.calls == ["uv sync --locked", "uv run --locked python -m my_project promote 3"]


def test_a_run_that_failed_continues_where_it_stopped(gitlab: GitLab) -> None:
    broken = gitlab.train(fails="step train", run_uri=str(gitlab.runs / "continued"))
    assert (broken.passed, broken.steps) == (False, STEPS[:4])
    first = (gitlab.runs / "continued" / "preprocess" / "manifest.json").stat().st_mtime_ns
    whole = gitlab.train(run_uri=str(gitlab.runs / "continued"))
    assert whole.passed, whole.printed
    assert whole.steps == STEPS
    assert (gitlab.runs / "continued" / "preprocess" / "manifest.json").stat().st_mtime_ns == first
    assert (gitlab.runs / "continued" / "deploy" / "manifest.json").is_file()


def test_people_get_to_know_of_a_failure(gitlab: GitLab) -> None:
    # For gitlab-ci-local a job that is skipped has not ended, so the one that fails has to be the last.
    without = [job for job in (*STEPS, "gate") if job != "ingest"]
    run = gitlab.train(fails="step ingest", without=without, run_uri=str(gitlab.runs / "reported"))
    assert (run.mark("ingest"), run.mark("notify")) == ("FAIL", "PASS")
    [text] = gitlab.hook.texts
    assert f"The run {gitlab.runs}/reported failed" in text


def test_a_refused_model_registers_nothing_and_ends_as_done(gitlab: GitLab) -> None:
    run = gitlab.train(run_uri=str(gitlab.runs / "refused"), parameters='{"gate.threshold": 1.1}')
    assert run.passed, run.printed
    assert run.steps == STEPS[:5]
    assert (run.mark("register"), run.mark("deploy")) == ("WARN", "WARN")
    assert not (gitlab.runs / "refused" / "register").exists()


def test_bad_data_fails_once(gitlab: GitLab) -> None:
    table = gitlab.project.folder.parent / "bad.csv"
    table.write_text("size,target\n1,2\n2,3\n3,2\n")
    given = json.dumps({"data_uri": str(table), "target": "target"})
    run = gitlab.train(run_uri=str(gitlab.runs / "bad"), parameters=given)
    assert not run.passed
    assert run.steps == STEPS[:2]
    assert (run.mark("ingest"), run.mark("validate")) == ("PASS", "FAIL")
    assert "tried again" not in run.printed
