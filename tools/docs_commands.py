"""Page of the documentation on the commands, generated from the functions that typer runs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from seq2seq.cli.app import app
from seq2seq.cli.command import PLACEHOLDERS
from seq2seq.cli.translate import translate

_INTRODUCTION = """\
# Commands

The package installs two commands. `translate` translates; `seq2seq` trains, evaluates and changes
models. This page says what `--help` says.

- Arguments and options may come in any order. A text of `translate` may begin with a hyphen, unless
  it looks like an option; what comes after `--` is always text.
- `seq2seq translate` is the same as `translate`. `--install-completion` of both commands installs
  completion for your shell.
- An error is one line on standard error. Exit codes: 0 for success, 1 for an error, 2 for a wrong
  option or argument, 130 after Ctrl-C. A training that a signal stops saves a checkpoint and exits
  with 128 plus the number of the signal: 130 after Ctrl-C, 143 after SIGTERM, 138 after SIGUSR1 and
  129 after SIGHUP (on Linux).
- Settings that follow the configuration of `seq2seq train`, or `--set`, are on the page of
  [settings](settings.md).
- `seq2seq --version` and `translate --version` print the version. `python -m seq2seq` is the same
  as `seq2seq`.
"""

_ARGUMENTS = "Arguments"
_OPTIONS = "Options"
_CODE = re.compile(
    r"`[^`]+`|(?<!\w)--[a-z][a-z-]*|<\w+>|(?:\w+\.)?\{\w+\}|\$[A-Z\d_]+"
    r"|\b[A-Za-z][\w*/]*(?:[._][\w*/]+)+(?:=\w+)?"
)
"""Words of a help text or a description that are code."""


@dataclass(frozen=True)
class Parameter:
    """An argument or an option of a command.

    Attributes:
        group: Heading under which `--help` lists it.
        names: Names of an option, such as --input and -i; none for an argument.
        value: Placeholder for its value, "" for a flag.
        bounds: Limits of a number in words, "" if there are none.
        default: Default value as text, "" if there is none or if the help text explains it.
        help: Help text.
        required: True if it must be given.
        repeatable: True if it may be given several times.
    """

    group: str
    names: tuple[str, ...]
    value: str
    bounds: str
    default: str
    help: str
    required: bool
    repeatable: bool

    @property
    def usage(self) -> str:
        """Form of an argument in the line of usage."""
        name = f"{self.value}{'...' * (self.repeatable and not self.value.endswith('...'))}"
        return name if self.required else f"[{name}]"


def commands_page() -> str:
    """Return the page in Markdown."""
    parts = [_INTRODUCTION]
    for name, function in commands().items():
        parts += _command(name, function)
    return "\n".join(parts)


def commands() -> dict[str, Callable[..., None]]:
    """Return the function of each command, by the words that run it."""
    found: dict[str, Callable[..., None]] = {"translate": translate}
    for command in app.registered_commands:
        assert command.callback is not None
        if command.callback is translate:  # the same as `translate`
            continue
        found[f"seq2seq {command.name or command.callback.__name__}"] = command.callback
    return found


def parameters(function: Callable[..., None]) -> list[Parameter]:
    """Return the arguments and options of a command, in the order of its function."""
    hints = get_type_hints(function, include_extras=True)
    return [
        _parameter(name, hints[name], default=parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
    ]


def _parameter(name: str, hint: Any, *, default: Any) -> Parameter:
    annotated, info = get_args(hint)
    assert isinstance(info, ArgumentInfo | OptionInfo)
    [kind] = [one for one in get_args(annotated) or (annotated,) if one is not NoneType] or [str]
    repeatable = get_origin(annotated) is list
    if get_origin(kind) is list:
        [kind] = get_args(kind)
        repeatable = True
    is_option = isinstance(info, OptionInfo)
    flag = kind is bool
    placeholder = info.metavar or (
        "" if flag else PLACEHOLDERS[kind] if is_option else name.upper()
    )
    names = _option_names(info, otherwise=name) if isinstance(info, OptionInfo) else ()
    return Parameter(
        group=info.rich_help_panel or (_OPTIONS if is_option else _ARGUMENTS),
        names=names,
        value=placeholder,
        bounds=_bounds(info),
        default="" if flag or default in (None, "", inspect.Parameter.empty) else str(default),
        help=info.help or "",
        required=default is inspect.Parameter.empty,
        repeatable=repeatable,
    )


def _option_names(info: OptionInfo, *, otherwise: str) -> tuple[str, ...]:
    """Return the names of an option; in an annotation, typer keeps the first one as the default."""
    first = (info.default,) if isinstance(info.default, str) else ()
    return (*first, *(info.param_decls or ())) or (f"--{otherwise.replace('_', '-')}",)


def _bounds(info: ArgumentInfo | OptionInfo) -> str:
    return "" if info.min is None else f"at least {info.min:g}"


def _command(name: str, function: Callable[..., None]) -> Iterator[str]:
    """Yield the lines of one command."""
    known = parameters(function)
    arguments = [one.usage for one in known if not one.names]
    options = [f"{one.names[0]} {one.value}" for one in known if one.names and one.required]
    usage = " ".join([name, *options, "[OPTIONS]", *arguments])
    yield f"## {name}\n"
    yield f"```text\n{usage}\n```\n"
    yield _prose(inspect.getdoc(function) or "")
    anchor = name.replace(" ", "-")
    groups = dict.fromkeys(sorted((one.group for one in known), key=_order))
    for group in groups:
        yield f"\n### {group} {{ #{anchor}-{group.lower().replace(' ', '-')} }}\n"
        yield '<dl markdown="1">'
        for one in known:
            if one.group == group:
                yield from _entry(anchor, one)
        yield "</dl>\n"


def _order(group: str) -> int:
    """Return the place of a group: `--help` lists arguments and options without a group first."""
    return (_ARGUMENTS, _OPTIONS).index(group) if group in (_ARGUMENTS, _OPTIONS) else 2


def _entry(anchor: str, parameter: Parameter) -> Iterator[str]:
    """Yield an entry of the list of a command's options."""
    names = parameter.names or (parameter.usage.strip("[]"),)
    shown = ", ".join(f"`{name}`" for one in names for name in one.split("/"))
    remarks = []
    if parameter.names and parameter.value:
        shown += f" `{parameter.value}`"
    if parameter.required:
        remarks.append("required")
    if parameter.repeatable and parameter.names and "repeat" not in parameter.help:
        remarks.append("repeatable")
    if parameter.bounds:
        remarks.append(parameter.bounds)
    if remarks:
        shown += f" *({', '.join(remarks)})*"
    identifier = re.sub(r"\W+", "-", names[0].lower()).strip("-")
    yield f'<dt id="{anchor}-{identifier}" markdown="span">{shown}</dt>'
    default = f" Default: `{parameter.default}`." if parameter.default else ""
    yield f'<dd markdown="span">{marked_up(parameter.help)}{default}</dd>'


def _prose(text: str) -> str:
    """Return a help text as Markdown: its indented lines are commands."""
    blocks = []
    for block in text.split("\n\n"):
        if block.startswith("    "):
            blocks.append(f"```bash\n{inspect.cleandoc(block)}\n```")
        else:
            blocks.append(marked_up(block))
    return "\n\n".join(blocks) + "\n"


def marked_up(text: str, *, link: Callable[[str], str | None] = lambda word: None) -> str:
    """Return plain text as Markdown.

    Options, settings, file names and what stands in backticks become code; everything else is
    shown as it is.

    Args:
        text: Plain text, with code in backticks.
        link: Returns the target of a link from a word of code, or None.

    Returns:
        The Markdown.
    """
    parts = []
    place = 0
    for match in _CODE.finditer(text):
        parts.append(_escaped(text[place : match.start()]))
        code = f"`{match[0].strip('`')}`"
        target = link(match[0])
        parts.append(f"[{code}]({target})" if target else code)
        place = match.end()
    return "".join([*parts, _escaped(text[place:])])


def _escaped(text: str) -> str:
    return re.sub(r"([\\*_\[\]|])", r"\\\1", text).replace("<", "&lt;")
