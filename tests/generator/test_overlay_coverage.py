"""Coverage by overlay: which projects are measured, how figures of several become one, and a real measurement."""

import ast
import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from conftest import ROOT

from benchmarks.choices import add_twin
from benchmarks.command import write_section
from benchmarks.growth import copy
from mlops_new import render
from mlops_new.answers import check
from mlops_new.catalog import Catalog, Rule, Value
from mlops_new.origins import Origin, origins
from mlops_new.questionnaire import Questionnaire
from proof.renderings import Renderer
from proof.space import Space, offered
from proof.trace import TracedTemplate
from scripts.overlay_coverage import __main__ as program
from scripts.overlay_coverage import measure, page
from scripts.overlay_coverage.measure import Lines, MeasureError
from scripts.overlay_coverage.merge import Measured, MergeError, attributed, merged
from scripts.overlay_coverage.projects import (
    SOURCES,
    Groups,
    Project,
    ProjectsError,
    Switches,
    asked,
    cover,
    having,
    is_within,
    overlay,
    projects,
    turned_on,
)

pytestmark = pytest.mark.cached(
    "Makefile", "benchmarks", "docs/coverage.md", "proof", "scripts/definitions.py", "scripts/overlay_coverage"
)

A, B, C = (frozenset([name]) for name in "abc")


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    questionnaire = Questionnaire(ROOT, ROOT / program.NAME)
    return Renderer(TracedTemplate(ROOT, questionnaire.catalog), questionnaire, {})


@pytest.fixture(scope="module")
def every(renderer: Renderer) -> list[Project]:
    """The projects that are measured."""
    return projects(renderer, offered(renderer.questionnaire), asked(renderer.template))


def python_of(origins: Mapping[str, Origin]) -> set[str]:
    """The overlays that give a project its Python, but for tests."""
    given = {path: origin for path, origin in origins.items() if re.fullmatch(r"(src|tools)/.*\.py", path)}
    return {overlay(f"{axis}_{choice}" for axis, choice in origin.choices.items()) for origin in given.values()}


def test_every_overlay_with_python_is_in_a_project(renderer: Renderer, every: list[Project]) -> None:
    found = [python_of(origins(project.answers, renderer.questionnaire.catalog)) for project in every]
    assert set().union(*found) == asked(renderer.template).keys()
    assert {"always", "orchestrator_argo/framework_pytorch", "ci_github/orchestrator_ci"} <= set().union(*found)
    assert len(every) == len({project.name for project in every}) < 25


def test_what_a_file_asks_for_is_on_in_a_project_unless_no_answers_allow_it(
    renderer: Renderer, every: list[Project]
) -> None:
    whole = offered(renderer.questionnaire)
    wanted = frozenset().union(*asked(renderer.template).values())
    assert frozenset(["triggers_drift", "orchestrator_dagster"]) in wanted  # a slot of alerts, the engine's own code

    def is_on(switches: Switches, answers: Mapping[str, Value]) -> bool:
        name = "use." + "/".join(sorted(switches))
        return not switches or bool(renderer.seen([name], answers)[name])

    for switches in wanted:
        having_it = {project.name for project in every if is_on(switches, project.answers)}
        assert having_it == {project.name for project in every if switches in project.has}
        if not having_it:
            assert renderer.example(renderer.template.switch("/".join(switches)), whole) is None


def test_projects_are_valid(renderer: Renderer, every: list[Project]) -> None:
    for project in every:
        assert check(renderer.questionnaire, project.answers) == project.answers


def test_a_new_choice_is_measured_because_its_folder_is_there() -> None:
    with copy() as root:
        add_twin(root, "orchestrator", "prefect", "twin")
        questionnaire = Questionnaire(root, root / program.NAME)
        renderer = Renderer(TracedTemplate(root, questionnaire.catalog), questionnaire, {})
        overlays = asked(renderer.template)
        chosen = projects(renderer, offered(questionnaire), overlays)
    own = {name for name in overlays if is_within(name, "orchestrator_twin")}
    assert own >= {"orchestrator_twin", "orchestrator_twin/arrivals_watched"}
    for name in own:
        assert any(frozenset(name.split("/")) in project.has for project in chosen)


def test_an_overlay_that_no_answers_give_is_refused(renderer: Renderer) -> None:
    name = "orchestrator_argo/orchestrator_prefect"
    with pytest.raises(ProjectsError, match=name):
        projects(renderer, offered(renderer.questionnaire), {name: {frozenset(name.split("/"))}})


def one_of(axis: str, *values: Value) -> list[Groups]:
    """One way to turn switches on."""
    return [{axis: values}]


def space_of(*rules: Rule) -> Space:
    """Two questions with two answers each, and one with subsets."""
    return Space({"x": ("1", "2"), "y": ("1", "2"), "z": ([], ["a"])}, rules)


def test_what_fits_into_one_combination_is_in_one() -> None:
    needed = {A: one_of("x", "2"), B: one_of("y", "2"), C: one_of("z", ["a"])}
    assert cover(needed, space_of(), {"x": "1"}) == [{"x": "2", "y": "2", "z": ["a"]}]


def test_what_rules_keep_apart_is_in_several_and_wishes_fill_the_rest() -> None:
    rule = Rule("apart", {"x": ("2",)}, {}, {"y": ("2",)}, "they exclude each other")
    needed: dict[Switches, list[Groups]] = {
        A: one_of("x", "2"),
        B: [{"y": ["2"], "x": ["2"]}, {"y": ["2"]}],
        frozenset(): [{}],
    }
    rows = cover(needed, space_of(rule), {"z": ["a"], "x": "1"})
    assert rows == [{"x": "2", "y": "1", "z": ["a"]}, {"x": "1", "y": "2", "z": ["a"]}]
    assert cover(dict(reversed(needed.items())), space_of(rule), {"z": ["a"], "x": "1"}) == rows
    assert [[turned_on(needed[switches], row) for row in rows] for switches in (A, B)] == [[True, False], [False, True]]


def test_few_projects_are_taken_for_one_overlay() -> None:
    given = {"one": {A}, "two": {A, B}, "three": {C}, "four": {B, C}}
    every = [Project(name, {}, frozenset(has)) for name, has in given.items()]
    assert [project.name for project in having({A, B, C}, every)] == ["two", "three"]
    assert [project.name for project in having({C, frozenset(["never on"])}, every)] == ["three"]
    assert having([], every) == []


def test_a_folder_is_chosen_with_the_folders_in_it() -> None:
    assert is_within("orchestrator_ci", "orchestrator_ci")
    assert is_within("orchestrator_argo/framework_pytorch", "orchestrator_argo")
    assert is_within("always", "")
    assert not is_within("orchestrator_argo", "orchestrator_argo/framework_pytorch")
    assert not is_within("orchestrator_cicd", "orchestrator_ci")


SHORT = """\
def f(a):
    if a:
        return 1
    return 0
"""
LONG = """\
import os


def f(a):
    if a:
        return 1
    if os.name == a:
        return 1
    return 0
"""


def of(
    text: str,
    executed: Iterable[int] = (),
    missing: Iterable[int] = (),
    taken: Iterable[tuple[int, int]] = (),
    untaken: Iterable[tuple[int, int]] = (),
    **place: str,
) -> Measured:
    """What was measured of a file."""
    where = {"project": "p", "path": "src/m/f.py", "overlay": "always", "template": "template/f.py", **place}
    lines = Lines(frozenset(executed), frozenset(missing), frozenset(taken), frozenset(untaken))
    return Measured(text=text, lines=lines, **where)


def test_a_line_that_one_project_executes_is_covered_though_its_number_differs(catalog: Catalog) -> None:
    short = of(SHORT, [1, 2, 4], [3], [(2, 4)], [(2, 3)], project="short")
    long = of(LONG, [1, 4, 5, 6], [7, 8, 9], [(5, 6)], [(5, 7), (7, 8), (7, 9)], project="long")
    [overlay] = merged([short, long], catalog)
    [file] = overlay.files
    assert (overlay.name, overlay.statements) == ("always", 7)
    # The second `return 1` belongs to another condition than the first, which `long` executes.
    assert [(place.project, place.number, place.text) for place in file.missing] == [
        ("long", 7, "if os.name == a:"),
        ("long", 8, "return 1"),
    ]
    # To the end in `short`, and to the next condition in `long`: two branches, as they are in the files.
    assert len(file.branches) == 5
    assert [(start.number, end and end.number) for start, end in file.untaken] == [(2, 7)]
    assert overlay.percent == pytest.approx(100 * (5 + 2) / (7 + 5))


def test_the_end_of_a_function_is_not_its_first_line(catalog: Catalog) -> None:
    text = "for a in b:\n    if a:\n        c()\n"
    [overlay] = merged([of(text, [1, 2, 3], [], [(1, 2), (2, 3)], [(1, -1), (2, 1)])], catalog)
    [file] = overlay.files
    assert [(start.number, end and end.number) for start, end in file.untaken] == [(1, None), (2, 1)]


def test_files_are_summed_up_by_overlay_in_the_order_of_the_catalogue(catalog: Catalog) -> None:
    names = ["orchestrator_argo/framework_pytorch", "framework_sklearn", "always", "orchestrator_argo"]
    measured = [of("a\nb\n", [1], [2], overlay=name, template=f"template/{name}/a.py") for name in names]
    measured.append(of("a\nb\n", [1, 2], overlay="always", template="template/b.py"))
    result = merged(measured, catalog)
    assert [overlay.name for overlay in result[:1]] == ["always"]
    argo = [overlay.name for overlay in result].index("orchestrator_argo")
    assert result[argo + 1].name == "orchestrator_argo/framework_pytorch"
    assert [(len(overlay.files), overlay.statements, overlay.percent) for overlay in result[:1]] == [(2, 4, 75.0)]
    assert {overlay.percent for overlay in result[1:]} == {50.0}


def test_a_file_without_statements_is_covered(catalog: Catalog) -> None:
    assert [overlay.percent for overlay in merged([of("")], catalog)] == [100.0]


def test_each_file_but_for_tests_belongs_to_its_overlay() -> None:
    argo = Origin("template/x.py", {"orchestrator": "argo", "framework": "pytorch"}, (), ())
    given = {
        "src/m/a.py": argo,
        "src/m/b.py": Origin("template/b.py", {}, (), ()),
        "tools/e.py": argo,
        "tests/c.py": argo,
        "src/d.txt": argo,
    }
    lines = {path: Lines(*[frozenset()] * 4) for path in ("src/m/a.py", "src/m/b.py", "tools/e.py")}
    found = list(attributed("p", given, dict.fromkeys(lines, ""), lines))
    assert [(one.path, one.overlay, one.template) for one in found] == [
        ("src/m/a.py", "orchestrator_argo/framework_pytorch", "template/x.py"),
        ("src/m/b.py", "always", "template/b.py"),
        ("tools/e.py", "orchestrator_argo/framework_pytorch", "template/x.py"),
    ]
    with pytest.raises(MergeError, match=r"src/m/b\.py of the project p"):
        list(attributed("p", given, dict.fromkeys(lines, ""), {"src/m/a.py": lines["src/m/a.py"]}))


def test_only_what_is_complete_is_shown_as_complete() -> None:
    assert [page.shown(value) for value in (100.0, 99.99, 87.5, 0.0)] == ["100.0 %", "99.9 %", "87.5 %", "0.0 %"]


def test_table_and_report_say_what_is_covered_and_what_never_is(catalog: Catalog) -> None:
    measured = [
        of("a\nb\nc\nd\n", [1], [2, 3, 4], [], [(1, 4)]),
        of("if a:\n    b\n", [1, 2], [], [(1, 2)], [(1, -1)], template="t"),
    ]
    result = merged(measured, catalog)
    assert page.table(result).splitlines()[2:] == ["| `always` | 2 | 6 | 44.4 % |"]
    assert list(page.remaining(result)) == [
        "src/m/f.py of p: branches 1 to the end",
        "src/m/f.py of p: lines 2-4; branches 1 to 4",
    ]
    report = page.report(result, [Project("p", {"cloud": "aws"}, frozenset())])
    assert report["projects"] == {"p": {"cloud": "aws"}}
    files = report["overlays"]["always"]["files"]
    assert files["template/f.py"]["missing"][0] == {"project": "p", "path": "src/m/f.py", "line": 2, "text": "b"}
    assert [(place["line"], place["to"]) for place in files["t"]["untaken"]] == [(1, None)]
    json.dumps(report)


def test_numbers_are_written_briefly() -> None:
    assert page.ranges([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"
    assert page.ranges([]) == ""


MODULE = """\
import os


def here():
    return os.name


def started():
    return os.name


def forked():
    return os.name


def never(a):
    if a:
        return os.name
    return a
"""
TESTS = """\
import os, subprocess, sys
from package import module
module.here()
subprocess.run([sys.executable, "-c", "from package import module; module.started()"], check=True)
child = os.fork()
if not child:
    module.forked()
    os._exit(0)
os.waitpid(child, 0)
sys.exit({code})
"""
MAKEFILE = """\
setup:
\t$(UV) venv --quiet .venv
\techo set up >> {log}
test:
\tPYTHONPATH=src .venv/bin/python tests.py
"""


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project as small as can be, whose tests start a process and fork one."""
    monkeypatch.setattr(measure, "KEPT", tmp_path / "kept")
    folder = tmp_path / "small"
    (folder / "src" / "package").mkdir(parents=True)
    (folder / "src" / "package" / "__init__.py").touch()
    (folder / "src" / "package" / "module.py").write_text(MODULE)
    (folder / "src" / "package" / "unused.py").write_text("a = 1\n")
    (folder / "tests.py").write_text(TESTS.format(code=0))
    (folder / "Makefile").write_text(MAKEFILE.format(log=tmp_path / "log"))
    return folder


@pytest.mark.posix
def test_processes_of_the_tests_are_measured_too(small: Path, catalog: Catalog) -> None:
    report = measure.measure(small)
    lines = measure.parsed(report)
    found = lines["src/package/module.py"]
    assert found.missing == {17, 18, 19}
    assert found.missing_branches == {(17, 18), (17, 19)}
    assert lines["src/package/unused.py"].missing == {1}
    core = {path: Origin(path, {}, (), ()) for path in lines}
    texts = {path: (small / path).read_text() for path in lines}
    whole = merged(attributed("small", core, texts, lines), catalog)
    assert [overlay.percent for overlay in whole] == [pytest.approx(report["percent"])]


@pytest.mark.posix
def test_a_project_that_has_not_changed_is_not_tested_again(small: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    shutil.copytree(small, fresh)
    assert measure.measured(small) == measure.measured(fresh)
    assert (tmp_path / "log").read_text() == "set up\n"
    changed = tmp_path / "changed"
    shutil.copytree(fresh, changed)
    (changed / "src" / "package" / "unused.py").write_text("a = 2\n")
    measure.measured(changed)
    assert (tmp_path / "log").read_text() == "set up\n" * 2


@pytest.mark.posix
def test_a_project_whose_tests_fail_has_no_figures(small: Path, tmp_path: Path) -> None:
    (small / "tests.py").write_text(TESTS.format(code="'the model is wrong'"))
    with pytest.raises(MeasureError, match=r"make test(?s:.)*the model is wrong"):
        measure.measured(small)
    assert not (tmp_path / "kept").exists()


def result(folder: Path, missing: str) -> dict[str, object]:
    """A report in which every statement of a project is executed, but for those of one file."""
    files = {}
    for path in sorted(path for source in SOURCES for path in (folder / source).rglob("*.py")):
        numbers = sorted({node.lineno for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.stmt)})
        executed, others = ([], numbers) if path.name == missing else (numbers, [])
        branches: dict[str, list[int]] = {"executed_branches": [], "missing_branches": []}
        name = path.relative_to(folder).as_posix()
        files[name] = {"executed_lines": executed, "missing_lines": others, **branches}
    return {"files": files}


def test_an_overlay_that_is_covered_too_little_fails(
    every: list[Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result of the project is kept already, so that it is not tested."""
    monkeypatch.setattr(measure, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(program, "REPORT", tmp_path / "kept" / "report.json")
    (tmp_path / "kept").mkdir()
    [chosen] = having([frozenset(["serving_batch"])], every)
    for project in every:
        folder = tmp_path / project.name / program.NAME
        render.create(project.answers, folder)
        measure.kept(folder).write_text(json.dumps(result(folder, "score.py")))
    only = ["--only", "serving_batch", "--at-least"]
    assert program.main([*only, "30"]) == 0
    printed = capsys.readouterr().out
    assert f"{chosen.name}: kept" in printed
    assert f"src/my_project/serving/score.py of {chosen.name}: lines " in printed
    assert program.main([*only, "99"]) == 1
    assert "serving_batch: " in capsys.readouterr().err
    overlays = json.loads((tmp_path / "kept" / "report.json").read_text())["overlays"]
    assert {name.partition("/")[0] for name in overlays} == {"serving_batch"}
    assert program.main(["--at-least", "30"]) == 0
    assert "| `always` | " in capsys.readouterr().out


def test_an_overlay_without_python_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--only", "iac_terraform"]) == 2
    assert "no overlay 'iac_terraform' has Python files; these have: always, " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        program.main(["--only", "serving_batch", "--write"])
    assert "the page has all overlays" in capsys.readouterr().err


def test_a_project_that_is_listed_is_not_measured(every: list[Project], capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [project.name for project in every]


def test_the_page_has_a_place_for_the_table(tmp_path: Path) -> None:
    text = program.PAGE.read_text(encoding="utf-8")
    assert text.index(program.BEGIN) < text.index(program.END)
    copied = tmp_path / "page.md"
    copied.write_text(text, encoding="utf-8")
    write_section(program.BEGIN, program.END, "| a |", copied)
    before, _, after = text.partition(program.BEGIN)
    written = copied.read_text(encoding="utf-8")
    assert written == f"{before}{program.BEGIN}\n\n| a |\n\n{program.END}{after.partition(program.END)[2]}"


@pytest.mark.posix
def test_make_passes_on_which_overlay() -> None:
    done = subprocess.run(
        ["make", "--dry-run", "coverage", "ONLY=tracker_wandb"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "scripts.overlay_coverage" in done.stdout
    assert "--only tracker_wandb" in done.stdout
    assert "--write" not in done.stdout
