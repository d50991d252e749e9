"""Groups of options: dataclasses that a command takes in place of single options.

Typer reads the arguments and options of a command from the parameters of its function. A command
may also take dataclasses, whose fields are annotated as Typer's parameters are:

    @dataclass(frozen=True, kw_only=True)
    class Search:
        beam: Annotated[int, typer.Option(help="Beam size.")] = 1

    @with_groups
    def translate(text: Annotated[str, typer.Argument()], search: Search) -> None: ...

Typer, `--help` and the reference then see `translate(text, beam=1)`.
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Return a function with a parameter for each field of the dataclasses that a command takes.

    Args:
        command: Function whose parameters are dataclasses, or annotated for Typer.

    Returns:
        The function to register with Typer. Its parameters come in the order of the command's.
    """
    hints = get_type_hints(command, include_extras=True)
    own = inspect.signature(command).parameters
    groups = {name: hints[name] for name in own if dataclasses.is_dataclass(hints[name])}
    parameters = [
        parameter
        for name, one in own.items()
        for parameter in (
            _fields(groups[name])
            if name in groups
            else [_parameter(name, hints[name], one.default)]
        )
    ]
    signature = inspect.Signature(parameters)

    @functools.wraps(command)
    def run(*args: Any, **given: Any) -> None:
        bound = signature.bind(*args, **given)
        bound.apply_defaults()
        values = bound.arguments
        for name, group in groups.items():
            fields = [field.name for field in dataclasses.fields(group)]
            values[name] = group(**{field: values.pop(field) for field in fields})
        command(**values)

    del run.__wrapped__  # it has another signature
    run.__signature__ = signature  # type: ignore[attr-defined]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    return run


def _fields(group: Any) -> list[inspect.Parameter]:
    """Return a parameter for each field of a dataclass."""
    hints = get_type_hints(group, include_extras=True)
    return [
        _parameter(
            field.name,
            hints[field.name],
            inspect.Parameter.empty if field.default is dataclasses.MISSING else field.default,
        )
        for field in dataclasses.fields(group)
    ]


def _parameter(name: str, hint: Any, default: Any) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, default=default, annotation=hint)
