"""The estimator and its hyperparameters, chosen here and nowhere else."""

from pydantic import BaseModel, ConfigDict, Field
from sklearn.linear_model import Ridge


class ModelSettings(BaseModel):
    """Hyperparameters; see sklearn.linear_model.Ridge."""

    model_config = ConfigDict(extra="forbid")

    regularisation: float = Field(default=1.0, ge=0, description="alpha: greater values regularise more")


def estimator(settings: ModelSettings, seed: int) -> Ridge:
    """The untrained estimator."""
    return Ridge(alpha=settings.regularisation, random_state=seed)
