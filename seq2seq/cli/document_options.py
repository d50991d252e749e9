"""Options of `translate` on documents, with their help texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DOCUMENTS = "Documents"
"""Group of the options on documents."""

Format = Annotated[
    str,
    typer.Option(
        "--format",
        rich_help_panel=DOCUMENTS,
        help="Format of the input: text, po, xliff, tmx, srt, vtt, html, markdown, json, "
        "properties, docx, xlsx, csv or tsv. Default: that of its name; other files are text.",
    ),
]
GlossaryFile = Annotated[
    Path | None,
    typer.Option(
        "--glossary",
        rich_help_panel=DOCUMENTS,
        help="File with a source term and a target term per line (TSV, CSV). Where the source "
        "term occurs, the target term is used.",
    ),
]
MemoryFile = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        rich_help_panel=DOCUMENTS,
        help="Translation memory (TMX): segments that are in it are taken from it.",
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        rich_help_panel=DOCUMENTS,
        help="Column of a table to translate, by name, or by number from 1 if there is no header; "
        "repeat for more.",
    ),
]
Everything = Annotated[
    bool,
    typer.Option(
        "--all",
        rich_help_panel=DOCUMENTS,
        help="Translate entries that have a translation already, too (PO, XLIFF, TMX).",
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold",
        min=0.0,
        max=1.0,
        rich_help_panel=DOCUMENTS,
        help="Mark segments whose confidence is below this as doubtful, where the format can "
        "(PO: fuzzy, XLIFF: state, TMX: note). Default: the model's own threshold.",
    ),
]
