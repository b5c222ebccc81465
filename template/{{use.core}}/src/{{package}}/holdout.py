"""Training rows that are held out for early stopping: training stops once the model gets no better on them."""

import numpy as np
from numpy.typing import NDArray

SHARE = 0.1


def held_out(target: NDArray[np.generic], seed: int, *, classes: bool) -> NDArray[np.bool_]:
    """Return which rows are held out; the same target and seed give the same rows.

    Args:
        target: one value per row.
        seed: seed of the choice.
        classes: whether the values are labels; at least one row of each label is kept for training.
    """
    order = np.random.default_rng(seed).permutation(len(target))
    kept = np.unique(target[order], return_index=True)[1] if classes else [0]
    spare = np.delete(order, kept)
    chosen = np.zeros(len(target), dtype=np.bool_)
    chosen[spare[: max(1, round(SHARE * len(target)))]] = True
    return chosen
