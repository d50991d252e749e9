"""Base class for the sections of a configuration, and the types that several of them share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from seq2seq.config.names import plugin_of, problem_with_name

Fraction = Annotated[float, Field(ge=0, le=1)]
"""Number between 0 and 1."""


def one_of(kind: str, until: str | None = None) -> AfterValidator:
    """Return a validator for the names in the registry of a kind.

    If a plug-in has registered the name, it is added to the validation context, a set of modules.

    Args:
        kind: Kind of the names, such as "cell".
        until: Character at which the name ends, such as ":" in "spacy:de_core_news_sm". By
            default the whole value is the name.
    """

    def check(value: str, info: ValidationInfo) -> str:
        name = value.partition(until)[0] if until else value
        if (problem := problem_with_name(kind, name)) is not None:
            raise ValueError(problem)
        if isinstance(info.context, set) and (plugin := plugin_of(kind, name)) is not None:
            info.context.add(plugin)
        return value

    return AfterValidator(check)


class Section(BaseModel):
    """Base class for the sections of a configuration.

    A section is immutable, and rejects unknown keys, infinity and NaN.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
