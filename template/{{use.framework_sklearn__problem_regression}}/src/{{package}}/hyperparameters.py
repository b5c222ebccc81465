"""The hyperparameters of the estimator: part of the settings, which every command reads."""

from pydantic import BaseModel, ConfigDict, Field


class ModelSettings(BaseModel):
    """Hyperparameters; see sklearn.linear_model.Ridge."""

    model_config = ConfigDict(extra="forbid")

    regularisation: float = Field(default=1.0, ge=0, description="alpha: greater values regularise more")
