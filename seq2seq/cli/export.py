"""Command `seq2seq export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Quiet, Verbose
from seq2seq.cli.places import directory
from seq2seq.runtime.terminal import show


def export(
    models: Annotated[
        list[str],
        typer.Argument(
            metavar="MODEL...",
            help="Models of the page: names of shipped models, or model directories.",
        ),
    ],
    web: Annotated[
        Path,
        typer.Option(
            metavar="DIRECTORY", parser=directory, help="Directory to write the page into."
        ),
    ],
    single_file: Annotated[
        bool,
        typer.Option("--single-file", help="Write a single file, which opens without a server."),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Write a web page that translates in the browser.

    The page sends nothing: the models run in the browser, as WebAssembly. A
    folder needs a web server; a single file can be opened from anywhere:

        seq2seq export es-en en-es --web public
        seq2seq export es-en --web page --single-file
    """
    from seq2seq.web.export import export_page

    files = export_page(models, web, single_file=single_file)
    size = sum(path.stat().st_size for path in files)
    what = files[0] if single_file else f"{web}: {len(files)} files"
    show(f"wrote {what}, {size / 1e6:.1f} MB")
