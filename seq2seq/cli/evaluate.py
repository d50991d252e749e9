"""Command `seq2seq evaluate`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    DECODING,
    Beam,
    Device,
    Dtype,
    Engine,
    MemoryLimit,
    Nbest,
    Plugins,
    Quiet,
    Raw,
    Settings,
    Shortlist,
    SplitSentences,
    Threads,
    To,
    Verbose,
    Verify,
    decoding_changes,
    set_threads,
)
from seq2seq.cli.test_set_options import (
    REPORT,
    SCORES,
    Data,
    Encoding,
    HubConfig,
    Lowercase,
    LowerIsBetter,
    References,
    ScoreFiles,
    Source,
    Split,
    Target,
    Tokenize,
    score_files,
)
from seq2seq.runtime.devices import resolve_device
from seq2seq.runtime.extras import require
from seq2seq.runtime.notes import note
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.ranks import process_group
from seq2seq.runtime.terminal import show
from seq2seq.translation.options import TranslatorOptions


def evaluate(
    model: Annotated[
        list[Path],
        typer.Argument(
            help="Model directory, name of a model that comes with seq2seq, or Hub name; several "
            "are an ensemble."
        ),
    ],
    data: Data,
    output: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=REPORT,
            help="Directory for report.html, report.md, report.json and the translations. Default: "
            "only print the scores.",
        ),
    ] = None,
    baseline: Annotated[
        list[Path] | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="System to compare with: a model directory, or a file of translations (one per "
            "--data).",
        ),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="Extra column to group scores by.",
        ),
    ] = None,
    references: References = False,
    encoding: Encoding = "",
    sentences: Annotated[
        int | None,
        typer.Option(
            min=0,
            rich_help_panel=REPORT,
            help="Maximum number of sentences of a set on the page; 0 writes none of its text. "
            "Default: up to 5,000.",
        ),
    ] = None,
    credit: Annotated[
        str,
        typer.Option(
            rich_help_panel=REPORT,
            help="Attribution and license, printed at the end of the page.",
        ),
    ] = "",
    source: Source = None,
    target: Target = None,
    hub_config: HubConfig = None,
    split: Split = None,
    beam: Beam = None,
    nbest: Nbest = None,
    length_penalty: Annotated[
        float | None,
        typer.Option(
            min=0,
            rich_help_panel=DECODING,
            help="Exponent of the length penalty. Default: the model's setting.",
        ),
    ] = None,
    lowercase: Lowercase = False,
    tokenize: Tokenize = None,
    training_text: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="File of the pairs that the model was trained on, for scores by rare words.",
        ),
    ] = None,
    glossary: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="File with a source term and a target term per line (TSV, CSV), or a termbase "
            "(TBX): the model uses them, and the report says how often.",
        ),
    ] = None,
    scores: ScoreFiles = None,
    lower_is_better: LowerIsBetter = None,
    show_beam: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            rich_help_panel=REPORT,
            help="Number of a sentence whose beam search the page draws as a tree; repeat for "
            "more.",
        ),
    ] = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
    engine: Engine = "auto",
    shortlist: Shortlist = False,
    verify: Verify = False,
    split_sentences: SplitSentences = None,
    raw: Raw = False,
    settings: Settings = None,
    threads: Threads = None,
    memory_limit: MemoryLimit = "",
    plugin: Plugins = None,
    to: To = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Translate test sets, score them, and show where the translations fail.

    Scores are sacreBLEU's, with 95% bootstrap intervals. With --output it also
    writes a page with scores by length and by rare words, all sentences to
    search and sort, and the training curves if MODEL is a run directory:

        seq2seq evaluate runs/mine --data test.tsv --output runs/mine/test

    Compare with another model, or with a file of translations, one line per
    sentence:

        seq2seq evaluate runs/mine --data test.tsv --baseline runs/old

    Share the sentences among several processes, each with a GPU of its own:

        accelerate launch -m seq2seq evaluate MODEL --data SET --device cuda
    """
    set_threads(threads)
    allow_plugins(plugin or ())
    require("evaluate", "`seq2seq evaluate`")
    if output is not None:
        from seq2seq.reports.write_files import check_replaceable, report_names

        check_replaceable(report_names(len(data)), output)
    with process_group(os.environ, "-m seq2seq evaluate MODEL --data SET") as ranks:
        if len(model) > 1 and ranks.is_main:
            names = " and ".join(map(str, model))
            note(f"{names}: evaluated as one ensemble; `seq2seq compare` compares systems")
        from seq2seq.evaluation.evaluate import evaluate as evaluate_sets

        report = evaluate_sets(
            model,
            data,
            source=source,
            target=target,
            hub_config=hub_config,
            split=split,
            by=by,
            references=references,
            encoding=encoding,
            baseline=baseline or None,
            lowercase=lowercase,
            tokenize=tokenize,
            training_text=training_text,
            glossary=glossary,
            scores=score_files(scores),
            lower_is_better=lower_is_better or (),
            beams=show_beam or (),
            options=TranslatorOptions(
                device=resolve_device(device),
                dtype=dtype,
                engine=engine,
                shortlist=shortlist,
                raw=raw,
                to=to,
                memory_limit=memory_limit,
                verify=verify,
                decoding=decoding_changes(
                    settings,
                    beam=beam,
                    nbest=nbest,
                    length_penalty=length_penalty,
                    split_sentences=split_sentences,
                ),
            ),
            ranks=ranks,
        )
    if ranks.is_main:
        show(report.summary())
        if output is not None:
            from seq2seq.evaluation.training_runs import report as read_runs
            from seq2seq.model_directory.names import METRICS

            runs = [one for one in model if (one / METRICS).is_file()]
            paths = report.write(
                output,
                sentences=sentences,
                training=read_runs(runs) if runs else None,
                credit=credit,
            )
            show("\n".join(f"wrote {path}" for path in paths))
