"""Options that several commands share, with their help texts."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from seq2seq.runtime.notes import be_quiet
from seq2seq.runtime.terminal import RAW, show
from seq2seq.version import __version__

MODEL = "Model"
"""Group of the options that say which model translates what."""

INPUT = "Input and output"
"""Group of the options on files and their form."""

DECODING = "Decoding"
"""Group of the options on the search for translations."""

COMPUTING = "Computing"
"""Group of the options on the machine."""

MAX_THREADS = 1024
"""Maximum number of threads or processes; more than any machine has processors."""

MAX_SEED = 2**63 - 1
"""Largest seed that random number generators take."""


def quiet(given: bool) -> None:
    """Leave out notes and progress, if asked to."""
    if given:
        be_quiet(True)
        logging.getLogger().setLevel(logging.ERROR)


def verbose(given: bool) -> None:
    """Log more, if asked to."""
    if given:
        logging.getLogger("seq2seq").setLevel(logging.DEBUG)


def _obey_control_characters(obey: bool) -> None:
    """Turn off, if asked to, that control characters are escaped on a terminal."""
    if obey:
        os.environ[RAW] = "1"


RawTerminal = Annotated[
    bool,
    typer.Option(
        "--raw-terminal",
        callback=_obey_control_characters,
        is_eager=True,
        rich_help_panel=INPUT,
        help="Write control characters to a terminal as they are, not as \\u001b.",
    ),
]
Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        callback=quiet,
        is_eager=True,
        help="Print no notes and no progress on standard error, only errors.",
    ),
]
Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        callback=verbose,
        is_eager=True,
        help="Print more on standard error: what is loaded, and where an error comes from.",
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=MAX_THREADS,
        rich_help_panel=COMPUTING,
        help="Number of processor threads. Default: all of them.",
    ),
]
Device = Annotated[
    str,
    typer.Option(
        metavar="DEVICE",
        rich_help_panel=COMPUTING,
        help="Where to compute: cpu, cuda, cuda:1, or auto for a GPU if there is one.",
    ),
]
Dtype = Annotated[
    str,
    typer.Option(
        rich_help_panel=COMPUTING,
        help="Precision of the weights: fp32, int8 or bf16 (CPU); auto follows the model's files.",
    ),
]
Engine = Annotated[
    str,
    typer.Option(
        envvar="SEQ2SEQ_ENGINE",
        rich_help_panel=COMPUTING,
        help="What computes: native (C, fastest on a CPU), torch (supports everything), or "
        "auto, which is native where it supports the model and the settings.",
    ),
]
To = Annotated[
    str,
    typer.Option(
        metavar="LANGUAGE",
        rich_help_panel=MODEL,
        help="Target language, such as en or English, for a model of several languages or to "
        "choose a shipped model.",
    ),
]
Shortlist = Annotated[
    bool,
    typer.Option(
        "--shortlist",
        rich_help_panel=DECODING,
        help="Score only likely words; create the list with `seq2seq shortlist`.",
    ),
]
Verify = Annotated[
    bool,
    typer.Option(
        "--verify",
        rich_help_panel=MODEL,
        help="Check all files of the model against its manifest, even if they have been "
        "verified before.",
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        rich_help_panel=DECODING,
        help="Decoding setting for this run; repeat for more: length_penalty, coverage_penalty, "
        "no_repeat_ngram, min_length, forbidden, mbr; strategy=sampling with temperature, top_k, "
        "top_p, seed; strategy=diverse-beam with groups, diversity.",
    ),
]
Plugins = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="MODULE",
        help="Module to import with cells, readers, metrics … of your own; repeat for more. "
        "$SEQ2SEQ_PLUGINS names several, separated by commas.",
    ),
]
SplitSentences = Annotated[
    bool | None,
    typer.Option(
        "--split-sentences/--no-split-sentences",
        rich_help_panel=DECODING,
        help="Translate each line sentence by sentence; it stays one line. Default: the model's "
        "setting, which is on if it was trained on single sentences.",
        show_default=False,
    ),
]
Raw = Annotated[
    bool,
    typer.Option(
        "--raw",
        rich_help_panel=DECODING,
        help="Give the model each line as it is: do not split it, protect addresses, numbers and "
        "tags, or respell characters.",
    ),
]
Beam = Annotated[
    int | None,
    typer.Option(
        min=1,
        rich_help_panel=DECODING,
        help="Beam size; 1 is greedy. Default: the model's setting.",
    ),
]
Nbest = Annotated[
    int | None,
    typer.Option(
        min=1,
        rich_help_panel=DECODING,
        help="Number of translations per sentence, best first; the beam is at least as large. "
        "Default: the model's setting.",
    ),
]


@dataclass(frozen=True, kw_only=True)
class ComputingOptions:
    """Options on the machine."""

    device: Device = "cpu"
    dtype: Dtype = "auto"
    engine: Engine = "auto"
    threads: Threads = None
    memory_limit: Annotated[
        str,
        typer.Option(
            "--memory-limit",
            metavar="SIZE",
            rich_help_panel=COMPUTING,
            help="Refuse a model that needs more memory than this, such as 4G. Default: all that "
            "the machine has.",
        ),
    ] = ""


def decoding_changes(settings: Sequence[str] | None, **options: object) -> dict[str, object]:
    """Collect decoding settings from `--set` and from options such as `--beam`.

    Args:
        settings: Values of `--set`.
        options: Values of options, by the name of the setting; None if an option was not given.

    Returns:
        The changed settings; an option overrides `--set`.

    Raises:
        ConfigError: A value of `--set` does not have the form KEY=VALUE.
    """
    from seq2seq.config.config import parse_settings

    given = {name: value for name, value in options.items() if value is not None}
    return {**parse_settings(settings or []), **given}


def set_threads(threads: int | None) -> None:
    """Set the number of threads, before or after torch is imported."""
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is imported
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(threads)


def show_version(asked: bool) -> None:
    """Print the version and exit, if asked to."""
    if asked:
        show(__version__)
        raise typer.Exit
