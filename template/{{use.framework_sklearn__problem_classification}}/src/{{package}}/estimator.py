"""The estimator and its hyperparameters, chosen here and nowhere else."""

from pydantic import BaseModel, ConfigDict, Field
from sklearn.linear_model import LogisticRegression


class ModelSettings(BaseModel):
    """Hyperparameters; see sklearn.linear_model.LogisticRegression."""

    model_config = ConfigDict(extra="forbid")

    inverse_regularisation: float = Field(default=1.0, gt=0, description="C: smaller values regularise more")
    max_iterations: int = Field(default=1000, gt=0)


def estimator(settings: ModelSettings, seed: int) -> LogisticRegression:
    """The untrained estimator."""
    return LogisticRegression(C=settings.inverse_regularisation, max_iter=settings.max_iterations, random_state=seed)
