"""The pipeline definitions that projects ship: how one template is made of what several projects write."""

from collections.abc import Iterator, Mapping
from itertools import combinations, product
from pathlib import Path

import pytest
from conftest import ROOT
from jinja2.sandbox import SandboxedEnvironment

from scripts import definitions
from scripts.definitions import DefinitionError, Project, defined, engines, merged, sample, templated

SHIPPED = {
    "argo": "deploy/argo/pipeline.yaml",
    "azureml": "infra/pipeline.azureml.yml",
    "kubeflow": "deploy/kubeflow/pipeline.yaml",
    "sagemaker": "infra/pipeline.sagemaker.json",
    "stepfunctions": "infra/state_machine.asl.json",
    "vertex": "deploy/vertex/pipeline.yaml",
}
FEATURES = ("cron", "tracking_server", "use.cloud_azure")


def rendered(template: str, **names: object) -> str:
    """What a template gives a project."""
    return SandboxedEnvironment(keep_trailing_newline=True).from_string(template).render(names)


def on(features: Mapping[str, bool]) -> dict[str, object]:
    """Features as a template has them."""
    use = {name.removeprefix("use."): "." for name, value in features.items() if value and name.startswith("use.")}
    return {name: value for name, value in features.items() if not name.startswith("use.")} | {"use": use}


def definition(features: Mapping[str, bool]) -> str:
    """What a project with these features writes: lines that differ stand side by side, and some occur twice."""

    def lines() -> Iterator[str]:
        for step in ("ingest", "train"):
            yield f"{step}:"
            if features["cron"] and step == "train":
                yield from ("  selector:", "    labels:", "      gpu: true")
            if features["use.cloud_azure"]:
                yield from ("  metadata:", "    labels:", "      identity: true")
            yield "  server: a" if features["tracking_server"] else "  folder: b"
            yield "  size: large" if features["cron"] and step == "train" else "  size: small"

    return "\n".join([*lines(), ""])


def every() -> list[dict[str, bool]]:
    """All combinations of features."""
    return [dict(zip(FEATURES, values, strict=True)) for values in product((False, True), repeat=len(FEATURES))]


def test_every_definition_that_projects_write_is_written_here() -> None:
    assert {engine.name: engine.path for engine in engines()} == SHIPPED
    for engine in engines():
        assert engine.target.read_text(encoding="utf-8").startswith(definitions.HEAD)


def test_an_engine_without_a_definition_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        definitions.main(["--check", "--only", "prefect"])
    assert "no engine 'prefect' has a definition" in capsys.readouterr().err


def test_whatever_a_definition_contains_comes_out_again() -> None:
    text = "a_b: ${{a-b}} {{=x}} {% y %} {# z #} A_B_URI '}}' { } {{{ {{ '{{' }}\n"
    template = templated(text, {"a-b": "{{ name }}", "a_b": "{{ package }}", "A_B": "{{ package | upper }}"})
    assert rendered(template, name="a-b", package="a_b") == text
    assert rendered(template, name="c", package="d").startswith("d: ${{c}} {{=x}} {% y %} {# z #} D_URI")


def test_one_template_gives_each_project_its_own_definition() -> None:
    some = sample([tuple(features.items()) for features in every()], 2)
    features = [dict(row) for row in some]
    template, mixed = merged([definition(each) for each in features], features)
    assert mixed == []
    assert [rendered(template, **on(each)) for each in every()] == [definition(each) for each in every()]
    assert template.count("{% if use.cloud_azure %}") == 2
    assert "not cron and" not in template


def test_a_line_that_depends_on_two_answers_is_reported() -> None:
    texts = ["a\n" if each["cron"] and each["use.cloud_azure"] else "b\n" for each in every()]
    template, mixed = merged(texts, every())
    assert {frozenset(names) for names in mixed} == {frozenset({"cron", "use.cloud_azure"})}
    assert [rendered(template, **on(each)) for each in every()] == texts


def test_a_difference_that_nothing_explains_is_refused() -> None:
    features = {"cron": True, "tracking_server": True}
    with pytest.raises(DefinitionError, match="differ although"):
        merged(["a\n", "b\n"], [features, features])


def test_lines_in_another_order_are_refused() -> None:
    with pytest.raises(DefinitionError, match="different orders"):
        merged(["a\nb\n", "b\na\n"], [{"cron": True}, {"cron": False}])


def test_the_only_line_may_differ() -> None:
    template, _ = merged(["a\n", "b\n"], [{"cron": True}, {"cron": False}])
    assert template == "{% if cron %}a\n{% endif %}{% if not cron %}b\n{% endif %}"


@pytest.mark.parametrize("strength", [1, 2, 3])
def test_a_sample_has_all_values_that_occur_together(strength: int) -> None:
    rows = [tuple(features.items()) for features in every() if not (features["cron"] and features["use.cloud_azure"])]
    some = sample(rows, strength)
    assert {values for row in some for values in combinations(row, strength)} == {
        values for row in rows for values in combinations(row, strength)
    }
    assert len(some) == len(set(some)) <= len(rows)


def test_a_definition_is_written_once_as_long_as_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "CACHE", tmp_path / "cache")
    count = tmp_path / "count"
    recipe = f"definition:\n\tcp src/a.py out/a.yaml\n\techo >> {count}\n"

    def write(code: str) -> str:
        return defined(Project({}, {"Makefile": recipe.encode(), "src/a.py": code.encode()}), "out/a.yaml", tmp_path)

    assert [write("a = 1\n"), write("a = 1\n"), write("a = 2\n")] == ["a = 1\n", "a = 1\n", "a = 2\n"]
    assert count.read_text() == "\n\n"


def test_why_a_definition_could_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(definitions, "CACHE", tmp_path / "cache")
    project = Project({}, {"Makefile": b"definition:\n\t@echo no such SDK >&2; exit 3\n"})
    with pytest.raises(DefinitionError, match="no such SDK"):
        defined(project, "out/a.yaml", tmp_path)
    assert not (tmp_path / "cache").exists()


def test_what_decides_a_definition_is_part_of_what_it_is_known_by() -> None:
    (engine,) = engines("argo")
    assert {"cron", "use.framework_pytorch"} <= set(engine.names)
    for project in engine.projects:
        assert {"Makefile", "config.toml", "uv.lock"} <= project.files.keys()
        assert {path.rpartition("/")[2] for path in project.files} >= {"orchestration.py", "pipeline.py", "settings.py"}
    assert engine.target.is_relative_to(ROOT / "template")
