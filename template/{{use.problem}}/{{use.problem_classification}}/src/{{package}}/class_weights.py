"""Class weights: let rare classes count as much as frequent ones."""

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight


def row_weights(
    labels: NDArray[np.generic], given: NDArray[np.float64] | None, *, balanced: bool
) -> NDArray[np.float64] | None:
    """Return the weight of each row in training, or None if all count the same.

    Args:
        labels: one per row.
        given: weights from the table, if there are any.
        balanced: multiply them by factors that would give all classes the same sum if `given` were all equal.
    """
    if not balanced:
        return given
    found: NDArray[np.float64] = compute_sample_weight("balanced", labels)
    return found if given is None else found * given
