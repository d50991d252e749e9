"""The command `translate`."""

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
    Plugins,
    Settings,
    Shortlist,
    SplitSentences,
    Threads,
    To,
    Workers,
    set_threads,
    show_version,
)
from seq2seq.errors import Seq2SeqError
from seq2seq.model_directory.shipped_models import default_model
from seq2seq.runtime.plugins import allow_plugins


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
    nbest: Annotated[
        int, typer.Option(min=1, help="Translations of each sentence, best first: N ||| TEXT.")
    ] = 1,
    scores: Annotated[
        bool, typer.Option("--scores", help="Print the score behind each: TEXT ||| SCORE.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    alignments: Annotated[
        bool,
        typer.Option(
            "--alignments",
            help="Print which words were read for which: TEXT ||| 0-0 1-2 (Pharaoh).",
        ),
    ] = False,
    split_sentences: SplitSentences = False,
    prefix: Annotated[
        str, typer.Option(help="How the translation begins; a space ends its last word.")
    ] = "",
    term: Annotated[
        list[str] | None,
        typer.Option(help="What must appear in the translation; may be given again for more."),
    ] = None,
    to: To = "",
    score: Annotated[
        bool,
        typer.Option(
            "--score",
            help="Of lines SOURCE, tab, TRANSLATION: the translations' log-probabilities.",
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
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Print it.")
    ] = False,
) -> None:
    """Translate sentences: arguments, a file, or standard input; a line out for each line in.

    For example:

        translate "¿Dónde está la biblioteca?"
        translate --model runs/sample_es_en "casa de papel"
        translate --model runs/sample_es_en < spanish.txt > english.txt
        translate --model runs/sample_es_en --dtype int8 --beam 1 --input spanish.txt.gz --output
            english.txt
        translate --model runs/sample_es_en --set strategy=sampling --set temperature=0.7 --nbest 5
            "casa de papel"

    On a terminal without any text it asks for sentences. Blank lines stay blank.
    What had to be mended in a line (undecodable bytes, NUL) is said on standard error.
    """
    if not model:
        model, to = [_shipped_model(to)], ""
    if text and input is not None:
        raise Seq2SeqError("give sentences as arguments or a file with --input, not both")
    set_threads(threads)
    allow_plugins(plugin or ())
    import seq2seq.cli.translate_lines as lines

    files = lines.Files(texts=text or None, input=input, output=output)
    if score:
        lines.score(model, files, to=to, device=device, dtype=dtype)
        return
    lines.translate(
        model,
        files,
        beam=beam,
        nbest=nbest,
        prefix=prefix,
        terms=term or [],
        to=to,
        format=lines.Formatter(scores=scores, alignments=alignments, numbered=nbest > 1, json=json),
        device=device,
        dtype=dtype,
        shortlist=shortlist,
        settings=[*(settings or []), *["split_sentences=true"] * split_sentences],
        workers=workers,
    )


def _shipped_model(to: str) -> Path:
    """The model that comes with seq2seq and translates into this language; says on a terminal which
    that is."""
    found = default_model(to)
    if sys.stderr.isatty():
        print(
            f"{found.name}, the model that comes with seq2seq; --model names another",
            file=sys.stderr,
        )
    return found
