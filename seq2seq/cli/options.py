"""The options that several commands have, with what --help says of them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.version import __version__

Models = Annotated[
    list[Path] | None,
    typer.Option(
        "--model",
        envvar="SEQ2SEQ_MODEL",
        help="Model directory; given again, another one of an ensemble. By default the one that "
        "comes with seq2seq.",
    ),
]
Device = Annotated[str, typer.Option(help="Where to compute: cpu, cuda, cuda:1.")]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Processor threads; by default torch's choice.")
]
To = Annotated[
    str,
    typer.Option(help="The language to translate into: of a model of several, or without --model."),
]
Workers = Annotated[
    int,
    typer.Option(
        min=1, help="Processes to translate with; the processor's threads are shared among them."
    ),
]
Dtype = Annotated[
    str,
    typer.Option(
        help="Of the decoder's weights: fp32; int8 or bf16, on a CPU; auto: as they are kept."
    ),
]
Shortlist = Annotated[
    bool,
    typer.Option(
        "--shortlist", help="Score likely words alone; `seq2seq shortlist` makes the list."
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Of the search, for this time: length_penalty, coverage_penalty, no_repeat_ngram, "
        "min_length, forbidden, "
        "mbr; strategy=sampling with temperature, top_k, top_p, seed; strategy=diverse-beam with "
        "groups, diversity …",
    ),
]
Plugins = Annotated[
    list[str] | None,
    typer.Option(
        "--plugin",
        metavar="MODULE",
        help="Module with cells, readers, metrics … of your own to import; again for more. "
        "$SEQ2SEQ_PLUGINS allows several, separated by commas.",
    ),
]
SplitSentences = Annotated[
    bool, typer.Option("--split-sentences", help="Translate the sentences of a line one by one.")
]
Beam = Annotated[
    int | None, typer.Option(min=1, help="Beam size; 1 is greedy. By default the model's own.")
]


def set_threads(threads: int | None) -> None:
    """What --threads does, before torch is imported or after."""
    if threads is not None:
        os.environ["OMP_NUM_THREADS"] = str(threads)  # read when torch is imported
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(threads)


def show_version(show: bool) -> None:
    """What --version does."""
    if show:
        print(__version__)
        raise typer.Exit
