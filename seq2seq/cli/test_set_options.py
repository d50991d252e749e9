"""Options of the commands that score translations of test sets, in groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import typer

from seq2seq.errors import ConfigError

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
            help="Test set: sources and references in TSV, CSV, XLSX, TMX and other formats, or "
            "one of sacreBLEU's, such as sacrebleu:wmt13/es-en; repeat for more sets.",
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
class MetricOptions:
    """Options on metrics."""

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
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=SCORES,
            help="Metric to compute besides the usual ones: phoneme error rate, word error rate, "
            "or one of a plug-in; repeat for more.",
        ),
    ] = None
    scores: Annotated[
        list[str] | None,
        typer.Option(
            "--scores",
            metavar="NAME=FILE",
            rich_help_panel=SCORES,
            help="Scores by another metric, such as COMET=comet.txt: a number per sentence, one "
            "file for each system and set, in their order; repeat for more.",
        ),
    ] = None
    lower_is_better: Annotated[
        list[str] | None,
        typer.Option(
            "--lower-is-better",
            metavar="NAME",
            rich_help_panel=SCORES,
            help="Name of a metric of --scores for which a lower score is better; repeat for more.",
        ),
    ] = None

    @property
    def score_files(self) -> dict[str, list[str]]:
        """Files of `--scores` by the name of their metric.

        Raises:
            ConfigError: A value does not have the form NAME=FILE.
        """
        found: dict[str, list[str]] = {}
        for text in self.scores or ():
            name, _, path = text.partition("=")
            if not name or not path:
                raise ConfigError(f"--scores {text}: write NAME=FILE, such as COMET=comet.txt")
            found.setdefault(name, []).append(path)
        return found
