"""Commands `seq2seq shortlist`, `average`, `quantize` and `seal`, on model directories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Plugins, Quiet, Verbose
from seq2seq.cli.places import directory
from seq2seq.runtime.extras import require
from seq2seq.runtime.plugins import allow_plugins
from seq2seq.runtime.terminal import show

MAX_TOKENS = 10_000_000
"""Largest number of tokens of a shortlist's options; more than any vocabulary has."""


def shortlist(
    model: Annotated[
        Path, typer.Argument(help="Model directory, or the name of one that comes with seq2seq.")
    ],
    data: Annotated[
        str | None, typer.Option(help="Pairs to learn from. Default: the training pairs.")
    ] = None,
    per_token: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=MAX_TOKENS,
            help="Maximum number of target tokens per source token. Default: 20.",
        ),
    ] = None,
    frequent: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=MAX_TOKENS,
            help="Number of frequent target tokens allowed in every sentence. Default: 300.",
        ),
    ] = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn which target tokens each source token may become.

    Decoding with --shortlist then scores only those. This writes
    shortlist.safetensors into the model directory, and prints how many tokens
    remain and how many tokens of the dev references are among them:

        seq2seq shortlist runs/mine
        translate --model runs/mine --shortlist --dtype int8 -i spanish.txt
    """
    allow_plugins(plugin or ())
    require("train", "`seq2seq shortlist`")
    from seq2seq.data.alignment.shortlist import FREQUENT_TOKENS, TRANSLATIONS_PER_TOKEN
    from seq2seq.model_directory.learn_shortlist import BATCH
    from seq2seq.model_directory.learn_shortlist import shortlist as run

    found = run(
        model,
        data=data,
        per_token=TRANSLATIONS_PER_TOKEN if per_token is None else per_token,
        frequent=FREQUENT_TOKENS if frequent is None else frequent,
    )
    if found is not None:
        show(
            f"candidates: {found.candidates:,.0f} per sentence, {found.in_batch:,.0f} per batch of "
            f"{BATCH} sentences"
        )
        show(f"covered: {found.covered:.2%} of the dev references' tokens")


def average(
    run: Annotated[Path, typer.Argument(help="Run directory with several checkpoints.")],
    output: Annotated[
        Path,
        typer.Option(metavar="DIRECTORY", parser=directory, help="Model directory to write."),
    ],
    best: Annotated[
        bool, typer.Option("--best", help="Average the best weights instead of the newest.")
    ] = False,
    count: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=1_000_000,
            help="Number of weights, newest first. Default: all that were kept.",
        ),
    ] = None,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Average the weights of several checkpoints of one run.

    Train with training.keep_last (for --best, training.keep_best) set to the
    number of weights to average. Then:

        seq2seq average runs/mine --output runs/mine-average --count 5
    """
    allow_plugins(plugin or ())
    require("train", "`seq2seq average`")
    from seq2seq.model_directory.average import average as average_weights

    for path in average_weights(run, output=output, best=best, count=count):
        show(f"averaged {path}")


def quantize(
    model: Annotated[
        Path, typer.Argument(help="Model directory, or the name of one that comes with seq2seq.")
    ],
    output: Annotated[
        Path,
        typer.Option(metavar="DIRECTORY", parser=directory, help="Model directory to write."),
    ],
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a model with int8 weights: a quarter of the size.

    It loads like any other model. By default it also decodes in int8 where the
    processor can, with the same products as the original model decoded in int8:

        seq2seq quantize runs/mine --output runs/mine-int8
    """
    allow_plugins(plugin or ())
    require("train", "`seq2seq quantize`")
    from seq2seq.model_directory.quantize import quantize as run

    before, after = run(model, output=output)
    show(f"wrote {output}: {after / 1e6:.1f} MB of weights, where there were {before / 1e6:.1f}")


def seal(
    directory: Annotated[
        Path, typer.Argument(help="Model directory, run directory, or a checkpoint of a run.")
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Only check the files against the manifest.")
    ] = False,
    plugin: Plugins = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Accept the files of a model as they are: renew its manifest.

    manifest.json has the SHA-256 of every file, and a model whose files do not
    match it is refused. After you have changed a file on purpose:

        seq2seq seal runs/mine

    With --check nothing is written. All files of a model are checked, and those
    of a run's checkpoints too:

        seq2seq seal --check runs/mine
    """
    allow_plugins(plugin or ())
    from seq2seq.model_directory.seal_directory import check_directory, seal_directory

    if check:
        show("\n".join(check_directory(directory)))
    else:
        show(f"sealed {directory}: {', '.join(seal_directory(directory))}")
