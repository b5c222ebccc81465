"""Settings of the optional parts of an evaluation; every command reads them."""

from pydantic import BaseModel, ConfigDict, Field


class EvaluationSettings(BaseModel):
    """Settings of the evaluation."""

    model_config = ConfigDict(extra="forbid")

    slices: tuple[str, ...] = Field(default=(), description="columns whose values are evaluated separately")
    fairness: str = Field(default="", description="column whose groups should be treated alike; empty: none")
    figures: bool = Field(default=True, description="whether to draw figures")
