"""The theorem behind the proof, and the proof as a whole.

Theorem: two valid combinations that look alike to a file give the same bytes. So a file needs to be rendered once for
each way in which the valid combinations can look to it, and every file of every combination has been rendered then.
It holds if a file sees nothing but what it was traced to read (enforced in `renderings.py`), if rendering is a function
of that, and if the space is counted right (test_space.py).
"""

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from conftest import ROOT
from reduced_template import REDUCED, reduced_template

from mlops_new import render
from mlops_new.answers import check
from mlops_new.catalog import Value, load
from mlops_new.overlays import CORE, FILLINGS, folder, write
from mlops_new.questionnaire import Questionnaire
from proof.contents import Contents, Unit
from proof.cover import cover
from proof.linters import all as every
from proof.linters.base import Linter
from proof.prove import Options, prove, split
from proof.renderings import Renderer, UntracedReadError
from proof.report import Report, conclusion
from proof.space import Space, core_combinations, offered
from proof.trace import TracedTemplate

pytestmark = pytest.mark.cached("proof")

LEFTOVERS = next(linter for linter in every.LINTERS if linter.name == "leftovers")
LOCK = "{{use.orchestrator}}/{{use.orchestrator_none}}/uv.lock.jinja"
ANYTHING = Linter("anything", ("*",), lambda _: "", {}, lambda: "1", batch=16)
"""Content with every kind of file."""
TYPES = Linter("types", ("*",), lambda _: "", {}, lambda: "1", whole=True, group_by="orchestrator")


def whole(root: Path) -> tuple[Renderer, Space, TracedTemplate]:
    """Renderer, space and template of a repository."""
    questionnaire = Questionnaire(root, root / "my-project")
    template = TracedTemplate(root, load(root))
    return Renderer(template, questionnaire, {"_src_path": "here"}), offered(questionnaire), template


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what projects are rendered from, to plant defects into, with as few choices as show them."""
    monkeypatch.setattr("proof.contents.LIMIT", 1000)  # as many times fewer as there are fewer combinations
    offered = {
        **REDUCED,
        "retraining": ["hourly", "monthly", "weekly"],
        "team": ["small", "medium"],
        "volume": ["medium"],
        "latency": ["interactive", "offline"],
    }
    return reduced_template(tmp_path / "repository", offered)


def plant(root: Path, file: str, text: str) -> None:
    """Add text at the end of a file of the template."""
    path = root / "template" / CORE / file
    path.write_text(path.read_text() + text)


def proved(root: Path, tmp_path: Path, *linters: Linter, full: bool = False, shard: tuple[int, int] = (1, 1)) -> Report:
    """The report of some linters."""
    options = Options(full=full, jobs=2, shard=shard)
    return prove(root, tmp_path / "verdicts", options, lambda *_: None, linters or (LEFTOVERS, ANYTHING))


def test_a_group_of_units_goes_to_one_worker() -> None:
    units = [Unit({}, {"orchestrator": engine}) for engine in ("none", "argo", "argo", "none", "argo")]
    engines = [[unit.answers["orchestrator"] for unit in part] for part in split(TYPES, units, jobs=2)]
    assert engines == [["none", "none"], ["argo", "argo", "argo"]]


def test_units_are_shared_by_all_workers_as_soon_as_one_batch_cannot_take_them() -> None:
    units = [Unit({}, {}) for _ in range(17)]
    assert [len(part) for part in split(ANYTHING, units, jobs=2)] == [9, 8]
    assert [len(part) for part in split(ANYTHING, units[1:], jobs=2)] == [16]
    assert split(ANYTHING, [], jobs=2) == []


def valid_combinations(space: Space, count: int) -> Iterator[dict[str, Value]]:
    """Seeded random samples."""
    chance = random.Random(42)
    for _ in range(count):
        wished = {axis: chance.choice(values) for axis, values in space.domains.items()}
        yield space.among({}, wished) or {}


def test_any_combination_consists_of_files_that_were_rendered(root: Path, tmp_path: Path) -> None:
    renderer, space, template = whole(root)
    contents = Contents(renderer, space, [], [], full=True)
    rendered = [contents.of_file(file) for file in template.files]
    every = {item for file in rendered if file.exact for unit in file.contents for item in unit.files.items()}
    inexact = {path for file in rendered if not file.exact for unit in file.contents for path in unit.files}
    assert inexact <= {".copier-answers.yml", "docs/decisions.md", "docs/runbook.md"}
    for answers in valid_combinations(space, 40):
        found = written(root, tmp_path, answers)
        for path in found.keys() - inexact:
            assert (path, found[path]) in every, (path, answers)


def test_what_a_file_was_traced_to_read_is_all_it_needs(tmp_path: Path) -> None:
    renderer, space, _ = whole(ROOT)
    for answers in valid_combinations(space, 40):
        ours, found = renderer.project(answers), written(ROOT, tmp_path, answers)
        assert ours.keys() == found.keys()
        for path in found.keys() - {".copier-answers.yml"}:  # it names where it came from
            assert ours[path] == found[path], (path, answers)


def written(root: Path, tmp_path: Path, answers: dict[str, Value]) -> dict[str, bytes]:
    """What the program itself writes, whose renderer knows nothing of traces: every file sees every answer."""
    folder = Path(tempfile.mkdtemp(dir=tmp_path)) / "my-project"
    render.create(check(Questionnaire(root, folder), answers), folder)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_what_looks_alike_is_counted_once_and_completely(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proof.contents.LIMIT", 10_000)
    renderer, space, template = whole(root)
    # All combinations of a part of the space, one after another, without any of the shortcuts.
    fixed = {"latency", "problem", "monitoring", "team"}
    part = Space({axis: v[:1] if axis in fixed else v for axis, v in space.domains.items()}, space.rules)
    assert 300 < part.valid < 3000
    every = [renderer.questionnaire.complete(answers) for answers in part.combinations(list(part.domains))]
    contents = Contents(renderer, part, [], [], full=True)
    for file in template.files:
        views = {renderer.view([file], answers) for answers in every if renderer.rendering(file, answers)}
        found = contents.of_file(file)
        assert found.exact
        assert found.rendered == found.renderings == len(views), file


def test_a_file_sees_nothing_that_was_not_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    renderer, _, template = whole(ROOT)
    reads = template.reads
    answers = renderer.questionnaire.complete({"ci": "github", "cloud": "aws", "iac": "terraform"})
    for file, hidden in [(f"{CORE}/README.md.jinja", "description"), (LOCK, "use.tracker_wandb")]:
        assert hidden in reads(file)
        monkeypatch.setattr(template, "reads", lambda name, hidden=hidden: reads(name) - {hidden})
        with pytest.raises(UntracedReadError, match=hidden.removeprefix("use.")):
            renderer.rendering(file, answers)


def test_a_defect_of_one_combination_of_three_answers_is_found(root: Path, tmp_path: Path) -> None:
    axes = ("orchestrator", "approval", "retraining")
    renderer, space, _ = whole(root)
    rows = cover(space, 2, core_combinations(renderer.questionnaire))
    met = {tuple(row[axis] for axis in axes) for row in rows}
    # Pairs also meet other names with the recommended frequency.
    others = (space.domains["orchestrator"], (True,), ("hourly", "monthly"))
    unmet = (triple for triple in product(*others) if triple not in met)
    defect = next(triple for triple in unmet if space.among({}, dict(zip(axes, triple, strict=True))))
    condition = " and ".join(f"{axis} == {answer!r}" for axis, answer in zip(axes, defect, strict=True))
    plant(root, "docs/runbook.md.jinja", "{% if " + condition + " %}{{ '{{ left }}' }}\n{% endif %}")
    assert proved(root, tmp_path).findings == ()  # pairs are not enough
    report = proved(root, tmp_path, full=True)
    assert {finding.paths for finding in report.findings} == {("docs/runbook.md",)}
    for finding in report.findings:
        assert tuple(finding.answers[axis] for axis in axes) == defect
    assert conclusion(report).state == "failed"


@pytest.mark.parametrize("where", ["docs/decisions.md.jinja", ".copier-answers.yml.jinja"])
def test_a_defect_in_a_file_with_too_many_renderings_is_found(root: Path, tmp_path: Path, where: str) -> None:
    condition = "orchestrator == 'prefect' and latency == 'offline' and retraining == 'monthly' and team == 'medium'"
    plant(root, where, "{% if " + condition + " %}# {{ '{{ left }}' }}\n{% endif %}")
    assert {finding.linter for finding in proved(root, tmp_path, full=True).findings} == {"leftovers"}


def test_a_defect_of_three_slots_together_is_found(root: Path, tmp_path: Path) -> None:
    texts = {
        "orchestrator/orchestrator_airflow": "{",
        "tracker/tracker_wandb": "{ left }",
        "serving/serving_batch": "}",
    }
    for overlay, text in texts.items():
        with (folder(root / "template", overlay) / FILLINGS).open("a") as file:
            file.write(f"\n{{% macro three() %}}\n{text}\n{{%- endmacro %}}\n")
    write(root)
    plant(
        root,
        "docs/decisions.md.jinja",
        '{% from "template/_includes/slots.jinja" import slot with context %}{{ slot("three") }}',
    )
    findings = proved(root, tmp_path, full=True).findings
    assert {finding.linter for finding in findings} == {"leftovers"}
    assert all(finding.answers["tracker"] == "wandb" for finding in findings)


def test_a_file_that_two_overlays_write_is_found(root: Path, tmp_path: Path) -> None:
    for overlay in ("orchestrator/orchestrator_airflow", "tracker/tracker_wandb"):
        (folder(root / "template", overlay) / "same.md").write_text("# Same\n")
    findings = proved(root, tmp_path).findings
    assert [(finding.linter, finding.paths) for finding in findings] == [("paths", ("same.md",))]
    assert (findings[0].answers["orchestrator"], findings[0].answers["tracker"]) == ("airflow", "wandb")


@pytest.mark.parametrize(("other", "found"), [("airflow", True), ("none", False)])
def test_a_file_that_the_overlay_of_a_computed_answer_writes_too_is_found(
    root: Path, tmp_path: Path, other: str, found: bool
) -> None:
    for overlay in ("cluster/cluster_kubernetes", f"orchestrator/orchestrator_{other}"):
        (folder(root / "template", overlay) / "same.md").write_text("# Same\n")
    assert [finding.paths for finding in proved(root, tmp_path).findings] == [("same.md",)] * found


def test_a_kind_of_file_without_a_linter_is_found(root: Path, tmp_path: Path) -> None:
    (root / "template" / "a.strange").write_text("x\n")
    findings = proved(root, tmp_path, LEFTOVERS).findings
    assert ("a.strange",) in {finding.paths for finding in findings if finding.linter == "coverage"}
    assert (".gitignore",) not in {finding.paths for finding in findings}  # its reason is given


def test_what_was_clean_is_not_looked_at_again_until_it_changes(root: Path, tmp_path: Path) -> None:
    first, second = proved(root, tmp_path).linters[0], proved(root, tmp_path).linters[0]
    assert (first.cached, second.cached) == (0, first.units)
    plant(root, "Dockerfile.jinja", "# more\n")
    third = proved(root, tmp_path).linters[0]
    assert 0 < third.units - third.cached < third.units / 20  # the Dockerfiles


def test_a_finding_stays_one_until_it_is_fixed(root: Path, tmp_path: Path) -> None:
    before = (root / "template" / CORE / "Dockerfile.jinja").read_text()
    plant(root, "Dockerfile.jinja", "# {{ '{{ left }}' }}\n")
    assert proved(root, tmp_path).findings == proved(root, tmp_path).findings != ()
    (root / "template" / CORE / "Dockerfile.jinja").write_text(before)
    assert proved(root, tmp_path).findings == ()


def test_shards_share_the_work_and_leave_nothing_out(root: Path, tmp_path: Path) -> None:
    alone = proved(root, tmp_path / "alone").linters[0]
    shards = [proved(root, tmp_path / str(number), shard=(number, 3)).linters[0] for number in (1, 2, 3)]
    assert sum(shard.units for shard in shards) == alone.units
    assert all(shard.units > alone.units / 6 for shard in shards)


def test_pairs_are_proved_with_fewer_renderings(root: Path, tmp_path: Path) -> None:
    pairs, full = (proved(root, tmp_path, full=full) for full in (False, True))
    assert sum(file.rendered for file in pairs.files) < sum(file.rendered for file in full.files) / 1.5
    assert (conclusion(pairs).state, conclusion(full).state) == ("partial", "proved")
    assert pairs.space == replace(full.space, triples=None)
    assert full.space.triples
