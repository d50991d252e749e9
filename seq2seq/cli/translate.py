"""Command `translate`."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.choose_model import model_for_languages, model_for_text
from seq2seq.cli.document_options import DocumentOptions
from seq2seq.cli.input_lines import InputLines
from seq2seq.cli.option_groups import with_groups
from seq2seq.cli.options import (
    COMPUTING,
    MAX_THREADS,
    ComputingOptions,
    Plugins,
    Quiet,
    Verbose,
    set_threads,
    show_version,
)
from seq2seq.cli.places import places
from seq2seq.cli.translate_options import DecodingOptions, FileOptions, ModelOptions
from seq2seq.runtime.launch import world_size
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.translation.options import TranslatorOptions


@with_groups
def translate(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences to translate. Default, and for -: standard input."),
    ] = None,
    *,
    model: ModelOptions,
    files: FileOptions,
    decoding: DecodingOptions,
    computing: ComputingOptions,
    workers: Annotated[
        int,
        typer.Option(
            min=1,
            max=MAX_THREADS,
            rich_help_panel=COMPUTING,
            help="Number of processes; they divide the processor's threads.",
        ),
    ] = 1,
    plugin: Plugins = None,
    document: DocumentOptions,
    quiet: Quiet = False,
    verbose: Verbose = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Translate sentences from arguments, a file or standard input: one line out per line in.

    For example:

        translate "¿Dónde está la biblioteca?"
        translate "Where is the library?"
        translate --from English --to Spanish -i english.txt
        translate --model runs/sample_es_en < spanish.txt > english.txt
        translate --model runs/sample_es_en --dtype int8 -i spanish.txt.gz
        translate --set strategy=sampling --nbest 5 "casa de papel"
        translate --input letter.docx --output carta.docx --glossary terms.tsv

    Without --model, --from and --to, the language of the text chooses a model
    that comes with seq2seq: that of its first lines, or on a terminal that of
    each line.

    On a terminal, without any text, it asks for sentences. Blank lines stay
    blank. If a line had to be repaired (undecodable bytes, NUL), a note on
    standard error says so.
    """
    text, input, output = places(text, files.input, files.output)
    allow_plugins(plugin or ())
    lines = InputLines(texts=text or None, path=input)
    is_document = document.concern(input, scoring=files.score)
    models = model.model or []
    if not models and not is_document:
        models = _shipped_model(lines, from_=model.from_, to=model.to, scoring=files.score)
        model = replace(model, from_="", to="")
    set_threads(computing.threads)
    from seq2seq.cli import translate_lines

    options = _translator_options(model, files, decoding, computing)
    if input is not None and is_document:
        from seq2seq.cli.translate_document import translate_document

        other = _only_for_lines(files, decoding, workers)
        translate_document(models, input, output, document=document, options=options, other=other)
    elif files.score:
        files.check_scoring()
        translate_lines.score(models, lines, output=output, options=options)
    else:
        translate_lines.translate(
            models,
            lines,
            output=output,
            options=options,
            scores=files.scores,
            as_json=files.json,
            prefix=decoding.prefix,
            terms=decoding.terms,
            workers=workers,
            trace=files.trace,
            go_on=files.continue_,
        )


def _translator_options(
    model: ModelOptions,
    files: FileOptions,
    decoding: DecodingOptions,
    computing: ComputingOptions,
) -> TranslatorOptions:
    return TranslatorOptions(
        device=computing.device,
        dtype=computing.dtype,
        engine=computing.engine,
        memory_limit=computing.memory_limit,
        from_=model.from_,
        to=model.to,
        verify=model.verify,
        alignments=files.alignments,
        shortlist=decoding.shortlist,
        raw=decoding.raw,
        decoding=decoding.changes,
    )


def _shipped_model(lines: InputLines, *, from_: str, to: str, scoring: bool) -> list[Path]:
    """Return the shipped model to translate with; none if each typed line chooses its own."""
    if from_ or to:
        return [model_for_languages(from_=from_, to=to)]
    if lines.typed and not scoring and world_size(os.environ) == 1:
        return []
    return [model_for_text(lines, scoring=scoring)]


def _only_for_lines(files: FileOptions, decoding: DecodingOptions, workers: int) -> list[str]:
    """Return the names of the options that were given and that do not apply to documents."""
    options = {
        "--nbest": decoding.nbest,
        "--scores": files.scores,
        "--json": files.json,
        "--alignments": files.alignments,
        "--trace": files.trace,
        "--prefix": decoding.prefix,
        "--term": decoding.term,
        "--score": files.score,
        "--workers": workers > 1,
        "--continue": files.continue_,
    }
    return [name for name, value in options.items() if value]
