"""The estimator and its hyperparameters, chosen here and nowhere else."""

from pydantic import BaseModel, ConfigDict, Field
from xgboost import XGBRegressor


class ModelSettings(BaseModel):
    """Hyperparameters; see xgboost.XGBRegressor."""

    model_config = ConfigDict(extra="forbid")

    trees: int = Field(default=100, gt=0, description="n_estimators: boosting rounds")
    depth: int = Field(default=3, gt=0, description="max_depth of a tree")
    learning_rate: float = Field(default=0.1, gt=0, le=1, description="smaller values need more trees")
    threads: int = Field(default=1, gt=0, description="more are faster; sums may then differ in the last digit")


def estimator(settings: ModelSettings, seed: int) -> XGBRegressor:
    """The untrained estimator."""
    return XGBRegressor(
        n_estimators=settings.trees,
        max_depth=settings.depth,
        learning_rate=settings.learning_rate,
        n_jobs=settings.threads,
        random_state=seed,
    )
