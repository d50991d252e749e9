"""Command `translate`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.choose_model import model_for_languages, model_for_text
from seq2seq.cli.document_options import (
    Columns,
    DocumentOptions,
    Everything,
    Format,
    GlossaryFile,
    MemoryFile,
    Threshold,
)
from seq2seq.cli.input_lines import InputLines
from seq2seq.cli.options import (
    DECODING,
    INPUT,
    MODEL,
    Beam,
    Device,
    Dtype,
    Engine,
    From,
    MemoryLimit,
    Models,
    Nbest,
    Plugins,
    Quiet,
    Raw,
    RawTerminal,
    Settings,
    Shortlist,
    SplitSentences,
    Threads,
    To,
    Verbose,
    Verify,
    Workers,
    decoding_changes,
    print_models,
    set_threads,
    show_version,
    typed_term,
)
from seq2seq.cli.places import places
from seq2seq.errors import Seq2SeqError
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.launch import world_size
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.translation.options import TranslatorOptions


def translate(
    text: Annotated[
        list[str] | None,
        typer.Argument(help="Sentences to translate. Default, and for -: standard input."),
    ] = None,
    model: Models = None,
    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            rich_help_panel=INPUT,
            metavar="FILE",
            help="File to read; .gz too. Default, and for -: standard input.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            rich_help_panel=INPUT,
            metavar="FILE",
            help="File to write; .gz too. Default, and for -: standard output.",
        ),
    ] = None,
    continue_: Annotated[
        bool,
        typer.Option(
            "--continue",
            rich_help_panel=INPUT,
            help="Continue FILE.part, which remains if a translation with --output FILE is "
            "interrupted. Give the same input, model and options.",
        ),
    ] = False,
    beam: Beam = None,
    nbest: Nbest = None,
    scores: Annotated[
        bool,
        typer.Option(
            "--scores",
            rich_help_panel=INPUT,
            help="Print the score after each translation: TEXT ||| SCORE.",
        ),
    ] = False,
    json: Annotated[
        bool,
        typer.Option("--json", rich_help_panel=INPUT, help="Print one JSON object per line."),
    ] = False,
    alignments: Annotated[
        bool,
        typer.Option(
            "--alignments",
            rich_help_panel=INPUT,
            help="Print a word alignment from attention: TEXT ||| 0-0 1-2 (Pharaoh format).",
        ),
    ] = False,
    trace: Annotated[
        Path | None,
        typer.Option(
            "--trace",
            rich_help_panel=INPUT,
            help="File to write what the model did for each sentence: pieces, gates, attention, "
            "beam and probabilities, as JSON lines; .gz too.",
        ),
    ] = None,
    raw_terminal: RawTerminal = False,
    split_sentences: SplitSentences = None,
    raw: Raw = False,
    prefix: Annotated[
        str,
        typer.Option(
            rich_help_panel=DECODING,
            help="Beginning of each translation; its last word may be partial, a space ends it.",
        ),
    ] = "",
    term: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=DECODING,
            metavar="[SOURCE=]TARGET",
            help="Phrase that must appear in each translation, or with SOURCE= only where that "
            "phrase occurs; repeat for more.",
        ),
    ] = None,
    from_: From = "",
    to: To = "",
    score: Annotated[
        bool,
        typer.Option(
            "--score",
            rich_help_panel=INPUT,
            help="Score given translations instead: for lines SOURCE, tab, TRANSLATION, print "
            "the log-probability of each translation.",
        ),
    ] = False,
    settings: Settings = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    engine: Engine = "auto",
    shortlist: Shortlist = False,
    verify: Verify = False,
    threads: Threads = None,
    memory_limit: MemoryLimit = "",
    workers: Workers = 1,
    plugin: Plugins = None,
    format: Format = "",
    glossary: GlossaryFile = None,
    memory: MemoryFile = None,
    column: Columns = None,
    everything: Everything = False,
    threshold: Threshold = None,
    list_models: Annotated[
        bool,
        typer.Option(
            "--list-models",
            callback=print_models,
            is_eager=True,
            rich_help_panel=MODEL,
            help="List the models that come with seq2seq.",
        ),
    ] = False,
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
    text, input, output = places(text, input, output)
    allow_plugins(plugin or ())
    lines = InputLines(texts=text or None, path=input)
    document = DocumentOptions(
        format=format,
        glossary=glossary,
        memory=memory,
        columns=tuple(column or ()),
        everything=everything,
        threshold=threshold,
    )
    is_document = document.concern(input, scoring=score)
    models = model or []
    if not models and not is_document:
        models = _shipped_model(lines, from_=from_, to=to, scoring=score)
        from_ = to = ""
    set_threads(threads)
    from seq2seq.cli import translate_lines

    options = TranslatorOptions(
        device=resolve_device(device),
        dtype=dtype,
        engine=engine,
        shortlist=shortlist,
        alignments=alignments,
        raw=raw,
        to=to,
        from_=from_,
        memory_limit=memory_limit,
        verify=verify,
        decoding=decoding_changes(
            settings, beam=beam, nbest=nbest, split_sentences=split_sentences
        ),
    )
    if input is not None and is_document:
        from seq2seq.cli.translate_document import translate_document

        line_options = {
            "--nbest": nbest,
            "--scores": scores,
            "--json": json,
            "--alignments": alignments,
            "--trace": trace,
            "--prefix": prefix,
            "--term": term,
            "--score": score,
            "--workers": workers > 1,
            "--continue": continue_,
        }
        translate_document(
            models,
            input,
            output,
            document=document,
            options=options,
            other=[name for name, value in line_options.items() if value],
        )
        return
    if score:
        if trace is not None:
            raise Seq2SeqError("--score has no search to trace: leave out --trace")
        if continue_:
            raise Seq2SeqError("--score always starts from the beginning: leave out --continue")
        translate_lines.score(models, lines, output=output, options=options)
        return
    translate_lines.translate(
        models,
        lines,
        output=output,
        options=options,
        scores=scores,
        as_json=json,
        prefix=prefix,
        terms=[typed_term(one) for one in term or ()],
        workers=workers,
        trace=trace,
        go_on=continue_,
    )


def _shipped_model(lines: InputLines, *, from_: str, to: str, scoring: bool) -> list[Path]:
    """Return the shipped model to translate with; none if each typed line chooses its own."""
    if from_ or to:
        return [model_for_languages(from_=from_, to=to)]
    if lines.typed and not scoring and world_size(os.environ) == 1:
        return []
    return [model_for_text(lines, scoring=scoring)]
