"""The command `seq2seq train`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    Plugins,
    Threads,
    set_threads,
)
from seq2seq.runtime.launch import rank
from seq2seq.runtime.plugins import allow_plugins


def train(
    config: Annotated[Path, typer.Argument(help="YAML file; recipes/*/config.yaml are examples.")],
    overrides: Annotated[
        list[str] | None, typer.Argument(metavar="SECTION.KEY=VALUE", help="Settings.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Run directory; by default runs/ and the config's name.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the directory, if any.")
    ] = False,
    cpu: Annotated[bool, typer.Option("--cpu", help="Leave a GPU alone.")] = False,
    threads: Threads = None,
    plugin: Plugins = None,
) -> None:
    """Train a model.

    Needs two settings, data.train and data.dev; for example, from tab-separated files:

        seq2seq train config.yaml training.max_steps=5000 model.cell=gru

    Ctrl-C saves a checkpoint first; --resume goes on from it as if nothing had happened. On several
    GPUs:

        accelerate launch -m seq2seq train config.yaml
    """
    set_threads(threads)
    allow_plugins(plugin or ())
    import seq2seq.training.run as run
    from seq2seq.config.config import Config

    name = config.parent.name if config.stem == "config" and config.parent.name else config.stem
    directory = output or Path("runs") / name
    outcome = run.train(Config.load(config, overrides or []), directory, resume=resume, cpu=cpu)
    if rank(os.environ):
        return
    if outcome.stopped_by is not None:
        print(
            f"stopped by {outcome.stopped_by} at step {outcome.step:,}; add --resume to go on",
            file=sys.stderr,
        )
        raise typer.Exit(130 if outcome.stopped_by == "SIGINT" else 143)
    best = (
        ""
        if outcome.best_score is None
        else f"; best dev BLEU {outcome.best_score:.2f} at step {outcome.best_step:,}"
    )
    print(f"trained {outcome.step:,} steps in {outcome.seconds:,.0f} s{best}", file=sys.stderr)
    print(f'the model is in {directory}; try: translate --model {directory} "…"', file=sys.stderr)
