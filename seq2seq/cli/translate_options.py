"""Options of `translate`, in groups, with their help texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from seq2seq.cli.options import (
    DECODING,
    INPUT,
    MODEL,
    Beam,
    Nbest,
    Raw,
    RawTerminal,
    Settings,
    Shortlist,
    SplitSentences,
    To,
    Verify,
    decoding_changes,
)
from seq2seq.documents.term_matching import words_of
from seq2seq.errors import ConfigError, Seq2SeqError
from seq2seq.model_directory.shipped_models import list_of_models, shipped_models
from seq2seq.runtime.terminal import show
from seq2seq.translation.values import Term


def names_of_models(incomplete: str) -> list[str]:
    """Return the names of shipped models that begin so, for completion in a shell."""
    return [one.name for one in shipped_models() if one.name.startswith(incomplete)]


def print_models(asked: bool) -> None:
    """Print the models that come with seq2seq and exit, if asked to."""
    if asked:
        show(list_of_models() or "no model comes with this copy of seq2seq")
        raise typer.Exit


@dataclass(frozen=True, kw_only=True)
class ModelOptions:
    """Options on which model translates what."""

    model: Annotated[
        list[Path] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            autocompletion=names_of_models,
            envvar="SEQ2SEQ_MODEL",
            rich_help_panel=MODEL,
            help="Model directory, Hub name, or name of a model that comes with seq2seq, such as "
            "es-en (--list-models); repeat for an ensemble. Default: the model that comes with "
            "seq2seq for the language of the text.",
        ),
    ] = None
    from_: Annotated[
        str,
        typer.Option(
            "--from",
            metavar="LANGUAGE",
            rich_help_panel=MODEL,
            help="Source language, such as es or Spanish, to choose a shipped model. Default: the "
            "language of the text.",
        ),
    ] = ""
    to: To = ""
    verify: Verify = False
    list_models: Annotated[
        bool,
        typer.Option(
            "--list-models",
            callback=print_models,
            is_eager=True,
            rich_help_panel=MODEL,
            help="List the models that come with seq2seq.",
        ),
    ] = False


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """Options on files and their form."""

    input: Annotated[
        Path | None,
        typer.Option(
            "--input",
            "-i",
            rich_help_panel=INPUT,
            metavar="FILE",
            help="File to read; .gz too. Default, and for -: standard input.",
        ),
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            rich_help_panel=INPUT,
            metavar="FILE",
            help="File to write; .gz too. Default, and for -: standard output.",
        ),
    ] = None
    continue_: Annotated[
        bool,
        typer.Option(
            "--continue",
            rich_help_panel=INPUT,
            help="Continue FILE.part, which remains if a translation with --output FILE is "
            "interrupted. Give the same input, model and options.",
        ),
    ] = False
    scores: Annotated[
        bool,
        typer.Option(
            "--scores",
            rich_help_panel=INPUT,
            help="Print the score after each translation: TEXT ||| SCORE.",
        ),
    ] = False
    json: Annotated[
        bool,
        typer.Option("--json", rich_help_panel=INPUT, help="Print one JSON object per line."),
    ] = False
    alignments: Annotated[
        bool,
        typer.Option(
            "--alignments",
            rich_help_panel=INPUT,
            help="Print a word alignment from attention: TEXT ||| 0-0 1-2 (Pharaoh format).",
        ),
    ] = False
    trace: Annotated[
        Path | None,
        typer.Option(
            "--trace",
            rich_help_panel=INPUT,
            help="File to write what the model did for each sentence: pieces, gates, attention, "
            "beam and probabilities, as JSON lines; .gz too.",
        ),
    ] = None
    raw_terminal: RawTerminal = False
    score: Annotated[
        bool,
        typer.Option(
            "--score",
            rich_help_panel=INPUT,
            help="Score given translations instead: for lines SOURCE, tab, TRANSLATION, print "
            "the log-probability of each translation.",
        ),
    ] = False

    def check_scoring(self) -> None:
        """Raise Seq2SeqError if an option excludes --score."""
        if self.trace is not None:
            raise Seq2SeqError("--score has no search to trace: leave out --trace")
        if self.continue_:
            raise Seq2SeqError("--score always starts from the beginning: leave out --continue")


@dataclass(frozen=True, kw_only=True)
class DecodingOptions:
    """Options on the search for translations."""

    beam: Beam = None
    nbest: Nbest = None
    split_sentences: SplitSentences = None
    raw: Raw = False
    prefix: Annotated[
        str,
        typer.Option(
            rich_help_panel=DECODING,
            help="Beginning of each translation; its last word may be partial, a space ends it.",
        ),
    ] = ""
    term: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=DECODING,
            metavar="[SOURCE=]TARGET",
            help="Phrase that must appear in each translation, or with SOURCE= only where that "
            "phrase occurs; repeat for more.",
        ),
    ] = None
    settings: Settings = None
    shortlist: Shortlist = False

    @property
    def changes(self) -> dict[str, object]:
        """Decoding settings that differ from the model's own."""
        return decoding_changes(
            self.settings, beam=self.beam, nbest=self.nbest, split_sentences=self.split_sentences
        )

    @property
    def terms(self) -> list[str | Term]:
        """Phrases that must appear in each translation."""
        return [typed_term(one) for one in self.term or ()]


def typed_term(text: str) -> str | Term:
    """Return a term as it is typed: TARGET, or SOURCE=TARGET.

    Raises:
        ConfigError: A side of the equals sign is empty, or the source has no word.
    """
    source, sign, target = (part.strip() for part in text.partition("="))
    if not sign:
        return text
    if not target or not words_of(source):
        raise ConfigError(f"--term {text}: write TARGET, or SOURCE=TARGET with a word on each side")
    return Term(target, source)
