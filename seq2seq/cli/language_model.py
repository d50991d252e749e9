"""Commands `seq2seq complete` and `seq2seq generate`, on language models."""

from __future__ import annotations

import contextlib
import json as json_module
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.input_lines import InputLines
from seq2seq.cli.options import (
    DECODING,
    INPUT,
    MAX_SEED,
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
from seq2seq.cli.places import places
from seq2seq.runtime.extras import require
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.terminal import show

if TYPE_CHECKING:
    from seq2seq.language_model.language_model import Continuation, LanguageModel

MAX_BYTES = 1 << 16
"""Maximum length of a line to complete, in bytes; longer ones are cut."""

Model = Annotated[
    Path,
    typer.Option(
        metavar="MODEL",
        rich_help_panel=MODEL,
        help="Model directory of a language model, or its Hub name.",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", rich_help_panel=INPUT, help="Print one JSON object per line."),
]


def complete(
    model: Model,
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Beginnings of lines; without any, standard input is read."),
    ] = None,
    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            rich_help_panel=INPUT,
            metavar="FILE",
            help="File with a beginning per line; .gz too. Default, and for -: standard input.",
        ),
    ] = None,
    nbest: Annotated[
        int,
        typer.Option(min=1, rich_help_panel=DECODING, help="Number of lines per beginning."),
    ] = 5,
    beam: Beam = None,
    set_: Settings = None,
    json: Json = False,
    device: Device = "cpu",
    threads: Threads = None,
    verify: Verify = False,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Complete lines of text with a language model.

    The best continuations are printed, each with its score. A beginning may
    end in the middle of a word, as in a search box:

        seq2seq complete --model runs/spanish "casa de"
        seq2seq complete --model runs/spanish --nbest 3 "buenos dí"

    With several beginnings, each line starts with the number of its own.
    """
    changes = decoding_changes(set_, nbest=nbest, beam=beam)
    text, input, _ = places(text, input, None)
    loaded = _load(model, device=device, threads=threads, verify=verify, plugins=plugin)
    source = InputLines(text or None, input)
    with contextlib.ExitStack() as stack:
        lines = (line.text for window in source.windows(stack, MAX_BYTES) for line in window)
        for index, line in enumerate(lines):
            number = None if len(text or ()) == 1 else index
            found = loaded.complete(line, **changes)
            for printed in _printed(found, given=line, number=number, json=json):
                show(printed)


def generate(
    model: Model,
    count: Annotated[
        int,
        typer.Option(
            min=1, max=1_000_000_000, rich_help_panel=DECODING, help="Number of lines to write."
        ),
    ] = 5,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, rich_help_panel=DECODING, help="Random seed for sampling."
        ),
    ] = None,
    beam: Beam = None,
    set_: Settings = None,
    json: Json = False,
    device: Device = "cpu",
    threads: Threads = None,
    verify: Verify = False,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write lines of text with a language model.

    Lines are sampled, and printed with their scores, the most likely one
    first. Other strategies search for the most likely lines:

        seq2seq generate --model runs/spanish --count 3 --set temperature=0.7
        seq2seq generate --model runs/spanish --set strategy=beam
    """
    changes = {"strategy": "sampling"} | decoding_changes(set_, nbest=count, seed=seed, beam=beam)
    loaded = _load(model, device=device, threads=threads, verify=verify, plugins=plugin)
    for printed in _printed(loaded.generate(**changes), json=json):
        show(printed)


def _load(
    model: Path,
    *,
    device: str,
    threads: int | None,
    verify: bool,
    plugins: Sequence[str] | None,
) -> LanguageModel:
    """Load a language model."""
    set_threads(threads)
    allow_plugins(plugins or ())
    require("train", "a language model")
    from seq2seq.language_model.language_model import LanguageModel

    return LanguageModel.from_pretrained(model, device=device, verify=verify)


def _printed(
    found: Sequence[Continuation],
    *,
    given: str | None = None,
    number: int | None = None,
    json: bool,
) -> Iterator[str]:
    """Yield the lines to print: [N |||] TEXT ||| SCORE, or a JSON object."""
    if json:
        record: dict[str, object] = {} if given is None else {"beginning": given}
        record["lines"] = [asdict(one) for one in found]
        yield json_module.dumps(record, ensure_ascii=False)
        return
    for one in found:
        fields = [] if number is None else [str(number)]
        yield " ||| ".join([*fields, one.text, f"{one.score:.4f}"])
