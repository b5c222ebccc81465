"""What serving patterns and detectors declare as signals: in the documented form, exported, and explained."""

import ast
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pytest
import yaml
from conftest import ROOT

from mlops_new.catalog import load
from mlops_new.overlays import CORE, folder, overlays
from mlops_new.questionnaire import Questionnaire
from proof.renderings import Answers, Renderer
from proof.space import offered
from proof.trace import TracedTemplate

SLOTS = ("sources_yml", "metrics_yml", "alerts_yml", "panels_yml")
FILE = f"{CORE}/signals.yml.jinja"
TEXT = '{% from "template/_includes/slots.jinja" import slot with context -%}\n' + "".join(
    f'{name}:\n{{{{ slot("{name}") }}}}' for name in SLOTS
)
KINDS = {
    "Counter": "counter",
    "Gauge": "gauge",
    "GaugeMetricFamily": "gauge",
    "Histogram": "histogram",
    "Summary": "summary",
}
"""Class of prometheus_client → kind of its metrics."""
DURATION = re.compile(r"\d+[mhd]")
PLACE = re.compile(r"{(\w+)}")

Entry = Mapping[str, Any]


class Signals(NamedTuple):
    """A distinct declaration, and answers of a project that has it."""

    answers: Answers
    entries: Mapping[str, Sequence[Entry]]

    @property
    def sources(self) -> Sequence[Entry]:
        """Where metrics come from."""
        return self.entries["sources_yml"]

    @property
    def metrics(self) -> Mapping[str, Entry]:
        """The metrics by their names."""
        return {metric["name"]: metric for metric in self.entries["metrics_yml"]}

    @property
    def alerts(self) -> Sequence[Entry]:
        """The alerts."""
        return self.entries["alerts_yml"]

    @property
    def drawn(self) -> Sequence[Entry]:
        """What panels draw."""
        return [drawn for panel in self.entries["panels_yml"] for drawn in panel["draw"]]

    @property
    def measured(self) -> Sequence[Entry]:
        """All that alerts and panels measure."""
        compared = [alert[side] for alert in self.alerts for side in ("when", "above") if side in alert]
        return [*(side for side in compared if isinstance(side, dict)), *self.drawn]


@pytest.fixture(scope="module")
def renderer(tmp_path_factory: pytest.TempPathFactory) -> Renderer:
    """The template, with a file that has the declarations as they are."""
    root = tmp_path_factory.mktemp("signals") / "repository"
    for name in ("template", "questions"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "copier.yml", root)
    (root / "template" / FILE).write_text(TEXT)
    return Renderer(TracedTemplate(root, load(root)), Questionnaire(root, root / "my-project"), {"_src_path": "here"})


@pytest.fixture(scope="module")
def every(renderer: Renderer) -> list[Signals]:
    """The signals of all projects, each distinct declaration once."""
    examples = list(renderer.examples([FILE], offered(renderer.questionnaire)))
    assert len(examples) > 50
    return [Signals(answers, yaml.safe_load(rendered(renderer, FILE, answers))) for answers in examples]


def rendered(renderer: Renderer, file: str, answers: Answers) -> str:
    """What a file of the template renders to; nothing if a project does not have it."""
    rendering = renderer.rendering(file, answers)
    return rendering.content.decode() if rendering else ""


def documented(first: str) -> list[dict[str, list[str]]]:
    """The rows of the table in docs/template.md whose first column has that name: column → names in a row's cell."""
    page = (ROOT / "docs" / "template.md").read_text(encoding="utf-8")
    section = page.partition("\n## Signals\n")[2].partition("\n## ")[0]
    [table] = [text for text in section.split("\n\n") if text.startswith(f"| {first} |")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return [dict(zip(head, [re.findall(r"`([^`]+)`", cell) for cell in row], strict=True)) for row in rows]


def test_entries_have_the_documented_form_and_use_all_of_it(every: list[Signals]) -> None:
    rows = {row["slot"][0]: row for row in documented("slot")}
    assert set(rows) == set(SLOTS)
    for slot, row in rows.items():
        entries = [entry for signals in every for entry in signals.entries[slot]]
        needed, possible = set(row["an entry has"]), {*row["an entry has"], *row["it may have"]}
        assert [entry for entry in entries if not needed <= entry.keys() <= possible] == []
        assert {key for entry in entries for key in entry} == possible


def test_what_is_measured_has_the_documented_form_and_uses_all_of_it(every: list[Signals]) -> None:
    rows = {(row["measure"][0], row["of"][0]): row for row in documented("measure")}
    used = set()
    for signals in every:
        kinds = {source["name"]: "source" for source in signals.sources}
        kinds |= {name: metric["kind"] for name, metric in signals.metrics.items()}
        for measured in signals.measured:
            key = measured["measure"], kinds[measured["of"]]
            needed = {"measure", "of", *rows[key]["it has"]}
            assert needed <= measured.keys() <= {*needed, *rows[key]["it may have"], "legend"}, measured
            assert {kinds[name] for name in measured.get("among", [])} <= {"gauge"}
            used.add(key)
    assert used == set(rows)


def test_values_are_of_the_documented_kinds(every: list[Signals]) -> None:
    for signals in every:
        assert [source for source in signals.sources if ("port" in source) == ("file" in source)] == []
        assert {metric["kind"] for metric in signals.metrics.values()} <= set(KINDS.values())
        assert {metric.get("unit") for metric in signals.metrics.values()} <= {None, "seconds", "rows"}
        for alert in signals.alerts:
            assert DURATION.fullmatch(alert["for"])
            assert alert["severity"] in {"page", "ticket"}
            assert alert.get("retrain", True) is True
            assert is_threshold(alert.get("above"), alert["when"]["measure"]), alert
            assert "over" in alert["when"] or alert["when"]["measure"] != "quantile"
        assert {panel["form"] for panel in signals.entries["panels_yml"]} <= {"lines", "number", "name"}
        for drawn in signals.drawn:
            assert "legend" in drawn
            assert isinstance(drawn.get("over", ""), str)
        for measured in signals.measured:
            over = measured.get("over", [])
            assert all(DURATION.fullmatch(one) for one in ([over] if isinstance(over, str) else over))


def is_threshold(above: object, measure: str) -> bool:
    """Whether something can be the threshold of what an alert measures."""
    if measure == "down":
        return above is None
    if measure == "age":
        return isinstance(above, str) and DURATION.fullmatch(above) is not None
    return isinstance(above, dict if measure == "value" else int | float)


def test_labels_are_those_of_the_metric(every: list[Signals]) -> None:
    for signals in every:
        for measured in signals.measured:
            labels = signals.metrics.get(measured["of"], {}).get("labels", [])
            assert {measured.get("by"), *measured.get("where", {})} <= {None, *labels}
            assert set(PLACE.findall(measured.get("legend", ""))) <= {measured.get("by")}
        for alert in signals.alerts:
            assert set(PLACE.findall(alert["summary"])) <= {"value", alert["when"].get("by")}


def test_the_code_exports_what_is_declared_and_nothing_else(renderer: Renderer, every: list[Signals]) -> None:
    for signals in every:
        found = {
            ast.literal_eval(call.args[0]): (kind, literal(call, ast.List) or [])
            for kind, call in exported(renderer, signals.answers)
        }
        assert found == {name: (metric["kind"], metric.get("labels", [])) for name, metric in signals.metrics.items()}


def exported(renderer: Renderer, answers: Answers) -> Iterator[tuple[str, ast.Call]]:
    """Kind and declaration of each metric in the code of a project."""
    template = renderer.template.root / "template"
    for file in renderer.template.files:
        if "/src/" in file and "prometheus_client" in (template / file).read_text(encoding="utf-8"):
            for node in ast.walk(ast.parse(rendered(renderer, file, answers))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                    yield KINDS[node.func.id], node


def literal(call: ast.Call, kind: type[ast.expr]) -> list[Any] | tuple[Any, ...] | None:
    """The argument of a call that is a literal of some kind; None if there is none."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return next((ast.literal_eval(value) for value in given if isinstance(value, kind)), None)


def test_a_histogram_can_tell_what_an_alert_asks_of_it(renderer: Renderer, every: list[Signals]) -> None:
    """No quantile of it is above its last limit, so an alert above that would never fire."""
    compared = 0
    for signals in every:
        for alert in signals.alerts:
            if alert["when"]["measure"] == "quantile":
                declared = {ast.literal_eval(call.args[0]): call for _, call in exported(renderer, signals.answers)}
                limits = literal(declared[alert["when"]["of"]], ast.Tuple) or ()
                assert alert["above"] < max(limits)
                compared += 1
    assert compared > 10


def test_thresholds_are_those_of_the_answers(every: list[Signals]) -> None:
    """No other test would notice a wrong one, since a provider's own tests have it from the same place."""
    slow = {"realtime": 0.1, "interactive": 1}
    old = {"hourly": "1d", "daily": "2d", "weekly": "14d", "monthly": "62d"}
    for signals in every:
        above = {alert["name"]: alert.get("above") for alert in signals.alerts}
        if "ServingDown" in above:
            assert above.get("SlowPredictions") == slow.get(str(signals.answers["latency"]))
            assert above.get("OldModel") == old.get(str(signals.answers["retraining"]))


def test_every_alert_has_a_section_in_the_runbook(renderer: Renderer) -> None:
    [rules] = [file for file in renderer.template.files if file.endswith("/rules.yml.jinja")]
    written = {
        text: answers
        for answers in renderer.examples([rules], offered(renderer.questionnaire))
        if (text := rendered(renderer, rules, answers))
    }
    assert len(written) > 20
    for text, answers in written.items():
        runbook = rendered(renderer, f"{CORE}/docs/runbook.md.jinja", answers)
        [group] = yaml.safe_load(text)["groups"]
        links = [rule["annotations"]["runbook"] for rule in group["rules"]]
        headings = [heading.lower() for heading in re.findall(r"(?m)^### (\w+)$", runbook)]
        assert len(links) > 1
        assert [link for link in links if link not in {f"docs/runbook.md#{name}" for name in headings}] == []


def test_a_provider_knows_no_pattern_and_no_detector() -> None:
    template = ROOT / "template"
    providers = [name for name in overlays(template) if name.startswith("monitoring/")]
    assert [name for name in providers if re.search("/(serving|drift)_", name)] == []
    names = re.compile(r"\b(serving|drift|problem|latency|retraining)(_|\b)")
    for name in providers:
        for path in folder(template, name).rglob("*.jinja"):
            asked = re.findall(r"{[{%].*?[%}]}", path.read_text(encoding="utf-8"))
            assert [tag for tag in asked if names.search(tag)] == [], path
