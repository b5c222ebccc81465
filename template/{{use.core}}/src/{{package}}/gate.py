"""The quality gate: decides whether a model may be registered and serve, with the reasons."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import NormalDist

from .baselines import Baseline
from .comparison import Comparison, NotComparable
from .evaluation import GREATER_IS_BETTER, SLICE_METRIC
from .problem import METRIC
from .settings import GateSettings


@dataclass(frozen=True)
class Earlier:
    """The champion's score when it was trained, and the number of rows in its table and in today's."""

    version: int
    value: float
    rows: int
    rows_now: int


@dataclass(frozen=True)
class Measured:
    """The measurements that the gate decides by.

    Attributes:
        value: the gate's metric on held-out rows.
        baselines: name of a baseline → its score on the same rows.
        comparison: with the champion; None without a champion.
        earlier: the champion's score when it was trained; None without a champion.
        spread: standard deviation of `value` over resamples of the held-out rows.
        classes: class → its recall, 0 to 1; empty for a regression.
        slices: name of a slice → `evaluation.SLICE_METRIC` there.
        fairness_gap: widest gap between groups, 0 to 1; None if no column was chosen.
        megabytes: size of the model file.
        milliseconds: median time of one prediction.
    """

    value: float
    baselines: Mapping[str, Baseline] = field(default_factory=dict)
    comparison: Comparison | NotComparable | None = None
    earlier: Earlier | None = None
    spread: float = 0.0
    classes: Mapping[str, float] = field(default_factory=dict)
    slices: Mapping[str, float] = field(default_factory=dict)
    fairness_gap: float | None = None
    megabytes: float = 0.0
    milliseconds: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The decision of the quality gate.

    A model that passed with a text in `doubt` is registered, but a person decides whether it serves.
    """

    passed: bool
    reasons: tuple[str, ...]
    doubt: str = ""


def decide(measured: Measured, gate: GateSettings) -> Verdict:
    """Apply the gate's limits to the measurements.

    Args:
        measured: the measurements of the model.
        gate: the limits; measurements without a limit are not checked.
    """
    reasons = tuple(_reasons(measured, gate))
    return Verdict(not reasons, reasons, doubt="" if reasons else "; ".join(_doubts(measured, gate)))


def _doubts(measured: Measured, gate: GateSettings) -> Iterator[str]:
    """Yield doubts that only a person can resolve.

    If the whole table was corrupted, so were the held-out rows, and on these a model that learned the mistakes is no
    worse than the champion. It can be detected because it is worse than the champion was when that was trained.
    """
    if isinstance(measured.comparison, NotComparable):
        found = measured.comparison
        yield f"the champion, version {found.version}, cannot be compared: {found.reason}"
    before = measured.earlier
    if before is None:
        return
    if before.rows_now < gate.rows * before.rows:
        yield f"the table has {before.rows_now} rows, that of the champion, version {before.version}, had {before.rows}"
    # Rows stay held out, so both values come from largely the same rows.
    if NormalDist(measured.value, max(measured.spread, 1e-12)).cdf(before.value) > gate.fall:
        yield (
            f"{METRIC} {measured.value:.4f} is far below the {before.value:.4f} that the champion, version "
            f"{before.version}, reached on its own table: was the table spoiled, or is the task harder now?"
        )


def _reasons(measured: Measured, gate: GateSettings) -> Iterator[str]:
    value = measured.value
    for name, baseline in measured.baselines.items():
        if not (value >= baseline.needed and baseline.reached >= gate.confidence):
            yield (
                f"{METRIC} {value:.4f} is not reliably better than {name}, which reaches {baseline.value:.4f}: "
                f"it is at least {baseline.needed:.4f} in {baseline.reached:.0%} of the resamples"
            )
    if gate.threshold is not None and not value >= gate.threshold:
        yield f"{METRIC} {value:.4f} is below gate.threshold {gate.threshold}"
    if isinstance(measured.comparison, Comparison) and measured.comparison.worse > gate.confidence:
        found = measured.comparison
        yield (
            f"{METRIC} {found.value:.4f} is below the {found.champion:.4f} of the champion, version {found.version}, "
            f"on {found.rows} rows that neither was trained on; it is worse in {found.worse:.0%} of the resamples"
        )
    yield from _floor("the recall of class", measured.classes, "gate.class_recall", gate.class_recall)
    slices = (f"{SLICE_METRIC} where", measured.slices, "gate.slice_threshold", gate.slice_threshold)
    yield from _floor(*slices, sign=1 if GREATER_IS_BETTER else -1)
    yield from _ceiling("groups differ by", measured.fairness_gap, "gate.fairness_gap", gate.fairness_gap)
    yield from _ceiling("the model file has megabytes:", measured.megabytes, "gate.megabytes", gate.megabytes)
    yield from _ceiling(
        "a prediction takes milliseconds:", measured.milliseconds, "gate.milliseconds", gate.milliseconds
    )


def _floor(what: str, found: Mapping[str, float], name: str, limit: float | None, sign: int = 1) -> Iterator[str]:
    if limit is not None:
        for key, value in found.items():
            if not sign * value >= sign * limit:
                yield f"{what} {key} is {value:.4f}, worse than {name} {limit}"


def _ceiling(what: str, value: float | None, name: str, limit: float | None) -> Iterator[str]:
    if limit is not None and value is not None and not value <= limit:
        yield f"{what} {value:.4g}, above {name} {limit}"
