"""Base class for the sections of a configuration, and the types that several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler
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
