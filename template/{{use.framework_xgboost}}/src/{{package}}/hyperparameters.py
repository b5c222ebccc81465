"""The hyperparameters of the estimator: part of the settings, which every command reads."""

from pydantic import BaseModel, ConfigDict, Field


class ModelSettings(BaseModel):
    """Hyperparameters; see xgboost.XGBClassifier and XGBRegressor."""

    model_config = ConfigDict(extra="forbid")

    trees: int = Field(default=100, gt=0, description="n_estimators: boosting rounds")
    depth: int = Field(default=3, gt=0, description="max_depth of a tree")
    learning_rate: float = Field(default=0.1, gt=0, le=1, description="smaller values need more trees")
    threads: int = Field(default=1, gt=0, description="more are faster; sums may then differ in the last digit")
