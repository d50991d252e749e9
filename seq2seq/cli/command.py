"""Commands of typer with two changes: placeholders in `--help`, and texts that begin with a hyphen.

`--help` names values as TEXT, PATH, N or NUMBER instead of by Python types. An argument such as
"- Buy bread" or "-5 grados" is a text, since no option is called like that.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_type_hints

from typer.core import TyperCommand, TyperGroup

PLACEHOLDERS: dict[type, str] = {Path: "PATH", int: "N", float: "NUMBER", str: "TEXT"}
"""Placeholder for a value, by its type."""

TEXTS = "text"
"""Name of the argument that takes texts."""

_OPTION = re.compile(r"--?[A-Za-z][A-Za-z-]*(=.*)?", re.DOTALL)
"""Form of an option. A mistyped one is an error, not a text."""


class Command(TyperCommand):
    """Command whose help names placeholders, and whose texts may begin with a hyphen."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, each with a placeholder for its value."""
        return with_placeholders(super().get_params(ctx), self.callback)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse arguments, after moving texts to the end, where a hyphen has no meaning."""
        parameters = super().get_params(ctx)
        if any(one.name == TEXTS for one in parameters):
            args = texts_last(args, _takes_value(parameters))
        return super().parse_args(ctx, args)


class Group(TyperGroup):
    """Group of commands whose help names placeholders."""

    def get_params(self, ctx: Any) -> Any:
        """Return the parameters, each with a placeholder for its value."""
        return with_placeholders(super().get_params(ctx), None)


def with_placeholders(parameters: Any, callback: Any) -> Any:
    """Give each parameter without one a placeholder for its value; flags have none.

    Args:
        parameters: Parameters of a command.
        callback: Function of the command, whose annotations have the types; None for none.

    Returns:
        The parameters.
    """
    hints = {} if callback is None else get_type_hints(inspect.unwrap(callback))
    for one in parameters:
        if one.param_type_name == "argument":
            # Its name is the placeholder; a column with its type says nothing more.
            one.metavar = one.metavar or f"{one.name.upper()}{'...' * (one.nargs != 1)}"
            one.display_type_rich = _no_type
        elif one.is_flag:
            one.metavar = ""
        elif one.metavar is None and one.name in hints:
            one.metavar = PLACEHOLDERS.get(_value_type(hints[one.name]), "TEXT")
    return parameters


def _no_type(ctx: object) -> str:
    return ""


def _value_type(hint: Any) -> Any:
    """Return the type of one value: of `list[int] | None` it is `int`."""
    while arguments := [one for one in get_args(hint) if one is not NoneType]:
        hint = arguments[0]
    return hint


def _takes_value(parameters: Any) -> dict[str, bool]:
    """Return the names of the options, and whether a value follows each."""
    return {"--help": False} | {
        name: not one.is_flag
        for one in parameters
        if hasattr(one, "is_flag")
        for name in (*one.opts, *one.secondary_opts)
    }


def _looks_like_option(argument: str, known: Iterable[str]) -> bool:
    """Return whether an argument is more likely a mistyped option than a text."""
    if not _OPTION.fullmatch(argument):
        return False
    word = argument.partition("=")[0]
    return (
        word.startswith("--")
        or len(word) == 2
        or bool(get_close_matches(f"-{word}", known, cutoff=0.8))
    )


def texts_last(arguments: Sequence[str], takes_value: dict[str, bool]) -> list[str]:
    """Move the texts among arguments after "--".

    Args:
        arguments: What follows the name of the command.
        takes_value: Names of the options, and whether a value follows each.

    Returns:
        Options with their values, then "--" and the texts in their order.
    """
    options: list[str] = []
    texts: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            texts += rest
            break
        name = argument.partition("=")[0]
        if name in takes_value:
            options.append(argument)
            if takes_value[name] and name == argument and rest:
                options.append(rest.pop(0))
        elif argument[:2] in takes_value and argument[1:2] != "-":
            options.append(argument)  # -iFILE, or several short options in one
        elif _looks_like_option(argument, takes_value):
            options.append(argument)  # an unknown one, which is an error
        else:
            texts.append(argument)
    return [*options, "--", *texts] if texts else options
