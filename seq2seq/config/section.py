"""Base class for the sections of a configuration, and the types that several of them share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationInfo,
    field_validator,
)
from pydantic_core import core_schema

from seq2seq.config.names import plugin_of, problem_with_name

Fraction = Annotated[float, Field(ge=0, le=1)]
"""Number between 0 and 1."""


@dataclass(frozen=True)
class OneOf:
    """Constraint of a setting to the names in the registry of a kind.

    If a plug-in has registered the name, it is added to the validation context, a set of modules.

    Attributes:
        kind: Kind of the names, such as "cell".
        until: Character at which the name ends, such as ":" in "spacy:de_core_news_sm". By
            default the whole value is the name.
    """

    kind: str
    until: str | None = None

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def _check(self, value: str, info: core_schema.ValidationInfo) -> str:
        name = value.partition(self.until)[0] if self.until else value
        if (problem := problem_with_name(self.kind, name)) is not None:
            raise ValueError(problem)
        if isinstance(info.context, set) and (plugin := plugin_of(self.kind, name)) is not None:
            info.context.add(plugin)
        return value


class Section(BaseModel):
    """Base class for the sections of a configuration.

    A section is immutable, and rejects unknown keys, infinity and NaN.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, ser_json_inf_nan="constants"
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_truth_value_for_a_number(cls, value: object, info: ValidationInfo) -> object:
        """Refuse true and false where a number is wanted; pydantic takes them for 1 and 0."""
        if isinstance(value, bool) and info.field_name is not None:
            parts = list(_parts(cls.model_fields[info.field_name].annotation))
            if (int in parts or float in parts) and bool not in parts and str not in parts:
                raise ValueError(f"is a number, not {str(value).lower()}")
        return value


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield the types in an annotation: int and NoneType of `int | None`."""
    inner = get_args(annotation)
    yield from [part for one in inner for part in _parts(one)] if inner else [annotation]
