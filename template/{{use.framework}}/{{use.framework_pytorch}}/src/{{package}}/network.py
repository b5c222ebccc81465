"""A neural network for tables, with scikit-learn's interface.

PyTorch takes seconds to import, so it is imported by functions that compute, and not when a model is unpacked.
"""

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator

from .hyperparameters import ModelSettings
from .matrices import Matrix, answer, dense

Weights = dict[str, NDArray[np.float32]]
Target = NDArray[np.int64] | NDArray[np.float32]
RowWeights = NDArray[np.float64]


class Network(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """Common base class of classifier and regressor."""

    def __init__(self, settings: ModelSettings, seed: int) -> None:
        """Create an untrained network."""
        self.settings = settings
        self.seed = seed

    def learn(self, features: Matrix, target: Target, outputs: int, row_weights: RowWeights | None = None) -> None:
        """Train with one row of `target` per row of features; integers are classes."""
        from .training import Task, train

        self.weights_ = train(
            Task(
                features=dense(features, np.float32),
                target=target,
                outputs=outputs,
                settings=self.settings,
                seed=self.seed,
                # Their mean is 1, so that a learning rate means the same with and without weights.
                row_weights=None if row_weights is None else (row_weights / row_weights.mean()).astype(np.float32),
            )
        )

    def outputs(self, features: Matrix) -> NDArray[np.float64]:
        """Return the outputs of the trained network, one row per row of features."""
        from .training import forward

        return answer(partial(forward, self.weights_), features, np.float64)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle: settings as plain values, since pydantic's have no fixed order.

        The number of workers is left out, since it does not affect predictions.
        """
        return {**super().__getstate__(), "settings": self.settings.model_dump(exclude={"workers"})}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the model from the pickled state."""
        super().__setstate__({**state, "settings": ModelSettings(**state["settings"])})
