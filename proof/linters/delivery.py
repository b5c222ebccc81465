"""Linters of what builds and delivers: workflows, images, compose files."""

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from proof.tools import digest

from .base import Linter, command, each, files
from .pypi import batch, checkov, version

IMAGES = ("Dockerfile", "Dockerfile.*")
WORKFLOWS = (".github/workflows/*.yml",)
ACTIONS = (".github/actions/*/action.yml",)
DEPENDABOT = (".github/dependabot.yml",)
OWNERS = (".github/CODEOWNERS", ".gitlab/CODEOWNERS")
DISPATCH = {"CKV_GHA_7": "a promotion needs its version, a run its date; inputs reach the shell as variables only"}
"""Findings of checkov that are suppressed → why."""

UNPINNED = "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n"
NEEDS_MISSING = "on: push\njobs:\n  a:\n    needs: [b]\n    runs-on: ubuntu-24.04\n    steps:\n      - run: true\n"
UNSECURE = (
    "on: push\nconcurrency:\n  group: a\n  cancel-in-progress: ${{ github.event_name == 'push' }}\n"
    "jobs:\n  a:\n    runs-on: x\n    env:\n      ACTIONS_ALLOW_UNSECURE_COMMANDS: true\n    steps: []\n"
)
PRIVILEGED = """\
apiVersion: v1
kind: Pod
metadata:
  name: a
spec:
  containers:
    - name: a
      image: a:latest
      securityContext:
        privileged: true
"""
SLOW_START = 64
"""Projects that checkov looks at together: it takes seconds before it looks at anything."""
OWNER = re.compile(r"@[\w.-]+(/[\w.-]+)*|[\w.%+'-]+@[\w-]+(\.[\w-]+)+")
"""A user, a group or an email address, as GitHub and GitLab take them."""
CANCEL = re.compile(r"(cancel-in-progress: )\$\{\{.*?\}\}")


def _targets(folder: Path) -> str:
    """Return what make says of the targets that a project's pages name."""
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted(folder.rglob("*.md")))
    named = sorted(set(re.findall(r"`make ([a-z-]+)", pages)))
    return command("make", "--dry-run", "--no-print-directory", *named, cwd=folder)


def _owners(file: Path) -> str:
    """Return what cannot be an owner, and the patterns without one: such a line takes owners away."""
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    rules = [(pattern, owners) for pattern, *owners in filter(None, lines) if not pattern.startswith("#")]
    wrong = [owner for _, owners in rules for owner in owners if not OWNER.fullmatch(owner)]
    wrong += [pattern for pattern, owners in rules if not owners]
    return f"{file}: no owner: {', '.join(wrong)}" if wrong else ""


def _workflow_policies(units: Sequence[Path]) -> str:
    # Checkov's own schema knows no expression there, and it silently skips a file that does not fit.
    for unit in units:
        for file in files(unit):
            file.write_text(CANCEL.sub(r"\1true", file.read_text(encoding="utf-8")), encoding="utf-8")
    # Given several folders, checkov takes ever longer for each; these are independent of each other in one, too.
    together = Path(os.path.commonpath(units))
    return checkov("github_actions", "--skip-check", ",".join(DISPATCH))([together])


def _make_version() -> str:
    printed = subprocess.run(["make", "--version"], capture_output=True, text=True, check=True).stdout
    return printed + _own()


def _own() -> str:
    return digest(Path(__file__))


def _policies() -> str:
    return version() + _own()


LINTERS = (
    Linter("actionlint", WORKFLOWS, batch("actionlint"), {".github/workflows/ci.yml": NEEDS_MISSING}, version),
    Linter(
        "checkov-docker",
        IMAGES,
        checkov("dockerfile"),
        {"Dockerfile": "FROM python:latest\nRUN pip install x\n"},
        _policies,
        whole=True,
        batch=SLOW_START,
    ),
    Linter(
        "checkov-github",
        WORKFLOWS,
        _workflow_policies,
        {".github/workflows/ci.yml": UNSECURE},
        _policies,
        whole=True,
        batch=SLOW_START,
    ),
    Linter(
        "checkov-kubernetes",
        ("deploy/**",),
        checkov("kubernetes"),
        {"deploy/pod.yaml": PRIVILEGED},
        _policies,
        whole=True,
        batch=SLOW_START,
    ),
    Linter(
        "checkov-terraform",
        ("infra/*.tf",),
        checkov("terraform"),
        {"infra/main.tf": 'resource "aws_s3_bucket" "open" {\n  bucket = "open"\n}\n'},
        _policies,
        whole=True,
        batch=SLOW_START,
    ),
    Linter("codeowners", OWNERS, each(_owners), {".github/CODEOWNERS": "* jane\n"}, _own),
    Linter(
        "compose",
        ("compose.yaml",),
        batch("check-jsonschema", "--builtin-schema", "vendor.compose-spec"),
        {"compose.yaml": "services:\n  a:\n    imge: x\n"},
        version,
    ),
    Linter(
        "dependabot",
        DEPENDABOT,
        batch("check-jsonschema", "--builtin-schema", "vendor.dependabot"),
        {".github/dependabot.yml": "version: 2\nupdates:\n  - package-ecosystem: nonsense\n"},
        version,
    ),
    Linter(
        "github-action-schema",
        ACTIONS,
        batch("check-jsonschema", "--builtin-schema", "vendor.github-actions"),
        {".github/actions/a/action.yml": "name: a\ndescription: a\nruns:\n  using: nothing\n"},
        version,
    ),
    Linter(
        "github-schema",
        WORKFLOWS,
        batch("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        {".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs_on: x\n"},
        version,
    ),
    Linter(
        "hadolint",
        IMAGES,
        batch("hadolint"),
        {"Dockerfile": "FROM python\nRUN cd /tmp\n"},
        version,
    ),
    Linter(
        "make",
        ("Makefile", "*.md"),
        each(_targets),
        {"README.md": "Run `make tea`.\n", "Makefile": "all:\n\ttrue\n"},
        _make_version,
        whole=True,
    ),
    Linter(
        "zizmor",
        (*WORKFLOWS, *ACTIONS, *DEPENDABOT),
        batch("zizmor", "--offline", "--quiet"),
        {".github/workflows/ci.yml": UNPINNED},
        version,
    ),
)
