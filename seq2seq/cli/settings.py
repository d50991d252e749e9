"""Command `seq2seq settings`."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable
from typing import Annotated

import typer

from seq2seq.cli.options import Quiet, Verbose
from seq2seq.errors import ConfigError
from seq2seq.registry import suggestion
from seq2seq.runtime.terminal import show

MAX_COLUMNS = 100
"""Maximum width of the text, however wide the terminal is."""


def settings(
    section: Annotated[
        str,
        typer.Argument(
            metavar="SECTION",
            help="Section, such as training; setting, such as training.max_steps; or a word to "
            "look for. Default: all settings.",
        ),
    ] = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Print the settings of a configuration, with their defaults and meanings.

    For example:

        seq2seq settings
        seq2seq settings training
        seq2seq settings dropout

    A configuration is a YAML file with a section per part of a run. The command
    line of `seq2seq train` sets single values: training.max_steps=5000.
    """
    from seq2seq.config.describe import all_settings, sections, summary

    known = all_settings()
    if section in sections():
        show(f"{section}: {summary(sections()[section])}\n")
        found = [one for one in known if one.key.startswith(f"{section}.")]
    elif section in (keys := [one.key for one in known]):
        found = [known[keys.index(section)]]
    else:
        word = section.casefold()
        found = [one for one in known if word in f"{one.key} {one.meaning}".casefold()]
    if not found:
        names = [*sections(), *keys, *(key.partition(".")[2] for key in keys)]
        raise ConfigError(f"no setting contains {section!r}{suggestion(section, names)}")
    width = min(shutil.get_terminal_size().columns, MAX_COLUMNS)
    entries = [
        "\n".join(
            [
                one.key,
                *_wrapped([f"{one.values}; {one.default}", *_presets(one.presets)], width),
                *_wrapped([one.meaning], width),
            ]
        )
        for one in found
    ]
    show("\n\n".join(entries).replace("`", ""))


def _presets(values: Iterable[str]) -> list[str]:
    listed = ", ".join(values)
    return [f"presets: {listed}"] if listed else []


def _wrapped(paragraphs: Iterable[str], width: int) -> list[str]:
    """Return paragraphs as indented lines of at most `width` columns."""
    return [
        line
        for text in paragraphs
        for line in textwrap.wrap(
            text, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False
        )
    ]
