"""The command `seq2seq report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.errors import DataError


def report(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN...", help="Run directories, as `seq2seq train` writes."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            help="Directory for report.html, report.md, report.json; of one run, RUN/report."
        ),
    ] = None,
) -> None:
    """Draw how trainings went, or how they go: they may still run.

    Loss, dev BLEU, learning rate, tokens/s and gradient norms against the step, from metrics.jsonl,
    on one page:

        seq2seq report runs/mine

    Several runs share one table and the same axes, for comparison:

        seq2seq report runs/mine runs/gru --output runs/comparison

    What is missing of a run that was killed is said on the page.
    """
    if output is None and len(runs) > 1:
        raise DataError("say with --output where the report of several runs is to be written")
    from seq2seq.evaluation.training_runs import report as read

    print("\n".join(f"wrote {path}" for path in read(runs).write(output or runs[0] / "report")))
