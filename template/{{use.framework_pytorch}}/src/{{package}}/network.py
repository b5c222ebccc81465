"""A neural network for tables with the methods of scikit-learn, and its hyperparameters.

PyTorch takes seconds to import, so it is imported by what computes, and not by every command that reads the settings.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.base import BaseEstimator

Weights = dict[str, NDArray[np.float32]]
Target = NDArray[np.int64] | NDArray[np.float32]


class ModelSettings(BaseModel):
    """Hyperparameters, and how many processes train."""

    model_config = ConfigDict(extra="forbid")

    layers: int = Field(default=2, ge=0, description="hidden layers")
    width: int = Field(default=64, gt=0, description="neurons of each hidden layer")
    epochs: int = Field(default=30, gt=0, description="how often each row is seen")
    batch_size: int = Field(default=64, gt=0, description="rows of one step, those of all workers together")
    learning_rate: float = Field(default=0.003, gt=0, le=1, description="of the optimiser AdamW")
    weight_decay: float = Field(default=0.01, ge=0, description="greater values regularise more")
    workers: int = Field(default=1, gt=0, description="processes that train together, each on its share of the rows")
    threads: int = Field(default=1, gt=0, description="more are faster; sums may then differ in the last digit")


class Network(BaseEstimator):  # type: ignore[misc] # scikit-learn has no types
    """What classifier and regressor have in common."""

    def __init__(self, settings: ModelSettings, seed: int) -> None:
        """An untrained network."""
        self.settings = settings
        self.seed = seed

    def learn(self, features: NDArray[np.float64], target: Target, outputs: int) -> None:
        """Train with one row of `target` a row of features; whole numbers are classes."""
        from .training import Task, train

        self.weights_ = train(
            Task(
                features=np.asarray(features, dtype=np.float32),
                target=target,
                outputs=outputs,
                settings=self.settings,
                seed=self.seed,
            )
        )

    def outputs(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the trained network answers, one row a row of features."""
        from .training import forward

        return forward(self.weights_, np.asarray(features, dtype=np.float64))

    def __getstate__(self) -> dict[str, Any]:
        """What a file of the model holds: settings as plain values, since those of pydantic have no fixed order.

        How many workers there were is left out: the weights say it all.
        """
        return {**super().__getstate__(), "settings": self.settings.model_dump(exclude={"workers"})}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore the model from what a file holds."""
        super().__setstate__({**state, "settings": ModelSettings(**state["settings"])})
