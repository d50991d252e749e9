"""Command `seq2seq trace`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import Quiet, Verbose
from seq2seq.cli.output_file import is_same_file
from seq2seq.cli.places import STANDARD
from seq2seq.errors import DataError
from seq2seq.runtime.atomic_file import atomic_write_text
from seq2seq.runtime.terminal import show


def trace(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File that `translate --trace` has written.")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Page to write; - prints it. Default: FILE with the suffix .html.",
        ),
    ] = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show on a page what the model did for each sentence of a trace.

    For example:

        translate --trace trace.jsonl "El libro rojo está en la mesa."
        seq2seq trace trace.jsonl --output page.html

    The page shows the pieces, the states of the encoder, the attention, the
    beam, the probabilities of the next token and the gates of the decoder, in
    English or Spanish, with a slider through time. It is one file, which loads
    and sends nothing.
    """
    from seq2seq.web.trace_page import trace_page

    content = trace_page(file)
    if output == Path(STANDARD):
        show(content, end="")
        return
    page = file.with_suffix(".html") if output is None else output
    if is_same_file(page, file):
        raise DataError(f"{page}: is the trace; name another file to write")
    atomic_write_text(content, page)
    show(f"wrote {page}")
