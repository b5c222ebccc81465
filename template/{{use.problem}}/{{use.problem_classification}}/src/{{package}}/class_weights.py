"""Weights that let rare classes count as much as frequent ones."""

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight


def row_weights(
    labels: NDArray[np.generic], given: NDArray[np.float64] | None, *, balanced: bool
) -> NDArray[np.float64] | None:
    """How much each row counts in training; None when all count the same.

    Args:
        labels: one a row.
        given: weights that the rows have themselves.
        balanced: multiply them so that all classes would have the same sum if the rows had no weights of their own.
    """
    if not balanced:
        return given
    found: NDArray[np.float64] = compute_sample_weight("balanced", labels)
    return found if given is None else found * given
