"""Options of the commands that score translations of test sets."""

from __future__ import annotations

from typing import Annotated

import typer

from seq2seq.errors import ConfigError

TEST_SETS = "Test sets"
"""Group of the options on what is translated."""

SCORES = "Scores"
"""Group of the options on metrics and comparisons."""

REPORT = "Report"
"""Group of the options on the files that are written."""

Data = Annotated[
    list[str],
    typer.Option(
        rich_help_panel=TEST_SETS,
        help="Test set: sources and references in TSV, CSV, XLSX, TMX and other formats, or one of "
        "sacreBLEU's, such as sacrebleu:wmt13/es-en; repeat for more sets.",
    ),
]
References = Annotated[
    bool,
    typer.Option(
        "--references",
        rich_help_panel=TEST_SETS,
        help="Read the columns after the source and the reference as further references.",
    ),
]
Encoding = Annotated[
    str,
    typer.Option(
        rich_help_panel=TEST_SETS,
        metavar="NAME",
        help="Encoding of the test sets, such as windows-1252. Default: UTF-8, or as a "
        "byte-order mark says.",
    ),
]
Source = Annotated[
    str | None,
    typer.Option(rich_help_panel=TEST_SETS, help="Source column. Default: the first."),
]
Target = Annotated[
    str | None,
    typer.Option(rich_help_panel=TEST_SETS, help="Reference column. Default: the second."),
]
HubConfig = Annotated[
    str | None,
    typer.Option(rich_help_panel=TEST_SETS, help="Configuration of a Hub dataset, such as en-es."),
]
Split = Annotated[
    str | None,
    typer.Option(rich_help_panel=TEST_SETS, help="Split of a Hub dataset, such as test."),
]
Lowercase = Annotated[
    bool,
    typer.Option("--lowercase", rich_help_panel=SCORES, help="Ignore case in the scores."),
]
Tokenize = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=SCORES,
        help="sacreBLEU's tokenization for BLEU: 13a, intl, zh, char, none or another. "
        "Default: the model's setting, which is 13a unless data.bleu_tokenizer was given.",
    ),
]
ScoreFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--scores",
        metavar="NAME=FILE",
        rich_help_panel=SCORES,
        help="Scores by another metric, such as COMET=comet.txt: a number per sentence, one file "
        "for each system and set, in their order; repeat for more.",
    ),
]
LowerIsBetter = Annotated[
    list[str] | None,
    typer.Option(
        "--lower-is-better",
        metavar="NAME",
        rich_help_panel=SCORES,
        help="Name of a metric of --scores of which a lower score is better; repeat for more.",
    ),
]


def score_files(given: list[str] | None) -> dict[str, list[str]]:
    """Return the files of `--scores` by the name of their metric.

    Raises:
        ConfigError: A value does not have the form NAME=FILE.
    """
    found: dict[str, list[str]] = {}
    for text in given or ():
        name, _, path = text.partition("=")
        if not name or not path:
            raise ConfigError(f"--scores {text}: write NAME=FILE, such as COMET=comet.txt")
        found.setdefault(name, []).append(path)
    return found
