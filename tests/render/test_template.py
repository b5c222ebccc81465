"""The program's own renderer beside copier itself: on this template, on a strange one, and on what it must refuse."""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import copier
import pytest
from conftest import ROOT, git
from jinja2 import Environment, meta
from jinja2_ansible_filters import AnsibleCoreFiltersExtension
from trees import Tree, tree

from mlops_new import bundle, render, source
from mlops_new.answers import check
from mlops_new.catalog import Value, load
from mlops_new.errors import RenderError
from mlops_new.questionnaire import Questionnaire
from mlops_new.template import SUFFIX, Template


def answered(questionnaire: Questionnaire, **given: Value) -> dict[str, Value]:
    """All answers of a project called my-project."""
    return check(questionnaire, {"project_name": "my-project", **given})


@pytest.fixture(params=[0o022, 0o077], ids=["open", "private"])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """What others may not do with new files."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="defaults"),
        pytest.param({"cloud": "aws", "orchestrator": "airflow", "serving": "batch", "tracker": "wandb"}, id="aws"),
    ],
)
def test_copier_writes_the_same_from_the_repositorys_address(
    given: dict[str, Value], questionnaire: Questionnaire, tmp_path: Path
) -> None:
    answers = answered(questionnaire, **given)
    with source.offline():
        copier.run_copy(
            source.copier_url(),
            tmp_path / "copier" / "my-project",
            data=dict(answers),
            vcs_ref=f"v{source.version()}",
            defaults=True,
            quiet=True,
        )
    render.create(answers, tmp_path / "ours" / "my-project")
    assert tree(tmp_path / "copier") == tree(tmp_path / "ours")


ONE: dict[str, Value] = {"cloud": "aws", "orchestrator": "airflow", "approval": True, "description": "One."}
OTHER: dict[str, Value] = {"problem": "regression", "serving": "batch", "triggers": ["manual"], "tracker": "wandb"}


def test_a_rendering_leaves_nothing_for_the_next(questionnaire: Questionnaire, tmp_path: Path) -> None:
    def rendered(template: Template, name: str, given: dict[str, Value]) -> Tree:
        answers = answered(questionnaire, **given)
        before = repr(answers)
        template.write(answers, tmp_path / name, {"_commit": "v1"})
        assert repr(answers) == before
        assert template.paths(answers) == sorted(
            path for path, (mode, _) in tree(tmp_path / name).items() if mode.startswith("-")
        )
        return tree(tmp_path / name)

    def fresh() -> Template:
        return Template(source.root(), source.files(), tmp_path / "no store")

    shared = fresh()
    first, second, third = (rendered(shared, *item) for item in (("1", ONE), ("2", OTHER), ("3", ONE)))
    assert first == third == rendered(fresh(), "4", ONE)
    assert second == rendered(fresh(), "5", OTHER)
    assert first != second


CONFIGURATION = """\
_subdirectory: template
_templates_suffix: .jinja
_answers_file: .copier-answers.yml
_exclude: [_parts]
---
!include questions/all.yml
"""
QUESTIONS = r"""
name: {type: str, help: Name, default: "{{ _copier_conf.dst_path | string | basename }}"}
size: {type: int, help: Size, default: "{{ 3 if name == 'x' else 4 }}"}
zero: {type: int, help: Zero, default: 0}
loud: {type: bool, help: Loud, default: "{{ size > 3 }}"}
quiet: {type: bool, help: Quiet, default: false, when: "{{ not loud }}"}
colours:
  type: str
  multiselect: true
  help: Colours
  default: "{{ ['blue', 'red'] if loud else [] }}"
  choices: {R: {value: red}, G: {value: green}, B: {value: blue}}
tone: {type: str, help: Tone, default: "{{ colours | join }}", when: "{{ 'green' in colours }}"}
text: {type: str, help: Text, default: "no template"}
parts: {type: yaml, when: false, default: "{a: '.', b: {{ colours | length }}, c: [{{ tone | to_json }}]}"}
rules: {type: yaml, when: false, default: [{x: "{{ left }}", y: [1, yes]}]}
marks: {type: yaml, when: false, default: [[1], 2]}
"""
FILES: dict[str, bytes] = {
    ".copier-answers.yml.jinja": b"{{ _copier_answers | to_nice_yaml }}",
    "{{parts.a}}/{{parts.missing}}/never.txt": b"never",
    "{{parts.a}}/{{name}}/{{name | upper}}.txt.jinja": b"{{ parts }} {{ rules }} {{ loud }} {{ quiet }} {{ tone }}\n\n",
    "{% if loud %}loud{% endif %}/kept.txt": b"kept",
    "{% if quiet %}quiet{% endif %}/gone.txt": b"gone",
    "empty/{% if quiet %}gone{% endif %}": b"the folder stays",
    "deep/_parts/slot.jinja": b"slot of {{ name }}{% include 'template/deep/_parts/none.jinja' ignore missing %}\n",
    "deep/er/slots.txt.jinja": (
        b"{% from 'template/_parts/macros.jinja' import twice with context %}{{ twice(text) }}"
        b"{% include 'template/deep/_parts/slot.jinja' %}"
    ),
    "_parts/macros.jinja": b"{%- macro twice(x) -%}{{ x }}{{ x }}{{ nothing }}{% set seen = x %}{%- endmacro -%}",
    "_parts/base.jinja": (
        b"{% from 'template/_parts/macros.jinja' import twice with context -%}\n"
        b"first{% block one %}{% endblock %}\n{% block two %}{{ twice(name) }}{% endblock %} {{ self.one() }}\n"
    ),
    "_parts/middle.jinja": b"{% extends 'template/_parts/base.jinja' %}{% block one %} {{ twice(text) }}{% endblock %}",
    "extends.txt.jinja": b"{% extends 'template/_parts/middle.jinja' %}\n{% block two -%}\n{{ size }}\n{% endblock %}",
    "extended.txt.jinja": b"{% include 'template/_parts/middle.jinja' with context %}",
    "changes.txt.jinja": b"{% set _ = marks.append(3) %}{% set _ = marks[0].append(4) %}{{ marks }}",
    "both.txt": b"the plain one",
    "both.txt.jinja": b"the template of {{ name }}",
    "windows.txt.jinja": b"a\r\n{{ name }}\r\n",
    "windows.bat": b"a\r\n{{ name }}\r\n",
    "no newline.jinja": b"{{ [3, 1] | sort | to_json }}{# note #}\n{%- raw %}{{ raw }}{% endraw %}",
    "binary.png": bytes(range(256)),
    "nothing": b"",
    "ünï 日本.txt.jinja": "ünï {{ name }} 日本\n".encode(),
    "run.sh": b"#!/bin/sh\n",
    "run-{{name}}.sh.jinja": b"#!/bin/sh\necho {{ name }}\n",
}


@pytest.fixture
def strange(tmp_path: Path) -> Path:
    """A repository with a template that uses everything that is done for one."""
    root = tmp_path / "strange"
    for name, content in {
        "copier.yml": CONFIGURATION.encode(),
        "questions/all.yml": QUESTIONS.encode(),
        **{f"template/{name}": content for name, content in FILES.items()},
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
        if ".sh" in name:
            (root / name).chmod(0o755)
    (root / "template" / "link.txt").symlink_to("both.txt.jinja")
    (root / "template" / "deep" / "linked-{{name}}.sh.jinja").symlink_to("../run-{{name}}.sh.jinja")
    git(root, "init", "--quiet")
    commit(root)
    return root


def commit(root: Path) -> None:
    """Commit everything as v1."""
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "All")
    git(root, "tag", "v1")


def ours(root: Path, project: Path, answers: Mapping[str, Any], store: Path | None = None) -> Tree:
    """What the program's own renderer writes, as if the template had been read from its repository."""
    template = Template(root, bundle.files(root), store or root / "no store")
    template.write(answers, project, {"_commit": "v1", "_src_path": str(root)})
    return tree(project)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({}, id="defaults"),
        pytest.param({"name": "x", "text": "{{ name }} % ü"}, id="quiet"),
        pytest.param({"name": "x", "loud": True, "colours": ["green", "blue"], "size": -1}, id="green"),
        pytest.param({"loud": True, "colours": [], "quiet": True, "tone": "though it does not apply"}, id="extra"),
    ],
)
def test_copier_writes_the_same_of_a_strange_template(answers: dict[str, Any], strange: Path, tmp_path: Path) -> None:
    copied = tmp_path / "copier" / "same-name"
    copier.run_copy(str(strange), copied, data=answers, vcs_ref="v1", defaults=True, quiet=True)
    written = ours(strange, tmp_path / "ours" / "same-name", answers)
    assert tree(copied) == written
    assert written["run.sh"][0].count("x") == 3
    assert written["empty"][0].startswith("d")


def test_what_a_template_changes_is_forgotten(strange: Path, tmp_path: Path) -> None:
    template = Template(strange, bundle.files(strange), tmp_path / "no store")
    for number in "123":
        template.write({}, tmp_path / number / "p", {})
        assert (tmp_path / number / "p" / "changes.txt").read_text() == "[[1, 4], 2, 3]"


SOURCES = {
    "deep/er/slots.txt": [
        "template/deep/er/slots.txt.jinja",
        "template/_parts/macros.jinja",
        "template/deep/_parts/slot.jinja",
    ],
    "both.txt": ["template/both.txt.jinja"],
    "binary.png": ["template/binary.png"],
    "p/P.txt": ["template/{{parts.a}}/{{name}}/{{name | upper}}.txt.jinja"],
}


@pytest.mark.parametrize("compiled", [False, True])
def test_sources_are_what_was_loaded(compiled: bool, strange: Path, tmp_path: Path) -> None:
    """Whatever a condition leaves out, or is not there, is none; whatever is used again is one each time."""
    (strange / "template" / "chosen.txt.jinja").write_text(
        "{% if loud %}{% include 'template/_parts/outer.jinja' %}{% else %}"
        "{% include 'template/deep/_parts/slot.jinja' %}{% endif %}{% include 'template/_parts/outer.jinja' %}"
    )
    (strange / "template" / "imported.txt.jinja").write_text("{% import 'template/_parts/outer.jinja' as outer %}")
    (strange / "template" / "again.txt.jinja").write_text("{% import 'template/_parts/outer.jinja' as outer %}")
    (strange / "template" / "_parts" / "outer.jinja").write_text("{% import 'template/_parts/macros.jinja' as m %}")
    (strange / "template" / "looked-up.txt.jinja").write_text(
        "{% import 'template/_parts/macros.jinja' as m %}{% if not loud %}{{ m['other'](1) }}{% endif %}"
        "{% set name = 'twice' %}{{ m[name](1) }}{{ m[name](2) }}"
    )
    store = tmp_path / "store"
    template = Template(strange, bundle.files(strange), store)
    if compiled:
        template.compile()
        template = Template(strange, bundle.files(strange), store)
    outer = ["template/_parts/outer.jinja", "template/_parts/macros.jinja"]
    found = template.sources({"name": "p"})
    sources = {path: [source.file for source in used if not source.macro] for path, used in found.items()}
    assert list(sources) == template.paths({"name": "p"})
    assert SOURCES.items() <= sources.items()
    assert sources["chosen.txt"] == ["template/chosen.txt.jinja", *outer]
    assert sources["imported.txt"] == ["template/imported.txt.jinja", *outer]
    assert sources["again.txt"] == ["template/again.txt.jinja", *outer]
    macros = [source for source in found["looked-up.txt"] if source.macro]
    assert macros == [("template/_parts/macros.jinja", "twice")]
    template.write({"name": "p"}, tmp_path / "p", {})
    assert sorted(sources) == sorted(path for path, (mode, _) in tree(tmp_path / "p").items() if mode.startswith("-"))


def test_compiled_templates_give_the_same_and_only_while_they_fit(strange: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"

    def read() -> Template:
        return Template(strange, bundle.files(strange), store)

    plain = ours(strange, tmp_path / "1" / "p", {})
    assert not read().is_compiled
    late = read()
    read().compile()
    late.compile()
    assert read().is_compiled
    assert ours(strange, tmp_path / "2" / "p", {}, store) == plain
    [compiled] = store.iterdir()
    shutil.rmtree(compiled / "__pycache__")
    for module in compiled.iterdir():  # proof that they are used
        module.write_text(module.read_text().replace("slot of ", "SLOT of "))
    changed = ours(strange, tmp_path / "3" / "p", {}, store)
    assert changed["deep/er/slots.txt"][1].startswith(b"no templateno templateSLOT of")
    (strange / "template" / "both.txt.jinja").write_text("another text of {{ name }}")
    assert not read().is_compiled
    assert ours(strange, tmp_path / "4" / "p", {}, store)["both.txt"][1] == b"another text of p"
    read().compile()
    assert read().is_compiled
    assert len(list(store.iterdir())) == 1


def test_a_damaged_store_changes_nothing(strange: Path, tmp_path: Path) -> None:
    store = tmp_path / "store"
    plain = ours(strange, tmp_path / "1" / "p", {})
    Template(strange, bundle.files(strange), store).compile()
    [folder] = store.iterdir()
    shutil.rmtree(folder)
    folder.mkdir()
    assert ours(strange, tmp_path / "2" / "p", {}, store) == plain


def test_a_store_that_cannot_be_written_is_done_without(
    questionnaire: Questionnaire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(source, "compiled_templates", lambda: tmp_path / "file" / "store")
    render._template.cache_clear()
    try:
        assert render.create(answered(questionnaire), tmp_path / "my-project")
    finally:
        render._template.cache_clear()


def _write(name: str, text: str) -> Callable[[Path], object]:
    def change(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(_write("copier.yml", f"_tasks: [ls]\n{CONFIGURATION}"), "_tasks", id="setting"),
        pytest.param(_write("copier.yml", f"_jinja_extensions: [x]\n{CONFIGURATION}"), "_jinja_ext", id="extension"),
        pytest.param(_write("copier.yml", CONFIGURATION.replace("_parts", '"*.tmp"')), r"\*\.tmp", id="pattern"),
        pytest.param(_write("copier.yml", CONFIGURATION.replace(".jinja", ".tmpl")), "suffix", id="suffix"),
        pytest.param(_write("questions/all.yml", "a: {type: str, default: a, secret: true}"), "secret", id="question"),
        pytest.param(_write("template/{{'..'}}/x", ""), "outside of the project", id="up"),
        pytest.param(_write("template/{{'\\57tmp'}}/x", ""), "outside of the project", id="absolute"),
        pytest.param(_write("template/{{'loud'}}/kept.txt", ""), "same place", id="two files"),
        pytest.param(_write("template/x.jinja", "{% yield a from b %}{% endyield %}"), "yield", id="yield"),
        pytest.param(_write("template/x.jinja", "{{ ''.__class__.__mro__ }}"), "unsafe", id="sandbox"),
        pytest.param(
            lambda root: (root / "template" / "x").symlink_to("deep"), "link to a folder", id="link to a folder"
        ),
        pytest.param(lambda root: (root / "template" / "x").symlink_to("/etc/hosts"), "out of the", id="link out"),
    ],
)
def test_what_is_not_done_as_copier_does_it_is_refused(
    change: Callable[[Path], object], message: str, strange: Path, tmp_path: Path
) -> None:
    change(strange)
    with pytest.raises(RenderError, match=message):
        ours(strange, tmp_path / "p", {})


def test_what_git_ignores_is_not_of_the_template(strange: Path, tmp_path: Path) -> None:
    before = ours(strange, tmp_path / "1" / "p", {})
    (strange / ".gitignore").write_text("*.pyc\n")
    (strange / "template" / "left" / "over").mkdir(parents=True)
    (strange / "template" / "left" / "over" / "x.pyc").write_text("left over")
    assert ours(strange, tmp_path / "2" / "p", {}) == before


def test_templates_use_nothing_of_copiers_that_is_not_there() -> None:
    """An unknown name renders as nothing, here as in copier; so the names are compared."""
    catalog = load(ROOT)
    known = {"_copier_answers", "_copier_conf", *catalog.computed, *(question.name for question in catalog.questions)}
    parser = Environment(extensions=[AnsibleCoreFiltersExtension], autoescape=True)
    texts = {name: (ROOT / name).read_text() for name in source.files() if name.endswith((SUFFIX, ".yml"))}
    texts |= {name: name for name in source.files() if "{" in name}
    assert {found for text in texts.values() for found in re.findall(r"_copier_conf\.(\w+)", text)} <= {"dst_path"}
    for name, text in texts.items():
        if name.endswith(SUFFIX):
            assert meta.find_undeclared_variables(parser.parse(text)) <= known, name
        else:
            assert set(re.findall(r"\b_copier_\w+", text)) <= known, name
