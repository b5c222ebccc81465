"""Hostile answers: each gives a clean refusal, or a project in which the answer is quoted everywhere."""

import errno
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from hatchling.metadata.core import ProjectMetadata

from mlops_new import render, source
from mlops_new.answers import check
from mlops_new.errors import AnswersError, DestinationError, RenderError
from mlops_new.questionnaire import Questionnaire
from scripts.lock_template import REQUIREMENT, TEMPLATE, canonical

QUOTED = [
    'double " quote',
    "single ' quote",
    "back ` tick",
    "both \" and ' quotes",
    "back \\ slash",
    "ends with a backslash \\",
    "{{ 7*7 }}",
    "{% raw %}",
    "{# comment #}",
    "${x}",
    "$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; echo "',
    "%(prog)s and %s",
    "../../etc/passwd",
    "/etc/passwd",
    "ünïcödé ✓ 日本語",
    "🚀 to the moon",
    "عربى right to left",
    "<script>alert(1)</script>",
    "a & b && c || d; e",
    "# not a heading",
    "- not a list",
    "key: value",
    "[a, b]",
    "null",
    "yes",
    "1e3",
    "!!python/object:os.system",
    "&anchor *alias",
    "@at",
    '"""',
    "'''",
    "' + str(1) + '",
    "ends with space ",
    "x" * 200,
    "| table | cell |",
    "%{ if true }",
    "<<EOF",
    "\\u0041 \\n \\x41",
]
REFUSED_DESCRIPTIONS = [
    "",
    "   ",
    "two\nlines",
    "tab\there",
    "nul\0byte",
    "line\u2028separator",
    "escape \x1b[31m",
    "x" * 300,
]
AUTHORS = [
    'Jane "J" Doe',
    "Conan O'Brien <o'brien@example.com>",
    "back \\ slash <a@example.com>",
    "ends with a backslash \\",
    "{{ 7*7 }} <a.b+c@d-e.example.com>",
    "{% raw %}",
    "{# comment #}",
    "${x} $(touch pwned) `touch pwned`",
    '"; touch pwned; echo "',
    "José Ñandú 日本 🚀 <jose@example.com>",
    "# not a comment",
    "[a]",
    "Doe; Jane: x (y) & co.",
    "null",
    "\\u0041 \\n \\x41",
    "\u00a0Jane\u00a0",
    "x" * 200,
]
REFUSED_AUTHORS = [
    "Jane Doe <jane>",
    "Jane Doe <jane@example>",
    "Jane Doe <jane@example.com",
    "Jane Doe jane@example.com>",
    "Jane Doe <jane@example.com> <jane@example.com>",
    "Jane Doe <jane@example.com> and others",
    "Jane Doe <>",
    "Jane <b>Doe</b>",
    "jane@example.com",
    "<jane@example.com>",
    " <jane@example.com>",
    "Jane Doe <jane doe@example.com>",
    "Jane Doe <jane@@example.com>",
    "Jane Doe <.jane@example.com>",
    "Jane Doe <jane..doe@example.com>",
    "Jane Doe <jane@-example.com>",
    "Jane Doe <jané@example.com>",
    "Jane Doe <jane@example.com # all>",
    "Jane Doe <jane@example.com>\n",
    "Jane\nDoe",
    "Jane\rDoe",
    "Jane\tDoe",
    "Jane\0Doe",
    "Jane\x1b[31mDoe",
    "Jane\u2028Doe",
    "\n",
    "Doe, Jane",
    "A <a@example.com>, B <b@example.com>",
    "x" * 201,
    "a" * 150 + "@" + "-" * 49,
]
REFUSED_NAMES = [
    "",
    "Capital",
    "under_score",
    "with space",
    "1digit",
    "-dash",
    "dash-",
    "two--dashes",
    "dot.ted",
    "ümlaut",
    "日本",
    "a\n",
    "a\nb",
    "../up",
    "/abs",
    "{{ 7*7 }}",
    "${x}",
    "a;b",
    'a"b',
    "x" * 41,
    "x" * 300,
    "class",
    "import",
    "none",
    "con",
    "test",
    "mlflow",
    "airflow",
    "azure",
    "pandas",
    "on",
    "null",
    "yaml",
    "json",
]


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a usual description."""
    destination = tmp_path_factory.mktemp("plain") / "my-project"
    render.create(check(Questionnaire(source.root(), destination), {"cloud": "aws"}), destination)
    return destination


@pytest.mark.posix  # calls make
@pytest.mark.parametrize("description", QUOTED)
def test_a_strange_description_is_quoted(description: str, plain: Path, tmp_path: Path) -> None:
    destination = tmp_path / "my-project"
    answers = check(Questionnaire(source.root(), destination), {"description": description, "cloud": "aws"})
    render.create(answers, destination)
    project = tomllib.loads((destination / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["description"] == description
    recorded = yaml.safe_load((destination / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert recorded["description"] == description
    assert description.rstrip() in (destination / "README.md").read_text(encoding="utf-8")
    elsewhere = [
        path
        for path in destination.rglob("*")
        if path.is_file()
        and path.name != "uv.lock"
        and description in path.read_text(encoding="utf-8")
        and description not in (plain / path.relative_to(destination)).read_text(encoding="utf-8")
    ]
    assert {path.name for path in elsewhere} <= {"pyproject.toml", "README.md", ".copier-answers.yml", "config.toml"}
    subprocess.run(["make", "--dry-run", "help"], cwd=destination, check=True, capture_output=True)
    assert not (destination / "pwned").exists()


@pytest.mark.parametrize("description", REFUSED_DESCRIPTIONS)
def test_a_description_that_cannot_be_one_line_is_refused(description: str, questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError, match="description"):
        check(questionnaire, {"description": description})


@pytest.mark.parametrize("license", ["mit", "apache", "proprietary"])
@pytest.mark.parametrize("author", AUTHORS)
def test_a_strange_author_is_quoted(author: str, license: str, tmp_path: Path) -> None:
    destination = tmp_path / "my-project"
    answers = check(Questionnaire(source.root(), destination), {"author": author, "license": license})
    render.create(answers, destination)
    name, _, email = author.rstrip(">").partition("<")
    [found] = tomllib.loads((destination / "pyproject.toml").read_text(encoding="utf-8"))["project"]["authors"]
    assert found == {"name": name.strip(), **({"email": email} if email else {})}
    metadata = ProjectMetadata(str(destination), None).core.authors_data  # raises where it cannot be written
    assert sum(map(len, metadata.values())) == 1
    recorded = yaml.safe_load((destination / ".copier-answers.yml").read_text(encoding="utf-8"))
    assert recorded["author"] == author
    [notice] = [
        line
        for line in (destination / "LICENSE").read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("Copyright ")
    ]
    assert notice.strip().removeprefix("Copyright ").removeprefix("(c) ") == name.strip()


@pytest.mark.parametrize("author", REFUSED_AUTHORS)
def test_an_author_that_is_no_name_with_an_address_is_refused(author: str, questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError, match="author"):
        check(questionnaire, {"author": author})


@pytest.mark.parametrize("name", REFUSED_NAMES)
def test_a_name_that_is_no_package_is_refused(name: str, questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError, match="project_name"):
        check(questionnaire, {"project_name": name})


@pytest.mark.parametrize("name", ["a", "a1", "my-project", "x" * 40, "a-b-c-d"])
def test_a_good_name_is_taken(name: str, questionnaire: Questionnaire) -> None:
    assert check(questionnaire, {"project_name": name})["project_name"] == name


@pytest.mark.parametrize(
    "region", ["", "eu-central-1\n", "eu", "EU-CENTRAL-1", "eu-central-1; rm -rf /", "${x}", "{{ 7*7 }}", 'a"b']
)
def test_a_region_that_is_none_is_refused(region: str, questionnaire: Questionnaire) -> None:
    for cloud in ("aws", "gcp"):
        with pytest.raises(AnswersError, match=f"{cloud}_region"):
            check(questionnaire, {"cloud": cloud, f"{cloud}_region": region})


@pytest.mark.parametrize(
    "region", ["", "germanywestcentral\n", "eu", "West Europe", "westeurope; rm -rf /", "${x}", "{{ 7*7 }}", 'a"b']
)
def test_an_azure_region_that_is_none_is_refused(region: str, questionnaire: Questionnaire) -> None:
    with pytest.raises(AnswersError, match="azure_region"):
        check(questionnaire, {"cloud": "azure", "azure_region": region})


@pytest.fixture
def answers(questionnaire: Questionnaire) -> dict[str, object]:
    """The recommended answers."""
    return dict(check(questionnaire, {}))


def test_existing_files_are_never_touched(tmp_path: Path, answers: dict[str, str]) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("mine")
    with pytest.raises(DestinationError, match="not empty"):
        render.create(answers, tmp_path / "full")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(DestinationError, match="is a file"):
        render.create(answers, tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DestinationError, match="broken link"):
        render.create(answers, tmp_path / "link")
    with pytest.raises(DestinationError, match="no permission"):
        render.create(answers, tmp_path / "file" / "below")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full", "link"]
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["thesis.txt"]


def test_an_empty_folder_is_fine(tmp_path: Path, answers: dict[str, str]) -> None:
    (tmp_path / "empty").mkdir()
    assert render.create(answers, tmp_path / "empty")


def test_no_permission_is_a_message(tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    # Tests may run as root, whom no mode keeps out; so the system's answer is given for it.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DestinationError, match="no permission"):
        render.create(answers, tmp_path / "my-project")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("writes", [0, 3, 30])
def test_a_full_disk_leaves_nothing_behind(
    writes: int, tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, count = Path.write_bytes, 0

    def full(self: Path, data: bytes) -> int:
        nonlocal count
        count += 1
        if count > writes:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(self, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(RenderError, match="No space left on device; nothing is left behind"):
        render.create(answers, tmp_path / "deep" / "er" / "my-project")
    assert count > writes
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_in_the_middle_leaves_nothing_behind(
    tmp_path: Path, answers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", stop)
    with pytest.raises(KeyboardInterrupt):
        render.create(answers, tmp_path / "my-project")
    assert list(tmp_path.iterdir()) == []


def test_a_project_cannot_be_called_like_a_module_or_a_package_that_projects_use(questionnaire: Questionnaire) -> None:
    """Its own package would hide the module, or be a dependency of itself."""
    texts = [path.read_text(encoding="utf-8") for path in TEMPLATE.rglob("*.py*") if path.suffix in {".py", ".jinja"}]
    imported = {name for text in texts for name in re.findall(r"^\s*(?:from|import) ([a-z]\w*)", text, re.MULTILINE)}
    own = {path.name.split(".")[0] for path in TEMPLATE.rglob("*/tests/*.py*")}
    lines = (line for path in TEMPLATE.rglob("*.toml.jinja") for line in path.read_text().splitlines())
    required = {canonical(match["name"]) for line in lines if (match := REQUIREMENT.match(line))}
    # Projects run on Python 3.11 to 3.14; of what later ones have more, their packages hide nothing.
    standard = sys.stdlib_module_names if sys.version_info < (3, 15) else frozenset[str]()
    names = {name.replace("_", "-") for name in (imported - own) | required | standard}
    possible = {name for name in names if re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", name)}
    assert {"torch", "scikit-learn"} | ({"calendar"} & standard) <= possible
    taken = [name for name in possible if "is the name of a module" not in refused(questionnaire, name)]
    assert taken == []


def refused(questionnaire: Questionnaire, name: str) -> str:
    """What is said of a project's name; nothing when it is fine."""
    try:
        check(questionnaire, {"project_name": name})
    except AnswersError as error:
        return str(error)
    return ""
