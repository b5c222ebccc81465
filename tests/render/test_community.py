"""What a project has for people who join it: licence, author, owners, requests for review, the style of its files."""

import hashlib
import re
import shutil
import tomllib
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hatchling.metadata.core import ProjectMetadata
from trees import tree

AUTHOR = "Jane Doe <jane@example.com>"
MIT = "da600488a620320a337269c8de4dfba8543a7fbea88e4d3b4da8741ff1107fae"
"""SHA-256 of the text of the licence: without its copyright notice, and each white space as one space."""
OWNER = re.compile(r"@[\w.-]+(/[\w.-]+)*|[\w.%+'-]+@[\w-]+(\.[\w-]+)+")
"""A user, a group or an email address, as both providers take them."""
REVIEWS = {
    "github": (".github/CODEOWNERS", ".github/pull_request_template.md"),
    "gitlab": (".gitlab/CODEOWNERS", ".gitlab/merge_request_templates/Default.md"),
}
"""Provider → where it looks for owners, and for the text that a request for review starts with."""

Project = Callable[..., Path]


def metadata(folder: Path) -> dict[str, Any]:
    """The table `project` of pyproject.toml."""
    found: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return found


def owners(text: str) -> list[list[str]]:
    """Pattern and owners of each line that is no comment."""
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("license", "spdx"), [("mit", "MIT"), ("apache", "Apache-2.0"), ("proprietary", "LicenseRef-Proprietary")]
)
@pytest.mark.parametrize(
    ("author", "holder"),
    [("", "the authors of my-project"), (" Jane Doe ", "Jane Doe"), (AUTHOR, "Jane Doe")],
    ids=["none", "name", "email"],
)
def test_a_licence_is_a_file_metadata_and_a_line_in_the_readme(
    project: Project, license: str, spdx: str, author: str, holder: str
) -> None:
    folder = project(license=license, author=author)
    notices = re.findall(r"^ *Copyright (.*)$", (folder / "LICENSE").read_text(encoding="utf-8"), re.MULTILINE)
    assert [notice.removeprefix("(c) ") for notice in notices] == [holder]
    declared = ProjectMetadata(str(folder), None).core  # as the project's own build backend understands it
    assert (declared.license_expression, declared.license_files) == (spdx, ["LICENSE"])
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert readme.endswith(f"\n\n## Licence\n\n[{spdx.removeprefix('LicenseRef-')}](LICENSE)\n")


def test_no_licence_leaves_nothing_behind(project: Project) -> None:
    folder = project()
    assert not (folder / "LICENSE").exists()
    assert not {"license", "license-files", "authors"} & metadata(folder).keys()
    assert "icence" not in (folder / "README.md").read_text(encoding="utf-8")
    assert ProjectMetadata(str(folder), None).core.license_files == []


def test_texts_of_licences_are_the_official_ones(project: Project) -> None:
    mit = (project("mit", license="mit") / "LICENSE").read_text(encoding="utf-8")
    assert mit.count("Copyright (c) the authors of mit\n") == 1
    text = re.sub(r"\s+", " ", mit.replace("Copyright (c) the authors of mit\n", ""))
    assert hashlib.sha256(text.encode()).hexdigest() == MIT
    apache = (project("apache", license="apache") / "LICENSE").read_text(encoding="utf-8")
    official = (ROOT / "LICENSE").read_text(encoding="utf-8")
    blank = "Copyright [yyyy] [name of copyright owner]"
    assert official.count(blank) == 1
    assert apache == official.replace(blank, "Copyright the authors of apache")


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        ("Jane Doe", {"name": "Jane Doe"}),
        ("  Jane Doe  ", {"name": "Jane Doe"}),
        (AUTHOR, {"name": "Jane Doe", "email": "jane@example.com"}),
        ("Jane Doe<jane@example.com> ", {"name": "Jane Doe", "email": "jane@example.com"}),
    ],
)
def test_the_author_is_in_the_metadata(project: Project, author: str, expected: dict[str, str]) -> None:
    assert metadata(project(author=author))["authors"] == [expected]


def test_a_blank_author_is_none(project: Project) -> None:
    assert "authors" not in metadata(project(author="  "))


def test_author_and_licence_change_nothing_else(project: Project) -> None:
    plain = project()
    before, expected = tree(plain), metadata(plain)
    shutil.rmtree(plain)
    other = project(license="mit", author=AUTHOR)
    after = tree(other)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "LICENSE",
        "README.md",
        "pyproject.toml",
        ".copier-answers.yml",
        ".github/CODEOWNERS",
    }
    added = {"license": "MIT", "license-files": ["LICENSE"]}
    assert metadata(other) == expected | added | {"authors": [{"name": "Jane Doe", "email": "jane@example.com"}]}


def test_the_image_gets_the_licence_that_the_metadata_names(project: Project) -> None:
    folder = project(license="mit")
    assert "!LICENSE" in (folder / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "COPY README.md LICENS[E] ./" in (folder / "Dockerfile").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("ci", REVIEWS)
@pytest.mark.parametrize(
    ("author", "expected"),
    [("", []), ("Jane Doe", []), (AUTHOR, [["*", "jane@example.com"]])],
    ids=["none", "name", "email"],
)
def test_an_address_of_the_author_owns_all_files(
    project: Project, ci: str, author: str, expected: list[list[str]]
) -> None:
    text = (project(ci=ci, author=author) / REVIEWS[ci][0]).read_text(encoding="utf-8")
    assert owners(text) == expected
    assert all(OWNER.fullmatch(owner) for _, *found in owners(text) for owner in found)
    if not expected:  # it says how, and its example is valid, too
        [example] = owners("\n".join(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# *")))
        assert OWNER.fullmatch(example[1])


@pytest.mark.parametrize("ci", REVIEWS)
def test_a_request_for_review_starts_with_what_the_project_has(project: Project, ci: str) -> None:
    folder = project(ci=ci)
    text = (folder / REVIEWS[ci][1]).read_text(encoding="utf-8")
    [command] = re.findall(r"`make ([a-z ]+)`", text)
    targets = re.findall(r"^([a-z-]+):", (folder / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"lint", "test"} == set(command.split()) <= set(targets)


@pytest.mark.parametrize("ci", ["none", *REVIEWS])
def test_what_a_provider_reads_is_there_only_with_the_provider(project: Project, ci: str) -> None:
    folder = project(ci=ci, author=AUTHOR)
    found = [provider for provider, files in REVIEWS.items() if any((folder / file).exists() for file in files)]
    assert found == [provider for provider in REVIEWS if provider == ci]


@pytest.mark.parametrize("given", [{}, {"cloud": "aws", "orchestrator": "argo", "license": "apache"}], ids=str)
def test_all_files_are_as_the_editor_is_asked_to_write_them(project: Project, given: dict[str, str]) -> None:
    folder = project(**given)
    configuration = ConfigParser()
    configuration.read_string("[top]\n" + (folder / ".editorconfig").read_text(encoding="utf-8"))
    assert configuration["top"]["root"] == "true"
    assert dict(configuration["*"]) == {
        "charset": "utf-8",
        "end_of_line": "lf",
        "indent_size": "4",
        "indent_style": "space",
        "insert_final_newline": "true",
        "trim_trailing_whitespace": "true",
    }
    ruff = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]
    assert configuration["*.py"]["max_line_length"] == str(ruff["line-length"])
    assert configuration["Makefile"]["indent_style"] == "tab"
    for path in (path for path in folder.rglob("*") if path.is_file()):
        text = path.read_bytes().decode()
        assert "\r" not in text, path
        assert text.endswith("\n") or not text, path
        assert not re.search(r"[ \t]$", text, re.MULTILINE), path
        indented = {line[0] for line in text.splitlines() if line[:1] in {" ", "\t"}}
        assert indented <= ({"\t"} if path.name == "Makefile" else {" "}), path
