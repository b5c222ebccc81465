"""Linters of plain text, data and Markdown."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import yaml

from proof.tools import digest

from .base import Lint, Linter, each
from .pypi import HERE, batch, version

RUMDL = HERE / "rumdl.toml"
LINKS = "MD051,MD057"
"""Rules about what other files contain; they need a whole project."""
YAMLLINT = HERE / "yamllint.yml"


def _own() -> str:
    return digest(Path(__file__))


def _parses(load: Callable[[str], object]) -> Lint:
    def check(file: Path) -> str:
        try:
            load(file.read_text(encoding="utf-8"))
        except (ValueError, yaml.YAMLError) as error:
            return f"{file}: {error}"
        return ""

    return each(check)


def _leftovers(file: Path) -> str:
    text = file.read_text(encoding="utf-8")
    marks = re.findall(r"\{%.*?%\}|\{#.*?#\}", text)
    if file.suffix not in {".yml", ".yaml", ".json"}:  # GitHub, Prometheus and Grafana have braces of their own
        marks += re.findall(r"\{\{.*?\}\}", text)
    elif file.suffix in {".yml", ".yaml"}:
        marks += re.findall(r"(?<!\$)\{\{ *(?!\$|\.)[a-z_]+ *\}\}", text)
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


LINTERS = (
    Linter("json", ("*.json", "*.ipynb"), _parses(json.loads), {"a.json": "{,}\n"}, _own),
    Linter("leftovers", ("*",), each(_leftovers), {"a.md": "{{ project_name }}\n"}, _own),
    Linter(
        "links",
        ("*",),
        batch("rumdl", "check", "--no-cache", "--enable", LINKS),
        {"a.md": "# One\n\n[two](b.md) [three](#four)\n"},
        version,
        whole=True,
    ),
    Linter(
        "markdown",
        ("*.md",),
        batch("rumdl", "check", "--no-cache", "--config", str(RUMDL), "--extend-disable", LINKS),
        {"a.md": "# One\n\n### Three\n"},
        lambda: version(RUMDL),
    ),
    Linter("tidy", ("*",), each(_tidy), {"a.py": "x = 1 \n"}, _own),
    Linter("toml", ("*.toml", "uv.lock"), _parses(tomllib.loads), {"a.toml": "a =\n"}, _own),
    Linter(
        "yamllint",
        ("*.yml", "*.yaml"),
        batch("yamllint", "--strict", "--config-file", str(YAMLLINT)),
        {"a.yml": "a: 1\na: 2\n"},
        lambda: version(YAMLLINT),
    ),
)
