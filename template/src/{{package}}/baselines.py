"""What needs no model, or hardly one: what a model must be better than."""

import time
from collections.abc import Mapping

import numpy as np
import pandas as pd

from .predictor import Predictor
from .problem import naive, score, simplest
from .scored import Scored

ROWS = 10_000
"""So many training rows are enough for the simplest of models."""

PREDICTIONS = 20


def baselines(predictor: Predictor, train: pd.DataFrame, scored: Scored, seed: int) -> Mapping[str, float]:
    """The gate's metric of two baselines on held-out rows.

    Args:
        predictor: the model; the simple one is given the same prepared features.
        train: the rows it was trained on, with the target.
        scored: the held-out rows.
        seed: of the simple model.
    """
    target = train[predictor.schema.target]
    few = train.sample(min(ROWS, len(train)), random_state=seed)
    prepare, names = predictor.model[:-1], predictor.schema.names
    simple = simplest(seed).fit(prepare.transform(few[names]), few[predictor.schema.target].to_numpy())
    predictions = {
        "always predicting the same": pd.Series(naive(target), index=scored.target.index),
        "one question about one feature": pd.Series(
            simple.predict(prepare.transform(scored.rows)), index=scored.target.index
        ),
    }
    everything = np.arange(len(scored))[None]
    return {
        name: float(score(scored.target, found, everything, scored.weights)[0]) for name, found in predictions.items()
    }


def latency(predictor: Predictor) -> float:
    """How long the prediction of one row takes, in seconds: the median of some."""
    row = pd.DataFrame([predictor.schema.example()])
    seconds = []
    for _ in range(PREDICTIONS):
        started = time.perf_counter()
        predictor.predict(row)
        seconds.append(time.perf_counter() - started)
    return float(np.median(seconds))
