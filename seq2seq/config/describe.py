"""Description of the settings in words: allowed values, default, values in presets and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml
from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo

from seq2seq.config.config import Config
from seq2seq.config.limits import AtMost
from seq2seq.config.names import BUILT_IN
from seq2seq.config.presets import PRESETS
from seq2seq.config.section import OneOf, Section


@dataclass(frozen=True)
class Setting:
    """A setting, described in words with code in backticks.

    Attributes:
        key: Section and name, such as "model.cell".
        values: Values that it can have.
        default: Its default, such as "default `3`".
        presets: Values in presets, such as "tiny `0.3`".
        meaning: What it does, and its unit.
    """

    key: str
    values: str
    default: str
    presets: tuple[str, ...]
    meaning: str


def sections() -> dict[str, type[Section]]:
    """Return the sections of a configuration by name."""
    found = {}
    for name, field in Config.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            found[name] = field.annotation
    return found


def summary(section: type[Section]) -> str:
    """Return the first paragraph of what a section is about."""
    return (section.__doc__ or "").split("\n\n")[0]


def all_settings() -> list[Setting]:
    """Return all settings, in the order of a configuration."""
    return [describe("task", Config.model_fields["task"])] + [
        describe(f"{section}.{name}", field)
        for section, settings in sections().items()
        for name, field in settings.model_fields.items()
    ]


def describe(key: str, field: FieldInfo) -> Setting:
    """Describe the setting of a key."""
    annotation: Any = field.annotation
    if field.metadata:
        annotation = Annotated[(annotation, *field.metadata)]
    return Setting(
        key=key,
        values=_described(annotation),
        default=_default(field),
        presets=tuple(_in_presets(key)),
        meaning=field.description or "",
    )


def kind_of(field: FieldInfo) -> str:
    """Return the kind of the names that a setting selects; "" if it selects none."""
    inner = [one for part in get_args(field.annotation) for one in get_args(part)]
    return next((one.kind for one in [*field.metadata, *inner] if isinstance(one, OneOf)), "")


def names_of(kind: str) -> str:
    """List the built-in names of a kind."""
    return "one of " + ", ".join(f"`{name}`" for name in BUILT_IN[kind])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    return "empty by default" if value in ("", [], {}) else f"default {_code(value)}"


def _code(value: Any) -> str:
    """Return a value as YAML in backticks."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1000)
    return f"`{text.removesuffix('...' + chr(10)).strip()}`"


def _in_presets(key: str) -> list[str]:
    section, _, name = key.partition(".")
    return [
        f"{preset} {_code(values[section][name])}"
        for preset, values in PRESETS.items()
        if name in values.get(section, {})
    ]


def _described(annotation: Any) -> str:
    """Describe the values of a type in words."""
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin is Annotated:
        return _constrained(arguments[0], arguments[1:])
    if origin is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in arguments)
    if origin in (Union, UnionType):
        *words, last = [_described(one) for one in arguments]
        return f"{', '.join(words)} or {last}"
    if origin is list:
        return f"list of {_described(arguments[0])}s"
    if origin is dict:
        return f"mapping from {_described(arguments[0])} to {_described(arguments[1])}"
    return {
        bool: "`true` or `false`",
        int: "integer",
        float: "number",
        str: "text",
        NoneType: "`null`",
    }[annotation]


def _constrained(annotation: Any, metadata: tuple[Any, ...]) -> str:
    """Describe the values of a type with constraints."""
    constraints = []
    for one in metadata:
        constraints += one.metadata if isinstance(one, FieldInfo) else [one]
    names = [one for one in constraints if isinstance(one, OneOf)]
    if names:
        return names_of(names[0].kind)
    optional = NoneType in get_args(annotation)
    if optional:
        [annotation] = [one for one in get_args(annotation) if one is not NoneType]
    bounds = _bounds(constraints)
    if get_origin(annotation) is list:
        item = _described(get_args(annotation)[0])
        described = f"list of {bounds} {f'{item}s' if item.isalpha() else f'items: {item}'}"
    else:
        described = f"{_described(annotation)} {bounds}".strip()
    return f"{described}, or `null`" if optional else described


def _bounds(constraints: list[Any]) -> str:
    """Describe the limits of a number."""
    lower = ""
    upper = ""
    for one in constraints:
        if isinstance(one, Ge):
            lower = f"at least {one.ge}"
        elif isinstance(one, Gt):
            lower = f"above {one.gt}"
        elif isinstance(one, Le):
            upper = f"at most {one.le}"
        elif isinstance(one, AtMost):
            upper = f"at most {one.limit:,}"
        elif isinstance(one, Lt):
            upper = "below 2⁶³" if one.lt == 2**63 else f"below {one.lt}"
    if lower.startswith("at least") and upper.startswith("at most"):
        return f"from {lower.removeprefix('at least ')} to {upper.removeprefix('at most ')}"
    return " and ".join(filter(None, [lower, upper]))
