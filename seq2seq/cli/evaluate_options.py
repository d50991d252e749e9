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
from seq2seq.cli.places import directory
from seq2seq.cli.test_set_options import REPORT, SCORES


@dataclass(frozen=True, kw_only=True)
class ReportOptions:
    """Options on the page."""

    output: Annotated[
        Path | None,
        typer.Option(
            metavar="DIRECTORY",
            parser=directory,
            rich_help_panel=REPORT,
            help="Directory for report.html, report.md, report.json and the translations. Default: "
            "only print the scores.",
        ),
    ] = None
    sentences: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100_000,
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
    show_beam: Annotated[
        list[int] | None,
        typer.Option(
            min=1,
            max=1_000_000_000,
            rich_help_panel=REPORT,
            help="Number of a sentence whose beam search the page draws as a tree; repeat for "
            "more.",
        ),
    ] = None


@dataclass(frozen=True, kw_only=True)
class ComparisonOptions:
    """Options on what scores are compared with, and how they are broken down."""

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
