"""Command `seq2seq train`."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.options import COMPUTING, Plugins, Quiet, Threads, Verbose, set_threads
from seq2seq.cli.places import directory
from seq2seq.errors import ConfigError
from seq2seq.runtime.extras import require
from seq2seq.runtime.launch import rank
from seq2seq.runtime.notes import note
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.terminal import show

if TYPE_CHECKING:
    from seq2seq.training.outcome import Outcome

_USES = {
    "translation": ("translate", '"…"'),
    "language-model": ("seq2seq complete", '"…"'),
    "classification": ("seq2seq classify", '"…"'),
    "description": ("seq2seq describe", "vectors.jsonl"),
}
"""Command to try a model with, and what to give it, by task."""


def train(
    config: Annotated[Path, typer.Argument(help="YAML file; recipes/*/config.yaml are examples.")],
    overrides: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SECTION.KEY=VALUE", help="Settings that take precedence over the file."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            parser=directory,
            help="Run directory. Default: runs/ and the name of the configuration.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the run in the directory, if there is one.")
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Check everything without training: time some steps, and print how long the "
            "training will take and what it needs. Nothing is written.",
        ),
    ] = False,
    cpu: Annotated[
        bool, typer.Option("--cpu", rich_help_panel=COMPUTING, help="Do not use a GPU.")
    ] = False,
    threads: Threads = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Train a model.

    The configuration must set data.train and data.dev. For example:

        seq2seq train config.yaml training.max_steps=5000 model.cell=gru

    `seq2seq settings` explains the settings, and `seq2seq init` writes a
    configuration for your data. Before a long training, see what it will take:

        seq2seq train config.yaml --check

    Ctrl-C saves a checkpoint, as SIGTERM, SIGUSR1 and SIGHUP do; --resume
    continues from it as if nothing had happened.

    On several GPUs:

        accelerate launch -m seq2seq train config.yaml
    """
    set_threads(threads)
    allow_plugins(plugin or ())
    require("train", "`seq2seq train`")
    from seq2seq.config.config import Config

    if output is not None and not output.name:
        raise ConfigError(f"--output {output}: name a directory of its own, such as runs/mine")
    settings = Config.load(config, overrides or [])  # before torch, to report mistakes early
    run_directory = _default_directory(config) if output is None else output
    if check:
        from seq2seq.training.check import check as check_training

        show(check_training(settings, output=run_directory, resume=resume, cpu=cpu).summary())
        return
    import seq2seq.training.run as run

    outcome = run.train(settings, output=run_directory, resume=resume, cpu=cpu)
    if rank(os.environ) == 0:
        _report(outcome, run_directory, settings.task)


def _default_directory(config: Path) -> Path:
    """Return the run directory of a configuration: "config.yaml" has the name of its folder."""
    name = config.parent.name if config.stem == "config" and config.parent.name else config.stem
    return Path("runs") / name


def _report(outcome: Outcome, directory: Path, task: str) -> None:
    """Say how the training ended; exit with the code of the signal that stopped it."""
    if outcome.stopped_by is not None:
        note(f"stopped by {outcome.stopped_by} at step {outcome.step:,}; add --resume to continue")
        number = getattr(signal, outcome.stopped_by, signal.SIGTERM)
        raise typer.Exit(128 + number)
    best = (
        ""
        if outcome.best_score is None
        else f"; best dev {outcome.measure.label} {outcome.best_score:.2f} at step "
        f"{outcome.best_step:,}"
    )
    note(f"trained {outcome.step:,} steps in {outcome.seconds:,.0f} s{best}")
    use, given = _USES.get(task, _USES["translation"])
    note(f"the model is in {directory}; try: {use} --model {directory} {given}")
