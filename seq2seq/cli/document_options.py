"""Options of `translate` on documents, with their help texts, and when a file is a document."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.errors import Seq2SeqError

DOCUMENTS = "Documents"
"""Group of the options on documents."""


LINES = ("", "text")
"""Formats whose lines the command translates one by one, in constant memory."""


@dataclass(frozen=True, kw_only=True)
class DocumentOptions:
    """Options on documents."""

    format: Annotated[
        str,
        typer.Option(
            "--format",
            rich_help_panel=DOCUMENTS,
            help="Format of the input: text, po, xliff, tmx, srt, vtt, html, markdown, json, "
            "properties, docx, xlsx, csv or tsv. Default: that of its name; other files are text.",
        ),
    ] = ""
    glossary: Annotated[
        Path | None,
        typer.Option(
            "--glossary",
            rich_help_panel=DOCUMENTS,
            help="File with a source term and a target term per line (TSV, CSV), or a termbase "
            "(TBX). Where the source term occurs, the target term is used.",
        ),
    ] = None
    memory: Annotated[
        Path | None,
        typer.Option(
            "--memory",
            rich_help_panel=DOCUMENTS,
            help="Translation memory (TMX), whose translations of equal segments are reused.",
        ),
    ] = None
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            rich_help_panel=DOCUMENTS,
            help="Column of a table to translate, by name, or by number from 1 if there is no "
            "header; repeat for more.",
        ),
    ] = None
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            rich_help_panel=DOCUMENTS,
            help="Also translate entries that already have a translation (PO, XLIFF, TMX).",
        ),
    ] = False
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            min=0.0,
            max=1.0,
            rich_help_panel=DOCUMENTS,
            help="Mark segments whose confidence is below this as doubtful, if the format can "
            "(PO: fuzzy, XLIFF: state, TMX: note). Default: the model's own threshold.",
        ),
    ] = None

    def concern(self, path: Path | None, *, scoring: bool) -> bool:
        """Return whether the input is to be read as a document, not as lines.

        Given translations to score are lines in a TSV file, unless an option is on documents.
        """
        if path is None:
            if self != DocumentOptions():
                raise Seq2SeqError(
                    "--format, --glossary, --memory, --column, --all and --threshold need a "
                    "document: name it with --input"
                )
            return False
        if scoring and self == DocumentOptions():
            return False
        from seq2seq.documents.recognise import format_of

        helped = self.glossary is not None or self.memory is not None
        return helped or (self.format or format_of(path)) not in LINES
