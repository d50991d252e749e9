"""Command `seq2seq compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.option_groups import with_groups
from seq2seq.cli.options import (
    Beam,
    ComputingOptions,
    Plugins,
    Quiet,
    Settings,
    To,
    Verbose,
    Verify,
    decoding_changes,
    set_threads,
)
from seq2seq.cli.places import directory
from seq2seq.cli.test_set_options import REPORT, SCORES, MetricOptions, TestSetOptions
from seq2seq.runtime.extras import require
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.terminal import show
from seq2seq.translation.options import TranslatorOptions


@with_groups
def compare(
    systems: Annotated[
        list[str],
        typer.Argument(
            metavar="SYSTEM",
            help="Run directory, model directory, name of a model, or file with a translation per "
            "line. NAME=SYSTEM names it; those with the same name are seeds of one system.",
        ),
    ],
    sets: TestSetOptions,
    metrics: MetricOptions,
    computing: ComputingOptions,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            parser=directory,
            rich_help_panel=REPORT,
            help="Directory for table.html, table.md, table.tex, table.csv and table.json. "
            "Default: only print the table.",
        ),
    ] = None,
    baseline: Annotated[
        str,
        typer.Option(
            rich_help_panel=SCORES,
            metavar="NAME",
            help="System to compare the others with. Default: the first.",
        ),
    ] = "",
    beam: Beam = None,
    verify: Verify = False,
    settings: Settings = None,
    plugin: Plugins = None,
    to: To = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Compare systems on test sets, in a table with significance tests.

    Trainings that differ only in the seed become one system, with the mean and
    the standard deviation of its scores. Each system is tested against the
    first, or against --baseline: by paired bootstrap resampling and approximate
    randomization, as in sacreBLEU, with Holm's correction for several systems:

        seq2seq compare runs/a-1 runs/a-2 theirs.txt --data test.tsv --output DIR
    """
    set_threads(computing.threads)
    allow_plugins(plugin or ())
    require("evaluate", "`seq2seq compare`")
    if output is not None:
        from seq2seq.reports.write_files import TABLES, check_replaceable

        check_replaceable(TABLES, output)
    from seq2seq.evaluation.compare import compare as compare_systems

    report = compare_systems(
        systems,
        sets.data,
        baseline=baseline,
        source=sets.source,
        target=sets.target,
        hub_config=sets.hub_config,
        split=sets.split,
        references=sets.references,
        encoding=sets.encoding,
        lowercase=metrics.lowercase,
        tokenize=metrics.tokenize,
        metrics=metrics.metric or (),
        scores=metrics.score_files,
        lower_is_better=metrics.lower_is_better or (),
        options=TranslatorOptions(
            device=computing.device,
            dtype=computing.dtype,
            engine=computing.engine,
            verify=verify,
            to=to,
            decoding=decoding_changes(settings, beam=beam),
        ),
    )
    show(report.summary())
    if output is not None:
        show("\n".join(f"wrote {path}" for path in report.write(output)))
