"""The linters of generated files: which files each takes, how it is called, and a bad sample that it must catch."""

import json
import os
import re
import subprocess
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import yaml
from tools import debian_tools, python_tools

CONFIG = Path(__file__).parent

# What a tool reports and we decided otherwise, with the reason.
CHECKOV_SKIPPED = {
    "CKV_GHA_7": "promoting a model needs its version, and the input reaches the shell as a variable only",
}

Lint = Callable[[Sequence[Path]], str]
"""Takes files, returns findings as text; nothing when all is well."""


@dataclass(frozen=True)
class Linter:
    """One linter.

    `takes` are patterns of paths inside a project. `bad` is a path and content that it must refuse.
    """

    name: str
    takes: tuple[str, ...]
    lint: Lint
    bad: tuple[str, str]
    excludes: tuple[str, ...] = field(default=())

    def wants(self, path: str) -> bool:
        """Whether the linter takes this path of a project."""
        pure = PurePosixPath(path)
        return any(pure.match(p) for p in self.takes) and not any(pure.match(p) for p in self.excludes)


def _command(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{python_tools()}:{os.environ['PATH']}"},
    )
    return f"{done.stdout}{done.stderr}".strip() or f"exit code {done.returncode}" if done.returncode else ""


def _batch(*command: str) -> Lint:
    return lambda files: _command(python_tools() / command[0], *command[1:], *files)


def _each(check: Callable[[Path], str]) -> Lint:
    return lambda files: "\n".join(finding for file in files if (finding := check(file)))


def _parses(load: Callable[[str], object]) -> Lint:
    def check(file: Path) -> str:
        try:
            load(file.read_text(encoding="utf-8"))
        except (ValueError, yaml.YAMLError) as error:
            return f"{file}: {error}"
        return ""

    return _each(check)


def _checkov(framework: str) -> Lint:
    def lint(files: Sequence[Path]) -> str:
        options = ["--framework", framework, "--skip-download", "--quiet", "--compact"]
        options += ["--skip-check", ",".join(CHECKOV_SKIPPED)] if framework == "github_actions" else []
        folders = sorted({_project(file) for file in files})
        return _command(
            python_tools() / "checkov", *options, *(o for folder in folders for o in ("--directory", folder))
        )

    return lint


def _project(file: Path) -> Path:
    """The folder that stands for the project of a pooled file."""
    return next(parent for parent in file.parents if (parent / ".pooled").exists())


def _promtool(file: Path) -> str:
    tool = debian_tools() / "promtool"
    if file.name.endswith("_test.yml"):
        return _command(tool, "test", "rules", file.name, cwd=file.parent)
    return _command(tool, "check", "rules", file.name, cwd=file.parent)


def _promql(file: Path) -> str:
    dashboard = json.loads(file.read_text(encoding="utf-8"))
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    # Grafana fills in its variables before Prometheus sees the query.
    code = (
        "import sys, json, promql_parser\n"
        "for e in json.load(sys.stdin): promql_parser.parse(e.replace('$__rate_interval', '5m'))"
    )
    done = subprocess.run(
        [python_tools() / "python", "-c", code], input=json.dumps(expressions), capture_output=True, text=True
    )
    return f"{file}: {done.stderr.strip().splitlines()[-1]}" if done.returncode else ""


def _leftovers(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    marks = re.findall(r"\{%.*?%\}|\{#.*?#\}", text)
    if file.suffix not in {".yml", ".yaml", ".json"}:  # GitHub, Prometheus and Grafana have braces of their own
        marks += re.findall(r"\{\{.*?\}\}", text)
    return f"{file}: not rendered: {marks}" if marks else ""


def _tidy(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    problems = []
    if text and not text.endswith("\n"):
        problems.append("no newline at the end")
    if text.endswith("\n\n"):
        problems.append("blank lines at the end")
    if re.search(r"[ \t]+$", text, re.MULTILINE):
        problems.append("white space at the end of a line")
    if "\n\n\n\n" in text:
        problems.append("three blank lines")
    return f"{file}: {', '.join(problems)}" if problems else ""


def _links(file: Path) -> str:
    """Relative links and anchors of Markdown pages lead somewhere."""
    text = file.read_text(encoding="utf-8")
    missing = []
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        path, _, anchor = target.partition("#")
        page = file.parent / path if path else file
        if not page.exists():
            missing.append(target)
        elif anchor:
            headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
            missing += [target] if anchor not in slugs else []
    return f"{file}: dead links {missing}" if missing else ""


def _secrets(files: Sequence[Path]) -> str:
    # The tool passes silently over paths outside its folder.
    folder = Path(os.path.commonpath([file.parent for file in files]))
    options = ["scan", "--all-files", "--disable-plugin", "HexHighEntropyString"]
    relative = [str(file.relative_to(folder)) for file in files]
    found = subprocess.run(
        [str(python_tools() / "detect-secrets"), *options, *relative],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    results = json.loads(found.stdout)["results"]
    return json.dumps(results, indent=1) if results else ""


WORKFLOWS = (".github/workflows/*.yml",)
LINTERS = (
    Linter(
        "actionlint",
        WORKFLOWS,
        _batch("actionlint"),
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    needs: [b]\n    runs-on: ubuntu-24.04\n    steps:\n      - run: true\n",
        ),
    ),
    Linter(
        "alertmanager",
        ("alertmanager.yml",),
        _each(lambda f: _command(debian_tools() / "amtool", "check-config", f)),
        ("alertmanager.yml", "route:\n  receiver: nobody\n"),
    ),
    Linter(
        "checkov-docker",
        ("Dockerfile",),
        _checkov("dockerfile"),
        ("Dockerfile", "FROM python:latest\nRUN pip install x\n"),
    ),
    Linter(
        "checkov-github",
        WORKFLOWS,
        _checkov("github_actions"),
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    runs-on: x\n"
            "    env:\n      ACTIONS_ALLOW_UNSECURE_COMMANDS: true\n    steps: []\n",
        ),
    ),
    Linter(
        "checkov-terraform",
        ("infra/*.tf",),
        _checkov("terraform"),
        ("infra/main.tf", 'resource "aws_s3_bucket" "open" {\n  bucket = "open"\n}\n'),
    ),
    Linter(
        "compose",
        ("compose.yaml",),
        _batch("check-jsonschema", "--builtin-schema", "vendor.compose-spec"),
        ("compose.yaml", "services:\n  a:\n    imge: x\n"),
    ),
    Linter(
        "dependabot",
        (".github/dependabot.yml",),
        _batch("check-jsonschema", "--builtin-schema", "vendor.dependabot"),
        (".github/dependabot.yml", "version: 2\nupdates:\n  - package-ecosystem: nonsense\n"),
    ),
    Linter(
        "github-schema",
        WORKFLOWS,
        _batch("check-jsonschema", "--builtin-schema", "vendor.github-workflows"),
        (".github/workflows/ci.yml", "on: push\njobs:\n  a:\n    runs_on: x\n"),
    ),
    Linter("hadolint", ("Dockerfile",), _batch("hadolint"), ("Dockerfile", "FROM python\nRUN cd /tmp\n")),
    Linter("json", ("*.json",), _parses(json.loads), ("a.json", "{,}\n")),
    Linter("leftovers", ("*",), _each(_leftovers), ("a.md", "{{ project_name }}\n")),
    Linter("links", ("*.md",), _each(_links), ("a.md", "[x](missing.md)\n")),
    Linter(
        "markdown",
        ("*.md",),
        _batch("rumdl", "check", "--no-cache", "--config", str(CONFIG / "rumdl.toml")),
        ("a.md", "# One\n\n### Three\n"),
    ),
    Linter(
        "promql",
        ("dashboards/*.json",),
        _each(_promql),
        ("dashboards/model.json", '{"panels": [{"targets": [{"expr": "sum(rate(x[5m]"}]}]}\n'),
    ),
    Linter(
        "promtool",
        ("prometheus/rules*.yml",),
        _each(_promtool),
        ("prometheus/rules.yml", "groups:\n  - name: a\n    rules:\n      - alert: A\n        expr: sum(\n"),
    ),
    Linter(
        "secrets",
        ("*",),
        _secrets,
        ("a.py", 'key = "AKIA' + 'IOSFODNN7EXAMPLA"\npassword = "hunter2hunter2"\n'),
        excludes=("uv.lock", ".copier-answers.yml"),
    ),
    Linter("tidy", ("*",), _each(_tidy), ("a.py", "x = 1 \n")),
    Linter("toml", ("*.toml", "uv.lock"), _parses(tomllib.loads), ("a.toml", "a =\n")),
    Linter(
        "yamllint",
        ("*.yml", "*.yaml"),
        _batch("yamllint", "--strict", "--config-file", str(CONFIG / "yamllint.yml")),
        ("a.yml", "a: 1\na: 2\n"),
    ),
    Linter(
        "zizmor",
        (".github/workflows/*.yml", ".github/dependabot.yml"),
        _batch("zizmor", "--offline", "--quiet"),
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n",
        ),
    ),
)
"""In alphabetical order."""
