"""What files read, traced from their text; what cannot be traced is refused."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT

from mlops_new.catalog import load
from mlops_new.overlays import FILLINGS
from mlops_new.overlays import folder as place
from proof.trace import TracedTemplate, UntraceableError

Traced = Callable[..., frozenset[str]]


def fill(root: Path, overlay: str, text: str) -> None:
    """Write what an overlay adds to shared files."""
    path = place(root / "template", overlay) / FILLINGS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The catalogue with a template of next to nothing."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "questions", folder / "questions")
    shutil.copy(ROOT / "copier.yml", folder)
    shutil.copytree(ROOT / "template" / "_includes", folder / "template" / "_includes")
    for overlay, slot in {"cloud/cloud_aws": "{{ aws_region }}\n", "ci/ci_github": "{{ use.iac_terraform }}\n"}.items():
        fill(folder, overlay, "{% macro x() %}\n" + slot + "{% endmacro %}\n")
    return folder


@pytest.fixture
def traced(root: Path) -> Traced:
    """Traces a file with some content."""

    def trace(content: str, path: str = "a.txt.jinja", **included: str) -> frozenset[str]:
        file = root / "template" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        for name, text in included.items():
            (root / "template" / "_includes" / f"{name}.jinja").write_text(text)
        return TracedTemplate(root, load(root)).reads(path)

    return trace


SLOT = '{% from "template/_includes/slots.jinja" import slot with context %}'


@pytest.mark.parametrize(
    ("content", "reads"),
    [
        ("plain", set()),
        ("{{ cloud }}", {"cloud"}),
        ("{% if approval %}{% if team == 'large' %}{{ volume }}{% endif %}{% endif %}", {"approval", "team", "volume"}),
        ("{% set a = cloud %}{% for b in triggers %}{{ a }}{{ b }}{% endfor %}", {"cloud", "triggers"}),
        ("{% if use.cloud_aws and use['ci_github'] %}x{% endif %}", {"use.cloud_aws", "use.ci_github"}),
        ("{{ cron }}{{ package }}", {"cron", "package"}),
        ('{% include "template/_includes/one.jinja" %}', {"rollout"}),
        ('{% from "template/_includes/one.jinja" import m with context %}', {"rollout"}),
        (SLOT + '{{ slot("x") }}', {"use.cloud_aws", "aws_region", "use.ci_github", "use.iac_terraform"}),
        (SLOT + '{% if approval %}{{ slot("missing") }}{% endif %}', {"approval"}),
    ],
)
def test_what_a_content_reads(traced: Traced, content: str, reads: set[str]) -> None:
    assert traced(content, one="{{ rollout }}") == reads


INNER = "{% block inner %}{{ drift }}{% endblock %}"
BASE = "{% set a = team %}{{ volume }}{% block one %}{{ cloud }}" + INNER + "{% endblock %}"
EXTENDS = '{% extends "template/_includes/base.jinja" %}'


@pytest.mark.parametrize(
    ("content", "reads"),
    [
        ('{% include "template/_includes/base.jinja" %}', {"team", "volume", "cloud", "drift"}),
        (EXTENDS, {"team", "volume", "cloud", "drift"}),
        (EXTENDS + "{% block one %}{{ latency }}{% endblock %}", {"team", "volume", "latency"}),
        (EXTENDS + "\n{% block inner %}{{ a }}{% endblock %}\n", {"team", "volume", "cloud"}),
        (EXTENDS + "{% set b = latency %}{% block one %}{{ b }}{% endblock %}", {"team", "volume", "latency"}),
        (EXTENDS + "{% block one %}{{ self.inner() }}" + INNER + "{% endblock %}", {"team", "volume", "drift"}),
        (
            EXTENDS + SLOT + '{% block inner %}{{ slot("x") }}{{ use.iac_none }}{% endblock %}',
            {"team", "volume", "cloud", "use.cloud_aws", "aws_region", "use.ci_github", "use.iac_terraform"}
            | {"use.iac_none"},
        ),
        ('{% extends "template/_includes/middle.jinja" %}', {"team", "volume", "rollout"}),
        (
            '{% extends "template/_includes/middle.jinja" %}{% block new %}{{ latency }}{% endblock %}',
            {"team", "volume", "latency"},
        ),
    ],
)
def test_a_block_reads_what_the_last_one_to_say_it_reads(traced: Traced, content: str, reads: set[str]) -> None:
    middle = EXTENDS + "{% block one %}{% block new %}{{ rollout }}{% endblock %}{% endblock %}"
    assert traced(content, base=BASE, middle=middle) == reads


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{% extends cloud ~ '.jinja' %}", "what is extended is not a constant"),
        ("{% if approval %}" + EXTENDS + "{% endif %}", "extends under a condition"),
        (EXTENDS + "{% block won %}x{% endblock %}", "won is no block of template/_includes/base.jinja"),
        (EXTENDS + "\nx", "outside of blocks nothing is written"),
        (EXTENDS + "{{ cloud }}", "outside of blocks nothing is written"),
        (EXTENDS + "{% block one %}{{ super() }}{% endblock %}", "super is no answer"),
    ],
)
def test_what_a_file_that_extends_another_would_lose_is_refused(traced: Traced, content: str, message: str) -> None:
    with pytest.raises(UntraceableError, match=message):
        traced(content, base=BASE)


def test_folders_are_read_as_well(traced: Traced) -> None:
    folder = "{{use.ci}}/{{use.ci_github}}/{{package}}"
    assert traced("{{ cloud }}", f"{folder}/a.txt.jinja") == {"use.ci_github", "package", "cloud"}
    nested = "{{use.ci}}/{{use.ci_github}}/{{use.cloud_aws}}/a.txt.jinja"
    assert traced("{{ cloud }}", nested) == {"use.ci_github/cloud_aws", "cloud"}


def test_a_file_without_suffix_reads_only_its_path(traced: Traced) -> None:
    assert traced("{{ cloud }}", "{{use.ci}}/{{use.ci_github}}/a.txt") == {"use.ci_github"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{{ colud }}", "colud is no answer"),
        ("{{ use.cloud_asw }}", "use.cloud_asw names no choice"),
        ("{{ use.cluster }}", "use.cluster names no choice"),
        ("{{ overlays }}", "overlays is no answer"),
        ("{{ use.cluster_nomad }}", "use.cluster_nomad names no choice"),
        ("{{ use['cloud_' ~ cloud] }}", "which switch is read is not a constant"),
        ("{% for overlay in use %}{{ overlay }}{% endfor %}", "use is read as a whole"),
        ("{% include cloud ~ '.jinja' %}", "what is included is not a constant"),
        (SLOT + "{{ slot(cloud) }}", "slot is used other than by calling it"),
        (SLOT + "{% set s = slot %}{{ s('x') }}", "slot is used other than by calling it"),
        ("{% if %}", r"a\.txt\.jinja: "),
    ],
)
def test_what_cannot_be_traced_is_refused(traced: Traced, content: str, message: str) -> None:
    with pytest.raises(UntraceableError, match=message):
        traced(content)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# lost\n", "line 1: it is no macro of a slot"),
        ("{% set a = cloud %}", "line 1: it is no macro of a slot"),
        ("{% macro x(a) %}\n{% endmacro %}", "line 1: it is no macro of a slot"),
        ("{% macro x() %}\n{% endmacro %}\n{% macro x() %}\n{% endmacro %}\n", "line 3: it is no macro of a slot"),
        ("{% macro x() %}a\n{% endmacro %}", "line 1: the text begins on the line of the macro's name"),
        ("{% macro x() %}\n{%- if approval %}\na\n{% endif %}{% endmacro %}", "line 1: the text begins on the line"),
        ("{% macro x() %}{% endmacro %}", "line 1: the text begins on the line"),
        ("{% macro x() %}\n{{ colud }}{% endmacro %}", "colud is no answer"),
        ("{% macro x() %}\n{{ use.cloud_asw }}{% endmacro %}", "use.cloud_asw names no choice"),
        ("{% macro x() %}\n{% include cloud %}{% endmacro %}", "cloud_gcp}}/_slots.jinja, x, line 2: what is included"),
    ],
)
def test_what_a_slot_would_lose_is_refused(root: Path, traced: Traced, text: str, message: str) -> None:
    fill(root, "cloud/cloud_gcp", text)
    with pytest.raises(UntraceableError, match=re.escape(message)):
        traced(SLOT + '{{ slot("x") }}')


def test_a_slot_reads_what_its_own_macro_reads(root: Path, traced: Traced) -> None:
    fill(root, "cloud/cloud_gcp", "{% macro x() %}\n{% endmacro %}\n{% macro y() %}\n{{ rollout }}{% endmacro %}")
    reads = {"use.cloud_aws", "aws_region", "use.ci_github", "use.iac_terraform", "use.cloud_gcp"}
    assert traced(SLOT + '{{ slot("x") }}') == reads
    assert traced(SLOT + '{{ slot("y") }}') == {"use.cloud_gcp", "rollout"}


@pytest.mark.parametrize(
    ("name", "axes"),
    [
        ("cloud", {"cloud"}),
        ("use.iac_terraform/cloud_aws", {"cloud", "iac"}),
        ("cron", {"retraining", "triggers"}),
        ("arrivals", {"orchestrator", "triggers"}),
        ("cluster", {"cloud", "orchestrator", "platform"}),
        ("use.cluster_kubernetes/cloud_aws", {"cloud", "orchestrator", "platform"}),
        ("monthly_budget", {"team"}),
        ("description", {"problem"}),
        ("project_name", set()),
    ],
)
def test_which_questions_decide_what_is_read(root: Path, name: str, axes: set[str]) -> None:
    assert TracedTemplate(root, load(root)).axes(name) == axes


def test_the_parts_of_a_file_are_traced_one_by_one(root: Path) -> None:
    (root / "template" / "a.txt.jinja").write_text(
        SLOT + '{% set a = team %}x {{ cloud }} y {{ a }}{% if approval %}{{ volume }}{% endif %}\n{{ slot("x") }}'
    )
    assert [set(part) for part in TracedTemplate(root, load(root)).segments("a.txt.jinja")] == [
        {"cloud", "team"},  # definitions in front belong to every part, needed or not
        {"team"},
        {"approval", "volume", "team"},
        {"use.cloud_aws", "aws_region"},
        {"use.ci_github", "use.iac_terraform"},
    ]


def test_a_block_is_a_part_of_the_file_that_extends(root: Path) -> None:
    (root / "template" / "_includes" / "base.jinja").write_text(BASE)
    (root / "template" / "a.txt.jinja").write_text(EXTENDS + "{% block one %}x{{ latency }}{{ a }}{% endblock %}")
    assert [set(part) for part in TracedTemplate(root, load(root)).segments("a.txt.jinja")] == [
        {"volume", "team"},
        {"latency", "team"},
    ]


def test_a_part_that_has_a_block_again_reads_what_that_reads(root: Path) -> None:
    (root / "template" / "a.txt.jinja").write_text("{{ team }}" + INNER + "{{ self.inner() }}")
    *_, again = TracedTemplate(root, load(root)).segments("a.txt.jinja")
    assert "drift" in again


def test_every_file_of_the_template_can_be_traced() -> None:
    template = TracedTemplate(ROOT, load(ROOT))
    assert len(template.files) > 90
    for file in template.files:
        assert "use" not in template.reads(file)
