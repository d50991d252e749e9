"""Options of `seq2seq evaluate`, in groups, with their help texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    DECODING,
    Beam,
    Nbest,
    Raw,
    Settings,
    Shortlist,
    SplitSentences,
    decoding_changes,
)

TEST_SETS = "Test sets"
"""Group of the options on what is translated."""

SCORES = "Scores"
"""Group of the options on metrics and comparisons."""

REPORT = "Report"
"""Group of the options on the page."""


@dataclass(frozen=True, kw_only=True)
class TestSetOptions:
    """Options on what is translated."""

    data: Annotated[
        list[str],
        typer.Option(
            rich_help_panel=TEST_SETS,
            help="Test set: sources and references in TSV, CSV, XLSX, TMX and other formats; "
            "repeat for more sets.",
        ),
    ]
    references: Annotated[
        bool,
        typer.Option(
            "--references",
            rich_help_panel=TEST_SETS,
            help="Read the columns after the source and the reference as further references.",
        ),
    ] = False
    encoding: Annotated[
        str,
        typer.Option(
            rich_help_panel=TEST_SETS,
            metavar="NAME",
            help="Encoding of the test sets, such as windows-1252. Default: UTF-8, or as a "
            "byte-order mark says.",
        ),
    ] = ""
    source: Annotated[
        str | None,
        typer.Option(rich_help_panel=TEST_SETS, help="Source column. Default: the first."),
    ] = None
    target: Annotated[
        str | None,
        typer.Option(rich_help_panel=TEST_SETS, help="Reference column. Default: the second."),
    ] = None
    hub_config: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=TEST_SETS, help="Configuration of a Hub dataset, such as en-es."
        ),
    ] = None
    split: Annotated[
        str | None,
        typer.Option(rich_help_panel=TEST_SETS, help="Split of a Hub dataset, such as test."),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """Options on the page."""

    output: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=REPORT,
            help="Directory for report.html, report.md, report.json and the translations. Default: "
            "only print the scores.",
        ),
    ] = None
    sentences: Annotated[
        int | None,
        typer.Option(
            min=0,
            rich_help_panel=REPORT,
            help="Maximum number of sentences of a set on the page; 0 writes none of its text. "
            "Default: up to 5,000.",
        ),
    ] = None
    credit: Annotated[
        str,
        typer.Option(
            rich_help_panel=REPORT,
            help="Attribution and license, printed at the end of the page.",
        ),
    ] = ""


@dataclass(frozen=True, kw_only=True)
class ScoreOptions:
    """Options on metrics and comparisons."""

    baseline: Annotated[
        list[Path] | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="System to compare with: a model directory, or a file of translations (one per "
            "--data).",
        ),
    ] = None
    by: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="Extra column to group scores by.",
        ),
    ] = None
    lowercase: Annotated[
        bool,
        typer.Option("--lowercase", rich_help_panel=SCORES, help="Ignore case in the scores."),
    ] = False
    tokenize: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="sacreBLEU's tokenization for BLEU: 13a, intl, zh, char, none or another. "
            "Default: the model's setting, which is 13a unless data.bleu_tokenizer was given.",
        ),
    ] = None
    training_text: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="File of the pairs that the model was trained on, for scores by rare words.",
        ),
    ] = None
    glossary: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=SCORES,
            help="File with a source term and a target term per line (TSV, CSV), or a termbase "
            "(TBX): the model uses them, and the report says how often.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class DecodingOptions:
    """Options on the search for translations."""

    beam: Beam = None
    nbest: Nbest = None
    length_penalty: Annotated[
        float | None,
        typer.Option(
            min=0,
            rich_help_panel=DECODING,
            help="Exponent of the length penalty. Default: the model's setting.",
        ),
    ] = None
    shortlist: Shortlist = False
    split_sentences: SplitSentences = None
    raw: Raw = False
    settings: Settings = None

    @property
    def changes(self) -> dict[str, object]:
        """Decoding settings that differ from the model's own."""
        return decoding_changes(
            self.settings,
            beam=self.beam,
            nbest=self.nbest,
            length_penalty=self.length_penalty,
            split_sentences=self.split_sentences,
        )
