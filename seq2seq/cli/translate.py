"""Command `translate`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    Beam,
    Device,
    Dtype,
    Models,
    Nbest,
    Plugins,
    Raw,
    Settings,
    Shortlist,
    SplitSentences,
    Threads,
    To,
    Workers,
    decoding_changes,
    set_threads,
    show_version,
)
from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.translation.options import TranslatorOptions


def translate(
    text: Annotated[
        list[str] | None, typer.Argument(help="Sentences; without any, standard input is read.")
    ] = None,
    model: Models = None,
    input: Annotated[
        Path | None, typer.Option("--input", "-i", help="File to read; .gz too.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; .gz too.")
    ] = None,
    beam: Beam = None,
    nbest: Nbest = None,
    scores: Annotated[
        bool, typer.Option("--scores", help="Print the score after each: TEXT ||| SCORE.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    alignments: Annotated[
        bool,
        typer.Option(
            "--alignments",
            help="Print a word alignment from attention: TEXT ||| 0-0 1-2 (Pharaoh format).",
        ),
    ] = False,
    split_sentences: SplitSentences = None,
    raw: Raw = False,
    prefix: Annotated[
        str,
        typer.Option(
            help="Beginning of each translation; its last word may be partial, a space ends it."
        ),
    ] = "",
    term: Annotated[
        list[str] | None,
        typer.Option(help="Phrase that must appear in each translation; repeat for more."),
    ] = None,
    to: To = "",
    score: Annotated[
        bool,
        typer.Option(
            "--score",
            help="Score given translations instead: for lines SOURCE, tab, TRANSLATION, print "
            "the log-probability of each translation.",
        ),
    ] = False,
    settings: Settings = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    shortlist: Shortlist = False,
    threads: Threads = None,
    workers: Workers = 1,
    plugin: Plugins = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Translate sentences from arguments, a file or standard input: one line out per line in.

    For example:

        translate "¿Dónde está la biblioteca?"
        translate --model runs/sample_es_en "casa de papel"
        translate --model runs/sample_es_en < spanish.txt > english.txt
        translate --model runs/sample_es_en --dtype int8 --beam 1 -i spanish.txt.gz -o english.txt
        translate --set strategy=sampling --set temperature=0.7 --nbest 5 "casa de papel"

    On a terminal, without any text, it asks for sentences. Blank lines stay blank. Repairs of a
    line (undecodable bytes, NUL) are reported on standard error.
    """
    if not model:
        model = [_shipped_model(to)]
        to = ""
    if text and input is not None:
        raise Seq2SeqError("give sentences as arguments or a file with --input, not both")
    set_threads(threads)
    from seq2seq.cli import translate_lines
    from seq2seq.cli.input_lines import InputLines

    allow_plugins(plugin or ())

    lines = InputLines(texts=text or None, path=input)
    options = TranslatorOptions(
        device=device,
        dtype=dtype,
        shortlist=shortlist,
        alignments=alignments,
        raw=raw,
        to=to,
        decoding=decoding_changes(
            settings, beam=beam, nbest=nbest, split_sentences=split_sentences
        ),
    )
    if score:
        translate_lines.score(model, lines, output=output, options=options)
        return
    translate_lines.translate(
        model,
        lines,
        output=output,
        options=options,
        scores=scores,
        as_json=json,
        prefix=prefix,
        terms=term or [],
        workers=workers,
    )


def _shipped_model(to: str) -> Path:
    """Return the shipped model that translates into a language; name it on a terminal."""
    found = default_model(to)
    if sys.stderr.isatty():
        print(
            f"{found.name}, the model that comes with seq2seq; --model chooses another",
            file=sys.stderr,
        )
    return found
