"""Command `seq2seq init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Quiet, Verbose
from seq2seq.cli.places import STANDARD
from seq2seq.errors import ConfigError, DataError
from seq2seq.runtime.extras import require
from seq2seq.runtime.notes import note
from seq2seq.runtime.terminal import show


def init(
    train: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Training pairs: TSV, CSV, XLSX, TMX and other formats, or two text files such "
            "as train.{lang}.",
        ),
    ],
    dev: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Dev pairs. Default: the file in the same directory whose name has dev or "
            "valid in place of train.",
        ),
    ] = "",
    source: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="Column of the source, by name or by position from 0; of TMX and XLIFF, its "
            "language. Default: found by the names in the file, or the first.",
        ),
    ] = "",
    target: Annotated[
        str,
        typer.Option(
            metavar="COLUMN", help="Column of the target. Default: as for --source, or the second."
        ),
    ] = "",
    encoding: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Encoding of text files without a byte-order mark, such as windows-1252. "
            "Default: UTF-8.",
        ),
    ] = "",
    preset: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Preset: tiny, small, medium or adapt. Default: by the number of pairs.",
        ),
    ] = "",
    output: Annotated[
        Path, typer.Option(metavar="FILE", help="Configuration to write; - prints it.")
    ] = Path("config.yaml"),
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a configuration for your data, with a comment on each setting.

    For example:

        seq2seq init train.tsv --dev dev.tsv
        seq2seq train config.yaml --check
        seq2seq train config.yaml

    It counts the pairs to choose a preset, finds the columns and languages, and
    sets what depends on them.
    """
    require("train", "`seq2seq init`")
    from seq2seq.training.find_columns import dev_beside
    from seq2seq.training.first_config import first_config
    from seq2seq.training.look_at_data import look_at

    prints = output == Path(STANDARD)
    if not prints and output.exists():
        raise ConfigError(f"{output}: exists already; name another file with --output")
    found = dev or dev_beside(train[0])
    if not found:
        raise DataError(
            "which pairs are for validation? Name a file of them with --dev; they must not be "
            "among the training pairs"
        )
    look = look_at(train, found, source=_column(source), target=_column(target), encoding=encoding)
    _write(first_config(train, found, look, preset=preset), output)
    if look.shared:
        note(
            f"{look.shared:,} of the {look.dev_pairs:,} dev pairs are training pairs, too: dev "
            "BLEU will be too high"
        )
    if not prints:
        note(f"wrote {output}; next: seq2seq train {os.fspath(output)} --check")


def _write(text: str, output: Path) -> None:
    if output == Path(STANDARD):
        show(text, end="")
        return
    from seq2seq.runtime.atomic_file import atomic_write_text

    atomic_write_text(text, output)


def _column(given: str) -> str | int | None:
    """Return a column as it is given: a position from 0, or a name."""
    return int(given) if given.isdecimal() else given or None
