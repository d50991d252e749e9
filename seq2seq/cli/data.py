"""Command `seq2seq data`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seq2seq.cli.options import MAX_SEED, Quiet, Verbose
from seq2seq.cli.places import directory
from seq2seq.errors import DataError
from seq2seq.runtime.extras import require
from seq2seq.runtime.notes import note
from seq2seq.runtime.terminal import show

if TYPE_CHECKING:
    from seq2seq.training.clean_data import Held


def data(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Pairs in any format that training reads: TSV, CSV, TMX, XLIFF, PO, spreadsheets, "
            "JSON, Parquet, or two text files such as text.{lang}.",
        ),
    ],
    source: Annotated[
        str,
        typer.Option(
            metavar="LANGUAGE", help="Language of the source, such as es; or a column that has it."
        ),
    ] = "",
    target: Annotated[
        str, typer.Option(metavar="LANGUAGE", help="Language of the target, such as en.")
    ] = "",
    dev: Annotated[
        str,
        typer.Option(
            metavar="N|FILE", help="Number of dev pairs to split off, or a file of dev pairs."
        ),
    ] = "500",
    test: Annotated[
        str,
        typer.Option(
            metavar="N|FILE", help="Number of test pairs to split off, or a file of test pairs."
        ),
    ] = "500",
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            parser=directory,
            help="Directory for train.tsv, dev.tsv, test.tsv, dropped.tsv, data.html and "
            "data.json.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Print what is found, and write nothing.")
    ] = False,
    max_characters: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="Maximum number of characters of a side.")
    ] = 2000,
    max_ratio: Annotated[
        float,
        typer.Option(
            min=1.0,
            max=1e6,
            help="Maximum ratio of the lengths of the sides, compared with the usual ratio.",
        ),
    ] = 4.0,
    encoding: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Encoding of text files without a byte-order mark, such as windows-1252. "
            "Default: UTF-8.",
        ),
    ] = "",
    seed: Annotated[int, typer.Option(min=0, max=MAX_SEED, help="Seed of the split.")] = 1,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Clean pairs and split them into train.tsv, dev.tsv and test.tsv.

    For example:

        seq2seq data memory.tmx glossary.xlsx --source es --target en --output data

    It normalizes the pairs, leaves out empty, wrong and duplicate ones, swaps
    back those whose sides are swapped, and splits them so that no sentence is in
    two parts, not even slightly changed. data.html shows what was found, the
    worst pairs first. To see a summary before anything is written:

        seq2seq data memory.tmx --source es --target en --check
    """
    require("evaluate", "`seq2seq data`")
    if output is None and not check:
        raise DataError("name a directory for the files with --output, or look only: --check")
    from seq2seq.data.inspection.inspect_pairs import Rules
    from seq2seq.training.clean_data import check_directory, clean_data

    if output is not None and not output.name:
        raise DataError(f"--output {output}: name a directory of its own, such as data")
    if output is not None and not check:
        check_directory(output)
    cleaned = clean_data(
        files,
        source=source,
        target=target,
        dev=_held(dev, "--dev"),
        test=_held(test, "--test"),
        rules=Rules(max_characters=max_characters, max_ratio=max_ratio),
        encoding=encoding,
        seed=seed,
    )
    show(cleaned.report.summary())
    if output is not None and not check:
        cleaned.write(output)
        note(f"wrote {output}/train.tsv, dev.tsv and test.tsv; look at {output}/data.html")
        note(f"next: seq2seq init {output}/train.tsv")


def _held(given: str, option: str) -> Held:
    """Return what an option says of dev or test pairs: their number, or their file."""
    from seq2seq.training.clean_data import Held

    if not given:
        raise DataError(f"{option} needs a number of pairs, 0 for none, or a file")
    return Held(count=int(given)) if given.isdecimal() else Held(file=given)
