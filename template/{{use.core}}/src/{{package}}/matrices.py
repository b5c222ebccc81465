"""Features as numbers: a dense matrix, or a sparse one if most are zero, as with one-hot encoded categories."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, issparse

Matrix: TypeAlias = NDArray[np.float64] | csr_matrix
Number = TypeVar("Number", np.float32, np.float64)

BATCH_ROWS = 10_000


def dense(features: Matrix, dtype: type[Number]) -> NDArray[Number]:
    """Return all rows with their zeros stored; a dense matrix is copied only if its type changes."""
    if issparse(features):
        written: NDArray[Number] = csr_matrix(features, dtype=dtype).toarray()
        return written
    return np.asarray(features, dtype=dtype)


def answer(
    function: Callable[[NDArray[Number]], NDArray[Number]], features: Matrix, dtype: type[Number]
) -> NDArray[Number]:
    """Apply a function of dense rows to all rows; a sparse matrix is converted a few rows at a time."""
    if not issparse(features):
        return function(dense(features, dtype))
    starts = range(0, max(features.shape[0], 1), BATCH_ROWS)
    return np.concatenate([function(dense(features[start : start + BATCH_ROWS], dtype)) for start in starts])
