"""Training rows that a model does not learn from: once it gets no better on them, its training stops."""

import numpy as np
from numpy.typing import NDArray

SHARE = 0.1


def held_out(target: NDArray[np.generic], seed: int, *, classes: bool) -> NDArray[np.bool_]:
    """Which rows are held out: the same ones for the same target and seed.

    Args:
        target: one value a row.
        seed: decides which rows.
        classes: the values are labels; one row of each is always learned from.
    """
    order = np.random.default_rng(seed).permutation(len(target))
    kept = np.unique(target[order], return_index=True)[1] if classes else [0]
    spare = np.delete(order, kept)
    chosen = np.zeros(len(target), dtype=np.bool_)
    chosen[spare[: max(1, round(SHARE * len(target)))]] = True
    return chosen
