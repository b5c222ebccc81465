"""Predictions without a model, or with a trivial one, that a model must beat."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .predictor import Predictor
from .problem import naive, simplest
from .resampling import Resamples, gate_value

ROWS = 10_000
"""Number of training rows that is enough for a trivial model."""

PREDICTIONS = 5


@dataclass(frozen=True)
class Baseline:
    """The score of a baseline, and how certain it is that the model is better.

    Attributes:
        value: the gate's metric on the held-out rows.
        needed: the value that a model must reach.
        reached: share of the resamples in which the model reaches the value needed there.
    """

    value: float
    needed: float
    reached: float


def baselines(
    predictor: Predictor, train: pd.DataFrame, resamples: Resamples, margin: float, seed: int
) -> Mapping[str, Baseline]:
    """Compare a model with the baselines.

    Args:
        predictor: the model; the trivial one gets the same prepared features.
        train: the rows it was trained on, with the target.
        resamples: resamples of held-out rows.
        margin: share of the gap between a baseline and the best possible value that a model must close.
        seed: seed of the guesses and the trivial model.
    """
    few, scored = train.sample(min(ROWS, len(train)), random_state=seed), resamples.scored
    prepare, names = predictor.model[:-1], predictor.schema.names
    simple = simplest(seed).fit(prepare.transform(few[names]), few[predictor.schema.target].to_numpy())
    guesses = {
        **naive(train[predictor.schema.target], len(scored), seed),
        "one question about one feature": simple.predict(prepare.transform(scored.rows)),
    }
    found = {}
    for name, guess in guesses.items():
        prediction = pd.Series(guess, index=scored.target.index)
        reached = gate_value(scored.target, prediction, scored.weights)
        surely = resamples.model >= _needed(resamples.values(prediction), margin)
        found[name] = Baseline(reached, float(_needed(np.array(reached), margin)), float(np.mean(surely)))
    return found


def latency(predictor: Predictor) -> float:
    """Measure the latency of predicting one row: the median of several calls, in seconds."""
    row = pd.DataFrame([predictor.schema.example()], dtype=object)
    seconds = []
    for _ in range(PREDICTIONS):
        started = time.perf_counter()
        predictor.predict(row)
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))


def _needed(baseline: NDArray[np.float64], margin: float) -> NDArray[np.float64]:
    return baseline + margin * (1 - baseline)
