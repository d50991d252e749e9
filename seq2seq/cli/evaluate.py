"""Command `seq2seq evaluate`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.evaluate_options import (
    ComparisonOptions,
    DecodingOptions,
    ReportOptions,
)
from seq2seq.cli.option_groups import with_groups
from seq2seq.cli.options import (
    ComputingOptions,
    Plugins,
    Quiet,
    To,
    Verbose,
    Verify,
    set_threads,
)
from seq2seq.cli.test_set_options import MetricOptions, TestSetOptions
from seq2seq.runtime.extras import require
from seq2seq.runtime.notes import note
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.ranks import process_group
from seq2seq.runtime.terminal import show
from seq2seq.translation.options import TranslatorOptions

if TYPE_CHECKING:
    from seq2seq.reports.evaluation_report import EvaluationReport


@with_groups
def evaluate(
    model: Annotated[
        list[Path],
        typer.Argument(
            help="Model directory, name of a model that comes with seq2seq, or Hub name; several "
            "are an ensemble."
        ),
    ],
    sets: TestSetOptions,
    page: ReportOptions,
    comparison: ComparisonOptions,
    metrics: MetricOptions,
    decoding: DecodingOptions,
    computing: ComputingOptions,
    verify: Verify = False,
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
    set_threads(computing.threads)
    allow_plugins(plugin or ())
    require("evaluate", "`seq2seq evaluate`")
    if page.output is not None:
        from seq2seq.reports.write_files import check_replaceable, report_names

        check_replaceable(report_names(len(sets.data)), page.output)
    with process_group(os.environ, "-m seq2seq evaluate MODEL --data SET") as ranks:
        if len(model) > 1 and ranks.is_main:
            names = " and ".join(map(str, model))
            note(f"{names}: evaluated as one ensemble; `seq2seq compare` compares systems")
        from seq2seq.evaluation.evaluate import evaluate as evaluate_sets

        report = evaluate_sets(
            model,
            sets.data,
            source=sets.source,
            target=sets.target,
            hub_config=sets.hub_config,
            split=sets.split,
            by=comparison.by,
            references=sets.references,
            encoding=sets.encoding,
            baseline=comparison.baseline or None,
            lowercase=metrics.lowercase,
            tokenize=metrics.tokenize,
            metrics=metrics.metric or (),
            training_text=comparison.training_text,
            glossary=comparison.glossary,
            scores=metrics.score_files,
            lower_is_better=metrics.lower_is_better or (),
            beams=page.show_beam or (),
            options=TranslatorOptions(
                device=computing.device,
                dtype=computing.dtype,
                engine=computing.engine,
                memory_limit=computing.memory_limit,
                verify=verify,
                to=to,
                shortlist=decoding.shortlist,
                raw=decoding.raw,
                decoding=decoding.changes,
            ),
            ranks=ranks,
        )
    if ranks.is_main:
        show(report.summary())
        _write(report, model, page)


def _write(report: EvaluationReport, models: Sequence[Path], page: ReportOptions) -> None:
    """Write the report, with the training curves of the models that are run directories."""
    if page.output is None:
        return
    from seq2seq.evaluation.training_runs import report as read_runs
    from seq2seq.model_directory.names import METRICS

    runs = [one for one in models if (one / METRICS).is_file()]
    paths = report.write(
        page.output,
        sentences=page.sentences,
        training=read_runs(runs) if runs else None,
        credit=page.credit,
    )
    show("\n".join(f"wrote {path}" for path in paths))
