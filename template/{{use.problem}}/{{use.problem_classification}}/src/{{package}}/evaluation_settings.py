"""Settings of the optional parts of an evaluation; every command reads them."""

from pydantic import BaseModel, ConfigDict, Field, model_validator


class EvaluationSettings(BaseModel):
    """Settings of the evaluation."""

    model_config = ConfigDict(extra="forbid")

    slices: tuple[str, ...] = Field(default=(), description="columns whose values are evaluated separately")
    fairness: str = Field(default="", description="column whose groups should be treated alike; empty: none")
    positive: str = Field(default="", description="the class of interest; empty: all classes")
    goal: str = Field(
        default="",
        pattern=r"^(f1|(precision|recall)>=(0?\.\d+|1)|cost=\d+(\.\d+)?:\d+(\.\d+)?)?$",
        description="goal of the decision threshold for this class: f1, recall>=0.9, precision>=0.9, cost=5:1",
    )
    figures: bool = Field(default=True, description="whether to draw figures")

    @model_validator(mode="after")
    def _goal_has_a_class(self) -> "EvaluationSettings":
        if self.goal and not self.positive:
            raise ValueError(
                f"goal {self.goal!r} needs the class that it is for: set positive under [evaluation] in config.toml, "
                'such as positive = "yes"'
            )
        return self
