"""The hyperparameters of the estimator: part of the settings, which every command reads."""

from pydantic import BaseModel, ConfigDict, Field


class ModelSettings(BaseModel):
    """Hyperparameters; see sklearn.linear_model.LogisticRegression."""

    model_config = ConfigDict(extra="forbid")

    inverse_regularisation: float = Field(default=1.0, gt=0, description="C: smaller values regularise more")
    max_iterations: int = Field(default=1000, gt=0)
