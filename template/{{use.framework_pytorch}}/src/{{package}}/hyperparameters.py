"""The hyperparameters of the network: part of the settings, which every command reads."""

from pydantic import BaseModel, ConfigDict, Field


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
