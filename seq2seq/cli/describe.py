"""Command `seq2seq describe`."""

from __future__ import annotations

import json as json_module
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.options import (
    DECODING,
    INPUT,
    MODEL,
    Beam,
    Device,
    Plugins,
    Quiet,
    Settings,
    Threads,
    Verbose,
    Verify,
    decoding_changes,
    set_threads,
)
from seq2seq.errors import ConfigError
from seq2seq.runtime.extras import require
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.terminal import show

if TYPE_CHECKING:
    from seq2seq.description.describer import Description


def describe(
    model: Annotated[
        Path,
        typer.Option(
            metavar="MODEL",
            rich_help_panel=MODEL,
            help="Model directory of a describer, or its Hub name.",
        ),
    ],
    file: Annotated[
        Path | None,
        typer.Argument(help="Parquet or JSON file with a column of vectors."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=INPUT,
            help="File of vectors and texts: print scores. Its columns are those of the training.",
        ),
    ] = None,
    nbest: Annotated[
        int | None,
        typer.Option(
            min=1,
            rich_help_panel=DECODING,
            help="Number of texts per vector, best first. Default: the model's setting.",
        ),
    ] = None,
    beam: Beam = None,
    set_: Settings = None,
    json: Annotated[
        bool,
        typer.Option(
            "--json", rich_help_panel=INPUT, help="Print one JSON object per vector, with scores."
        ),
    ] = False,
    device: Device = "cpu",
    threads: Threads = None,
    verify: Verify = False,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Describe vectors with a describer, or score it.

    A line of text is printed for each vector. With --nbest, each line has
    the number of its vector, the text and its score:

        seq2seq describe --model runs/digits vectors.jsonl
        seq2seq describe --model runs/digits --nbest 3 vectors.parquet
        seq2seq describe --model runs/digits --data test.parquet
    """
    set_threads(threads)
    allow_plugins(plugin or ())
    require("train", "`seq2seq describe`")
    from seq2seq.description.describer import Describer

    if (file is None) == (data is None):
        raise ConfigError("give a FILE of vectors to describe, or --data FILE to score")
    changes = decoding_changes(set_, nbest=nbest, beam=beam)
    describer = Describer.from_pretrained(model, device=device, verify=verify)
    if data is not None:
        show(describer.score_file(data, **changes).to_markdown())
        return
    assert file is not None
    for number, found in enumerate(describer.describe_file(file, **changes)):
        for line in _lines(number, found, scored=nbest is not None, json=json):
            show(line)


def _lines(number: int, found: Description, *, scored: bool, json: bool) -> Iterator[str]:
    """Yield the lines of a vector: TEXT, or N ||| TEXT ||| SCORE, or a JSON object."""
    if json:
        record = {"row": number, "descriptions": [asdict(one) for one in found.alternatives]}
        yield json_module.dumps(record, ensure_ascii=False)
    elif scored:
        for one in found.alternatives:
            yield f"{number} ||| {one.text} ||| {one.score:.4f}"
    else:
        yield found.text
