"""The model card: what a model is made of, how good it is and where it fails, as Markdown.

Names and values from data are escaped, so that none of them becomes markup.
"""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from .importance import Importance
from .slices import Fairness, Slice, number

ROWS = 10
"""Number of the worst slices, classes and gaps that are shown."""

COLUMNS = 100
"""Number of the columns that are listed."""

TO_WRITE = "> **To be written by a person.**"
"""The placeholder for what only a person can write."""


@dataclass(frozen=True)
class Column:
    """One column of the training table: its type and role, and whether values may be missing."""

    name: str
    kind: str
    role: str
    optional: bool


@dataclass(frozen=True)
class Origin:
    """The data and code that a model was made from.

    Attributes:
        source: where the table came from, without credentials.
        training_rows: rows that the model was trained on.
        test_rows: rows that it was evaluated on.
        run: id of the run.
        date: date of the run in ISO 8601.
        data_sha256: hash of the table.
        code_commit: Git commit of the code.
        columns: the columns of the table.
    """

    source: str
    training_rows: int
    test_rows: int
    run: str
    date: str
    data_sha256: str
    code_commit: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Quality:
    """The model's scores beside others on the same rows, and the gate's decision.

    Attributes:
        gate_metric: name of the metric that the gate decides by.
        passed: whether the model passed.
        reasons: why it did not pass, or remarks on the comparison.
        model: metric → value.
        baseline: metrics of a trivial baseline; None without one.
        champion: metrics of the champion; None if there is none or it could not be compared.
    """

    gate_metric: str
    passed: bool
    reasons: Sequence[str]
    model: Mapping[str, float]
    baseline: Mapping[str, float] | None = None
    champion: Mapping[str, float] | None = None


@dataclass(frozen=True)
class CardFacts:
    """Everything that a model card says.

    Attributes:
        name: name of the model.
        target: the column that is predicted.
        labels: the classes; empty for a number.
        origin: what the model was made of.
        quality: how good it is.
        details: the result of `evaluation.details`.
        slices: parts of the rows, worst first.
        fairness: comparison of groups; None if no column was chosen.
        threshold: the effect of the decision threshold, as a sentence; empty without one.
        importances: most important column first.
        loss: the loss that importance is measured in.
        figures: names of the files, relative to the card.
        intended_use: what a person wrote about it, as Markdown.
        limits: the model's limits, written by a person as Markdown.
        written_in: the file in which a person writes both.
    """

    name: str
    target: str
    labels: Sequence[str]
    origin: Origin
    quality: Quality
    details: Mapping[str, Any] = field(default_factory=dict)
    slices: Sequence[Slice] = ()
    fairness: Fairness | None = None
    threshold: str = ""
    importances: Sequence[Importance] = ()
    loss: str = ""
    figures: Sequence[str] = ()
    intended_use: str = ""
    limits: str = ""
    written_in: str = "config.toml"


def model_card(facts: CardFacts) -> str:
    """Render the card, one sentence per line; the same facts give the same text."""
    parts = [
        f"# Model card: {escaped(facts.name)}",
        _purpose(facts),
        "## What it was trained on",
        *_origin(facts.origin),
        "## How good it is",
        *_quality(facts.quality),
        *_decision(facts),
        "## Where it fails",
        *_failures(facts),
        *_reliance(facts),
        *_pictures(facts.figures),
        "## Intended use",
        facts.intended_use.strip()
        or _to_write("Who may use the predictions, for which decisions, and for which not.", facts.written_in),
        "## Limits",
        facts.limits.strip()
        or _to_write("What the data does not cover, and when a person has to look.", facts.written_in),
    ]
    return "\n\n".join(parts) + "\n"


def escaped(value: object) -> str:
    """Return text from data on one line, with Markdown and HTML escaped, safe in a cell of a table."""
    line = html.escape(" ".join(str(value).split()), quote=False)
    line = re.sub(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", line)  # within a word it is no markup
    return re.sub(r"^(\d*)([-+#.)]+)(?=\s|$)", r"\1\\\2", line)  # escape what would begin a list or a heading


def code(value: object) -> str:
    """Return text from data as code, for use outside of tables."""
    line = " ".join(str(value).split())
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{ticks} {line} {ticks}" if "`" in line else f"{ticks}{line}{ticks}"


def _purpose(facts: CardFacts) -> str:
    if not facts.labels:
        return f"The model predicts the number {escaped(facts.target)}."
    shown = ", ".join(map(escaped, facts.labels[: 2 * ROWS]))
    more = f" and {len(facts.labels) - 2 * ROWS} more" if len(facts.labels) > 2 * ROWS else ""
    return f"The model predicts {escaped(facts.target)}, one of {len(facts.labels)} classes: {shown}{more}."


def _origin(origin: Origin) -> list[str]:
    lines = [
        f"Source: {code(origin.source)}",
        f"Rows: {origin.training_rows:,} for training, {origin.test_rows:,} for evaluation",
        f"Run: {code(origin.run)} of {escaped(origin.date)}",
        f"SHA-256 of the data: {code(origin.data_sha256)}",
        f"Commit of the code: {code(origin.code_commit)}",
    ]
    cells = [
        (escaped(column.name), escaped(column.kind), escaped(column.role), "yes" if column.optional else "no")
        for column in origin.columns[:COLUMNS]
    ]
    more = len(origin.columns) - COLUMNS
    note = [f"{more} further columns are not listed."] if more > 0 else []
    return [_list(lines), _table(["column", "type", "role", "may be missing"], cells), *note]


def _quality(quality: Quality) -> list[str]:
    verdict = "passed" if quality.passed else "did not pass"
    sentence = f"The model {verdict} the quality gate, which decides by {escaped(quality.gate_metric)}."
    others = {"baseline": quality.baseline, "champion": quality.champion}
    beside = {name: values for name, values in others.items() if values is not None}
    names = dict.fromkeys([quality.gate_metric, *sorted(quality.model)])
    cells = [
        (escaped(name), *(_number(values.get(name)) for values in (quality.model, *beside.values()))) for name in names
    ]
    absent = [f"It is compared with no {name}." for name in others if name not in beside]
    return [
        "\n".join([sentence, *absent]),
        *([_list(map(escaped, quality.reasons))] if quality.reasons else []),
        _table(["metric", "this model", *beside], cells),
    ]


def _decision(facts: CardFacts) -> list[str]:
    return ["### Decision threshold", escaped(facts.threshold)] if facts.threshold else []


def _failures(facts: CardFacts) -> list[str]:
    parts = [
        *_worst_slices(facts.slices, facts.quality),
        *_worst_classes(facts.details.get("classes", ())),
        *_largest_errors(facts.details, facts.target),
        *_gaps(facts.fairness),
    ]
    return parts or ["There are too few rows to tell."]


def _worst_slices(slices: Sequence[Slice], quality: Quality) -> list[str]:
    if not slices:
        return []
    metrics = list(slices[0].metrics)
    in_all = ", ".join(f"{escaped(name)} {number(quality.model[name])}" for name in metrics if name in quality.model)
    whole = [f"All rows together: {in_all}."] if in_all else []
    cells = [
        (
            escaped(part.column),
            escaped(part.value),
            f"{part.rows:,}",
            *(_number(part.metrics.get(name)) for name in metrics),
        )
        for part in slices[:ROWS]
    ]
    return [
        "### Parts of the rows",
        "\n".join(["The worst parts come first.", *whole, "The fewer rows a part has, the more of it is chance."]),
        _table(["column", "value", "rows", *metrics], cells),
    ]


def _worst_classes(classes: Sequence[Mapping[str, Any]]) -> list[str]:
    judged = [score for score in classes if score["support"] and score["f1"] is not None]
    if not judged:
        return []
    measures = ("precision", "recall", "f1")
    cells = [
        (escaped(score["label"]), f"{score['support']:,}", *(_number(score[name]) for name in measures))
        for score in sorted(judged, key=lambda score: (score["f1"], score["label"]))[:ROWS]
    ]
    return ["### Classes", "The worst classes come first.", _table(["class", "rows", *measures], cells)]


def _largest_errors(details: Mapping[str, Any], target: str) -> list[str]:
    if not details.get("deciles"):
        return []
    errors, residuals = details["absolute_errors"], details["residuals"]
    worst = max(details["deciles"], key=lambda decile: decile["mae"])
    return [
        "### Errors",
        f"Half of the predictions are off by less than {number(errors['p50'])}.\n"
        f"One in twenty is off by {number(errors['p95'])} to {number(errors['p100'])}.\n"
        f"The true {escaped(target)} minus the predicted one is between {number(residuals['p00'])} and "
        f"{number(residuals['p100'])}.\n"
        f"Predictions from {number(worst['lower'])} to {number(worst['upper'])} are worst: "
        f"in the mean off by {number(worst['mae'])}.",
    ]


def _gaps(fairness: Fairness | None) -> list[str]:
    if fairness is None:
        return []
    groups = ", ".join(f"{escaped(group.value)} ({group.rows:,} rows)" for group in fairness.groups) or "none"
    sentence = f"Groups by {escaped(fairness.column)} with enough rows: {groups}."
    if fairness.rows_left_out:
        sentence += f"\n{fairness.rows_left_out:,} rows are in groups that are too small to judge."
    cells = [
        (escaped(gap.metric), escaped(gap.lowest), escaped(gap.highest), number(gap.size))
        for gap in fairness.gaps[:ROWS]
    ]
    table = [_table(["metric", "lowest in", "highest in", "gap"], cells)] if cells else []
    return ["### Groups", sentence, *table]


def _reliance(facts: CardFacts) -> list[str]:
    if not facts.importances:
        return []
    cells = [
        (escaped(importance.column), number(importance.mean), number(importance.deviation))
        for importance in facts.importances[: 2 * ROWS]
    ]
    return [
        "## What it relies on",
        f"Importance is how much {escaped(facts.loss)} grows when the values of a column are shuffled.\n"
        "Of two columns that say the same, each looks unimportant.",
        _table(["column", "importance", "deviation"], cells),
    ]


def _pictures(names: Sequence[str]) -> list[str]:
    if not names:
        return []
    links = [f"![{PurePosixPath(name).stem.replace('_', ' ')}]({name})" for name in sorted(names)]
    return ["## Figures", *links]


def _to_write(what: str, where: str) -> str:
    return f"{TO_WRITE}\n> {what}\n> The place to write it is {code(where)}."


def _number(value: float | None) -> str:
    return "" if value is None else number(value)


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    cells = [map(escaped, names), ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
