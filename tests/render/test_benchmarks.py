"""The benchmark's own arithmetic, and that its templates give back what they were made from."""

from pathlib import Path

import jinja2
import pytest

from benchmarks import command, growth


def test_templates_made_from_a_project_give_the_project_back() -> None:
    project = {
        "src/my_project/my-project.txt": "my-project's my_project: ü\n".encode(),
        "{{ odd }}.yml": b"on: ${{ secrets.a }} {% raw %} {# note #} }}\n\n",
        "brace.py": b"f'{my_project}' {my-project} {}} {{}} {{{x}}} {%} {#} {{%}}",
        ".gitignore": b"",
    }
    templates = command.as_templates(project)
    assert "{{ project_name }}" in "".join(templates)
    environment = jinja2.Environment(keep_trailing_newline=True, autoescape=False)  # noqa: S701 - no HTML

    def render(text: str) -> str:
        return environment.from_string(text).render(command.VARIABLES)

    assert {render(name): render(text).encode() for name, text in templates.items()} == project


def test_a_case_is_compared_with_the_reference_by_medians() -> None:
    group = command.Group("Title", "slow", {"slow": [4.0, 2.0, 9.0], "fast": [1.0, 0.5, 1.0]})
    assert group.ratio("fast") == 0.25
    assert "| fast | 1.000 s | 0.500 s | 0.25 |" in group.table()
    assert "median ÷ slow" in group.table()
    [shown] = command.as_json([group], 3)["groups"]
    assert shown["cases"]["slow"] == {"median": 4.0, "min": 2.0, "ratio": 1.0}


def test_a_project_that_differs_stops_the_benchmark(tmp_path: Path) -> None:
    for name, text in (("one", "a"), ("two", "b")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(text)
    command.require_same(tmp_path / "one", tmp_path / "one")
    with pytest.raises(SystemExit, match="nothing was measured"):
        command.require_same(tmp_path / "one", tmp_path / "two")


def test_the_page_has_a_place_for_the_tables() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    assert page.index(command.BEGIN) < page.index("| mlops-new |") < page.index(command.END)


def test_the_bare_loop_renders_what_the_proof_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "SAMPLE", 8)
    assert set(growth.each_combination()) == {"proof", "bare Jinja loop"}


def test_what_a_choice_adds_is_reported_beside_todays_template(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine becomes slower and slower; each template with a choice more takes a tenth longer than today's."""
    seconds = iter([10.0, 11.0, 20.0, 22.0, 30.0, 33.0, 50.0, 55.0])

    def cost(what: str, _: Path) -> growth.Cost:
        took = next(seconds)
        return growth.Cost(what, 1, 1, 1, took, took)

    monkeypatch.setattr(growth, "alone", cost)
    costs = growth.growth()
    assert [one.seconds for one in costs] == [25.0, 11.0, 22.0, 33.0, 55.0]
    assert [one.seconds / one.beside for one in costs] == pytest.approx([1, 1.1, 1.1, 1.1, 1.1])
    assert growth.as_markdown(costs, {"bare Jinja loop": 1.0}).count("(1.10x)") == len(growth.NEW_CHOICES)
