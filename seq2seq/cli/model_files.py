"""The commands that make one model directory of another: `shortlist`, `average`, `quantize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Plugins
from seq2seq.runtime.plugins import allow_plugins


def shortlist(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    data: Annotated[
        str | None, typer.Option(help="Pairs to learn from; by default those of the training.")
    ] = None,
    per_token: Annotated[
        int | None, typer.Option(min=1, help="Target tokens for each source token, at most.")
    ] = None,
    frequent: Annotated[
        int | None, typer.Option(min=0, help="Frequent target tokens for every sentence.")
    ] = None,
    plugin: Plugins = None,
) -> None:
    """Learn which target tokens each source token may become, so that translating can score those
    alone.

    Writes shortlist.safetensors into the model directory, and prints what it does on the model's
    dev pairs."""
    allow_plugins(plugin or ())
    from seq2seq.data.alignment.shortlist import FREQUENT, PER_TOKEN
    from seq2seq.model_directory.learn_shortlist import BATCH
    from seq2seq.model_directory.learn_shortlist import shortlist as run

    found = run(
        model,
        data,
        per_token=PER_TOKEN if per_token is None else per_token,
        frequent=FREQUENT if frequent is None else frequent,
    )
    if found is not None:
        print(
            f"candidates: {found.candidates:,.0f} a sentence, {found.in_batch:,.0f} a batch of "
            f"{BATCH} sentences"
        )
        print(f"covered: {found.covered:.2%} of the dev references' tokens")


def average(
    run: Annotated[Path, typer.Argument(help="Run directory that has kept several weights.")],
    output: Annotated[Path, typer.Option(help="Model directory to write.")],
    best: Annotated[
        bool, typer.Option("--best", help="Of those that scored best, instead of the newest.")
    ] = False,
    count: Annotated[
        int | None, typer.Option(min=2, help="The newest of them; by default all that were kept.")
    ] = None,
    plugin: Plugins = None,
) -> None:
    """Write the mean of several weights of one run as a model of its own.

    Train with training.keep_last (or, for --best, training.keep_best) as high as there are weights
    to average."""
    allow_plugins(plugin or ())
    from seq2seq.model_directory.average import average as average_weights

    print(
        "\n".join(
            f"averaged {path}" for path in average_weights(run, output, best=best, count=count)
        )
    )


def quantize(
    model: Annotated[Path, typer.Argument(help="Model directory.")],
    output: Annotated[Path, typer.Option(help="Model directory to write.")],
    plugin: Plugins = None,
) -> None:
    """Write a model with its matrices as int8: a quarter of the bytes, and read like any other
    model.

    By default it decodes in int8 too, where the processor can, with the products of the model
    before."""
    allow_plugins(plugin or ())
    from seq2seq.model_directory.quantize import quantize as run

    before, after = run(model, output)
    print(f"wrote {output}: {after / 1e6:.1f} MB of weights, where there were {before / 1e6:.1f}")
