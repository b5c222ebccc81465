"""How CI proposes an update of the template: a project's workflow run by act, its pipeline run by gitlab-ci-local."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, git
from wheels import repository, wheel

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.questionnaire import Questionnaire
from proof.linters.gitlab import make_repository, program
from proof.tools import plain_environment, python_tools

pytestmark = pytest.mark.posix

NEWEST = "9.0.0"
BRANCH = f"mlops-new-{NEWEST}"
TITLE = f"Update the template to {NEWEST}"
TOKEN = "a-token"  # noqa: S105 - it opens nothing
EDITED = "<!-- mine -->\n"
PIPELINE = {"github": ".github/workflows/ci.yml", "gitlab": ".gitlab-ci.yml"}
CLASH = {"github": "name: CI\n", "gitlab": "stages: [check, train, deploy]\n"}
"""Lines that the newer template changes, and the user, too."""
ARTIFACT = """\
name: artifact
inputs:
  name: {{required: true}}
  path: {{required: true}}
runs:
  using: composite
  steps:
    - shell: bash
      run: cp -R {command}
      env:
        PLACE: {store}/${{{{ inputs.name }}}}
        FOLDER: ${{{{ inputs.path }}}}
"""
GH = """#!/bin/sh
echo "$GH_TOKEN: $*" >> {log}
for last; do :; done
test "$2" != create || cat "$last" >> {log}
"""
"""The command line of GitHub, which writes down how it is called, and the text of a pull request."""
HOOK = """#!/bin/sh
env | grep GIT_PUSH_OPTION_ > {log}
"""


@dataclass(frozen=True)
class Outcome:
    """What a run of CI came to.

    Attributes:
        passed: whether all jobs passed.
        printed: what they printed.
        told: what the provider got to know of the proposal.
    """

    passed: bool
    printed: str
    told: str


@dataclass(frozen=True)
class Repository:
    """A project, the repository that it is pushed to, and the packages that its CI finds."""

    provider: str
    folder: Path
    packages: Path

    @property
    def origin(self) -> Path:
        """The repository that CI pushes to."""
        return self.folder.parent / "origin.git"

    @property
    def log(self) -> Path:
        """Where the provider writes what it gets."""
        return self.folder.parent / "told"

    def branches(self) -> list[str]:
        """Names of the branches that were pushed."""
        return git(self.origin, "branch", "--format=%(refname:short)").split()

    def run(self, token: str = TOKEN) -> Outcome:
        """Let the schedule start."""
        self.log.write_text("")
        variables = plain_environment() | {"UV_FIND_LINKS": str(self.packages)}
        variables.pop("UV", None)
        variables["PATH"] = f"{self.folder.parent / 'bin'}{os.pathsep}{variables['PATH']}"
        command = {"github": self._act, "gitlab": self._gitlab}[self.provider](token)
        done = subprocess.run(command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=300)
        return Outcome(done.returncode == 0, done.stdout + done.stderr, self.log.read_text())

    def _act(self, token: str) -> list[str]:
        workflow = ".github/workflows/template.yml"
        store = self.folder.parent / "store"
        actions = []
        for action, command in (("upload", '"$FOLDER" "$PLACE"'), ("download", '"$PLACE" "$FOLDER"')):
            text = (self.folder / workflow).read_text()
            [pin] = re.findall(rf"uses: (actions/{action}-artifact@\w+)", text)
            place = self.folder.parent / action
            for folder in (place, store):
                folder.mkdir(exist_ok=True)
            (place / "action.yml").write_text(ARTIFACT.format(command=command, store=store))
            actions += ["--local-repository", f"{pin}={place}"]
        for artifact in store.iterdir():
            artifact.rename(self.folder.parent / f"old-{artifact.name}")
        act = python_tools(ROOT / "tests" / "engines" / "act" / "requirements.txt") / "act"
        secret = ["--secret", f"TEMPLATE_TOKEN={token}"]
        return [
            str(act),
            "schedule",
            "--workflows",
            workflow,
            "--platform",
            "ubuntu-24.04=-self-hosted",
            *secret,
            *actions,
        ]

    def _gitlab(self, token: str) -> list[str]:
        variables = {
            "CI_PIPELINE_SOURCE": "schedule",
            "CI_PIPELINE_SCHEDULE_DESCRIPTION": "Template",
            "CI_PROJECT_URL": str(self.origin).removesuffix(".git"),
            "TEMPLATE_TOKEN": token,
            "GITLAB_USER_NAME": "a",
            "GITLAB_USER_EMAIL": "a@example.com",
        }
        given = [part for name, value in variables.items() for part in ("--variable", f"{name}={value}")]
        return [*map(str, program()), "--no-color", "--force-shell-executor", "--shell-isolation", *given]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two wheels: of this work tree, and of a newer version with a changed template."""
    folder = tmp_path_factory.mktemp("packages")
    copy = repository(folder / "repository")
    git(copy, "add", "--all")
    git(copy, "commit", "--quiet", "--message", "x")
    git(copy, "tag", f"v{source.version()}")
    wheel(copy, folder / "today")
    for name, old, new in (
        ("pyproject.toml", f'version = "{source.version()}"', f'version = "{NEWEST}"'),
        ("CHANGELOG.md", "## Unreleased", f"## Unreleased\n\n## {NEWEST} - 2030-01-01\n\n- A greeting."),
        ("template/{{use.core}}/README.md.jinja", "## Updates", "Hello.\n\n## Updates"),
        ("template/{{use.ci}}/{{use.ci_github}}/.github/workflows/ci.yml.jinja", CLASH["github"], "name: Checks\n"),
        ("template/{{use.ci}}/{{use.ci_gitlab}}/.gitlab-ci.yml.jinja", CLASH["gitlab"], "stages: [check, deploy]\n"),
    ):
        text = (copy / name).read_text()
        assert text.count(old) == 1, name
        (copy / name).write_text(text.replace(old, new))
    wheel(copy, folder / "newest")
    return folder


@pytest.fixture(params=["github", "gitlab"])
def pushed(request: pytest.FixtureRequest, tmp_path: Path, packages: Path) -> Repository:
    """A project with an edit, in a repository with an origin that knows the options of a push."""
    project = Repository(request.param, tmp_path / "my-project", packages / "newest")
    render.create(check(Questionnaire(source.root(), project.folder), {"ci": project.provider}), project.folder)
    readme = project.folder / "README.md"
    readme.write_text(EDITED + readme.read_text())
    make_repository(project.folder)
    return project


def publish(project: Repository) -> None:
    """Commit the project, and push it."""
    git(project.folder, "commit", "--quiet", "--all", "--allow-empty", "--message", "mine")
    subprocess.run(["git", "clone", "--quiet", "--bare", project.folder, project.origin], check=True)
    git(project.origin, "config", "receive.advertisePushOptions", "true")
    if project.provider == "github":
        git(project.folder, "remote", "set-url", "origin", str(project.origin))
    (project.folder.parent / "bin").mkdir()
    programs = {project.folder.parent / "bin" / "gh": GH, project.origin / "hooks" / "post-receive": HOOK}
    for path, text in programs.items():
        path.write_text(text.format(log=project.log))
        path.chmod(0o755)


def test_a_newer_version_is_proposed_once_and_edits_stay(pushed: Repository) -> None:
    publish(pushed)
    run = pushed.run()
    assert run.passed, run.printed
    assert pushed.branches() == ["main", BRANCH]
    readme = git(pushed.origin, "show", f"{BRANCH}:README.md")
    assert readme.startswith(EDITED)
    assert "\nHello.\n" in readme
    assert f"_commit: v{NEWEST}" in git(pushed.origin, "show", f"{BRANCH}:.copier-answers.yml")
    assert git(pushed.origin, "log", "-1", "--format=%s", BRANCH).strip() == TITLE
    whole = run.told + git(pushed.origin, "log", "-1", "--format=%b", BRANCH)
    assert "- A greeting." in whole
    assert "changed  README.md" in whole
    told = {
        "github": f"{TOKEN}: pr create --head {BRANCH} --title {TITLE} --body-file",
        "gitlab": f"merge_request.create\nGIT_PUSH_OPTION_1=merge_request.title={TITLE}\n",
    }
    assert told[pushed.provider] in run.told
    # A user who works on the branch keeps it.
    git(pushed.origin, "branch", "--force", BRANCH, "main")
    again = pushed.run()
    assert again.passed, again.printed
    assert "is left as it is" in again.printed
    assert git(pushed.origin, "rev-parse", BRANCH) == git(pushed.origin, "rev-parse", "main")


@pytest.mark.full
def test_a_conflict_is_proposed_with_its_marks(pushed: Repository) -> None:
    file = pushed.folder / PIPELINE[pushed.provider]
    file.write_text(file.read_text().replace(CLASH[pushed.provider], f"# mine\n{CLASH[pushed.provider]}"))
    publish(pushed)
    run = pushed.run()
    assert run.passed, run.printed
    text = git(pushed.origin, "show", f"{BRANCH}:{PIPELINE[pushed.provider]}")
    assert re.search(r"^<{7} .*\n# mine\n", text, re.MULTILINE)
    whole = run.told + git(pushed.origin, "log", "-1", "--format=%b", BRANCH)
    assert f"{PIPELINE[pushed.provider]}: content: search for <<<<<<< and decide" in whole


@pytest.mark.full
def test_without_a_newer_version_nothing_is_proposed(pushed: Repository, packages: Path) -> None:
    publish(pushed)
    same = Repository(pushed.provider, pushed.folder, packages / "today")
    run = same.run()
    assert run.passed, run.printed
    assert f"Still v{source.version()}: no files change." in run.printed
    assert not re.search("pr create|merge_request", run.told)
    assert pushed.branches() == ["main"]


@pytest.mark.full
@pytest.mark.parametrize("pushed", ["gitlab"], indirect=True)
def test_a_token_that_is_missing_is_asked_for(pushed: Repository) -> None:
    publish(pushed)
    run = pushed.run(token="")
    assert not run.passed
    assert "TEMPLATE_TOKEN: is missing, see README.md" in run.printed


@pytest.mark.full
def test_an_update_that_fails_fails_the_job(pushed: Repository) -> None:
    file = pushed.folder / ".copier-answers.yml"
    file.write_text(file.read_text().replace("tracker: mlflow", "tracker: none-such"))
    publish(pushed)
    run = pushed.run()
    assert not run.passed
    assert "tracker: 'none-such'" in run.printed
    assert pushed.branches() == ["main"]
