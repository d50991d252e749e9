"""Command `seq2seq report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Quiet, Verbose
from seq2seq.cli.places import directory
from seq2seq.errors import DataError
from seq2seq.runtime.extras import require
from seq2seq.runtime.terminal import show


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run directories, as written by `seq2seq train`."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            parser=directory,
            help="Directory for report.html, report.md and report.json. Default, for one run: "
            "RUN/report.",
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Plot the training curves of runs, finished or still running, on a page.

    It shows loss, dev BLEU, learning rate, tokens/s and gradient norms by step,
    from metrics.jsonl:

        seq2seq report runs/mine

    Compare several runs in one table and on the same axes:

        seq2seq report runs/mine runs/gru --output runs/comparison

    The page says what is missing from a run that was killed.
    """
    if output is None and len(runs) > 1:
        raise DataError("a report of several runs needs --output DIR")
    require("evaluate", "`seq2seq report`")
    from seq2seq.evaluation.training_runs import report as read

    show("\n".join(f"wrote {path}" for path in read(runs).write(output or runs[0] / "report")))
