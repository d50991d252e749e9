"""Inputs and outputs of a Translator."""

from __future__ import annotations

from dataclasses import dataclass, field

from seq2seq.errors import ConfigError
from seq2seq.runtime.single_text import check_several, check_text

MAX_CONSTRAINT = 1000
"""Maximum number of characters of a prefix, and of all terms of a text."""

MAX_TERMS = 100
"""Maximum number of terms of a text."""


@dataclass(frozen=True)
class Term:
    """Phrase that must appear in a translation where its source occurs.

    Attributes:
        target: The phrase.
        source: What it translates, as one or more whole words. It is found in any case, and in the
            plural. A translation that has the phrase in the other number is taken as it is.
    """

    target: str
    source: str


@dataclass(frozen=True)
class Source:
    """Text to translate, with constraints on its translation.

    Attributes:
        text: The text.
        prefix: Beginning of the translation. Its last word may be partial, unless a space follows.
        terms: Phrases that must appear in the translation; a `Term` only in the translation of a
            sentence with its source.
        to: Target language, for a model of several languages; "" for the translator's default.

    Raises:
        ConfigError: The prefix or the terms are longer than any that people write. The search would
            take time with the square of their length.
    """

    text: str
    prefix: str = ""
    terms: tuple[str | Term, ...] = ()
    to: str = ""

    def __post_init__(self) -> None:
        _check_length("prefix", len(self.prefix), MAX_CONSTRAINT, "characters")
        _check_length(
            "terms", sum(len(phrase_of(term)) for term in self.terms), MAX_CONSTRAINT, "characters"
        )
        _check_length("terms", len(self.terms), MAX_TERMS, "phrases")


def phrase_of(term: str | Term) -> str:
    """Return the phrase of a term, with or without a source."""
    return term if isinstance(term, str) else term.target


def _check_length(name: str, length: int, most: int, unit: str) -> None:
    if length > most:
        raise ConfigError(f"{name}: {length:,} {unit}, but at most {most:,} can be searched for")


@dataclass(frozen=True)
class AttentionMatrix:
    """Attention weights of one translation.

    Attributes:
        source: The S source tokens (columns), including the end token.
        target: The T target tokens (rows), including the end token.
        weights: T rows of S weights; each row sums to 1.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: list[list[float]]


@dataclass(frozen=True)
class Alternative:
    """Entry of an n-best list.

    Attributes:
        text: The translation.
        score: Score by which the list is ranked.
        log_probability: Sum of the log-probabilities of the tokens and the end token, in nats.
        alignment: Pairs (source word, target word) if requested. Words are separated by spaces and
            counted from 0.
        attention: Attention weights that the alignment is derived from, if requested.
    """

    text: str
    score: float
    log_probability: float
    alignment: tuple[tuple[int, int], ...] = ()
    attention: AttentionMatrix | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Translation:
    """Translation of one text.

    Attributes:
        source: The source text.
        alternatives: N-best list, best first; empty for a blank text.
        cut: True if the text was too long, so only its beginning was translated.
        confidence: Probability that the best translation is usable, from 0 to 1; of a text of
            several sentences, that of the worst one. None for a blank text, and for a model without
            a calibrated confidence.
        warning: Possible fault, such as "looks like German, not Spanish"; "" if nothing is
            known.
        sentences: Translations of the sentences, if the text was split into several.
    """

    source: str
    alternatives: tuple[Alternative, ...]
    cut: bool = False
    confidence: float | None = None
    warning: str = ""
    sentences: tuple[Translation, ...] = field(default=(), compare=False, repr=False)

    @property
    def text(self) -> str:
        """Best translation; "" for a blank text."""
        return self.alternatives[0].text if self.alternatives else ""

    @property
    def score(self) -> float:
        """Score of the best translation; 0 for a blank text."""
        return self.alternatives[0].score if self.alternatives else 0.0

    def __str__(self) -> str:
        return self.text


def as_source(text: str | Source) -> Source:
    """Return a text with its constraints.

    Raises:
        TypeError: It is no text.
    """
    if isinstance(text, Source):
        return text
    check_text(text, "translate_all takes a list of texts")
    return Source(text)


def check_sources(texts: object) -> None:
    """Check that several texts are given.

    Raises:
        TypeError: It is a single text, whose letters would otherwise be taken for texts.
    """
    single = texts.text if isinstance(texts, Source) else texts
    check_several(single, "translate takes one")
