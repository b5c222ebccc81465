"""Hyperparameters that belong to certain kinds of model; other kinds refuse them, since they would have no effect."""

from typing import Self

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, model_serializer, model_validator


class Of:
    """Marks a hyperparameter that only certain kinds of model have, as in `Annotated[int, Of("forest")]`."""

    def __init__(self, *kinds: str) -> None:
        """Name the kinds."""
        self.kinds = kinds


class KindSettings(BaseModel):
    """A kind of model and its hyperparameters; unmarked ones belong to every kind."""

    model_config = ConfigDict(extra="forbid")

    kind: str

    @classmethod
    def kinds_of(cls, name: str) -> tuple[str, ...]:
        """Return the kinds that have this hyperparameter, or nothing if all have it."""
        return next((mark.kinds for mark in cls.model_fields[name].metadata if isinstance(mark, Of)), ())

    def has(self, name: str) -> bool:
        """Return whether this kind has this hyperparameter."""
        kinds = self.kinds_of(name)
        return not kinds or self.kind in kinds

    @model_validator(mode="after")
    def _refuse_what_other_kinds_have(self) -> Self:
        for name in sorted(self.model_fields_set):
            if not self.has(name):
                kinds = " or ".join(map(repr, self.kinds_of(name)))
                raise ValueError(f"{name} belongs to kind {kinds}, and kind is {self.kind!r}; leave it out or set kind")
        return self

    @model_serializer(mode="wrap")
    def _only_what_this_kind_has(self, serialize: SerializerFunctionWrapHandler) -> dict[str, object]:
        return {name: value for name, value in serialize(self).items() if self.has(name)}
