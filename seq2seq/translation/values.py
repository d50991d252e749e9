"""What goes into a Translator and what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True)
class Attention:
    """How much each target token (a row of `weights`) read of each source token (a column); both
    with the end token."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: np.ndarray[tuple[int, int], np.dtype[np.float32]]


@dataclass(frozen=True)
class Alternative:
    """One hypothesis as text; `score` is what it is ranked by, `log_probability` the sum over its
    tokens in nats.

    `alignment`, where it was asked for, links words that spaces part, counted from 0: (source word,
    target word); then `attention`, of which the links are made, is there too."""

    text: str
    score: float
    log_probability: float
    alignment: tuple[tuple[int, int], ...] = ()
    attention: Attention | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Translation:
    """The translation of `source`: its best `text`, the n best, and whether the source was too long
    and cut."""

    source: str
    alternatives: tuple[Alternative, ...]
    cut: bool = False

    @property
    def text(self) -> str:
        """The best hypothesis; empty for a blank source."""
        return self.alternatives[0].text if self.alternatives else ""

    @property
    def score(self) -> float:
        """The best hypothesis's score; 0 for a blank source."""
        return self.alternatives[0].score if self.alternatives else 0.0

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Source:
    """A text to translate, what its translation must begin with, and phrases that must appear in
    it.

    `to` is the language it goes into, for a model that translates into several.
    """

    text: str
    prefix: str = ""
    terms: tuple[str, ...] = ()
    to: str = ""


def rerank_mbr(alternatives: Sequence[Alternative], sampled: bool) -> list[Alternative]:
    """The alternatives by minimum Bayes risk: most like all of them first; their score is their
    expected chrF2.

    Those that were `sampled` count alike, others as much as they are probable.
    """
    from seq2seq.metrics.expected_chrf import (
        expected_chrf,  # with sacrebleu, which other translations do without
    )

    probable = None if sampled else [one.log_probability for one in alternatives]
    scores = expected_chrf([one.text for one in alternatives], probable)
    found = [replace(one, score=score) for one, score in zip(alternatives, scores, strict=True)]
    return sorted(found, key=lambda one: -one.score)


def joined(source: str, parts: Sequence[Translation], spaces: Sequence[str]) -> Translation:
    """The translation of a text from those of its sentences; `spaces` stand behind each of them in
    the source.

    Scores and log-probabilities are sums.
    """
    best = [
        (part, space, part.alternatives[0])
        for part, space in zip(parts, spaces, strict=True)
        if part.alternatives
    ]
    if not best:
        return Translation(source, ())
    links, source_words, target_words = [], 0, 0
    for part, _, one in best:
        links += [(source_words + a, target_words + b) for a, b in one.alignment]
        source_words += len(part.source.split())
        target_words += len(one.text.split())
    text = "".join(one.text + " " * bool(space) for _, space, one in best).strip()
    score, total = sum(one.score for *_, one in best), sum(one.log_probability for *_, one in best)
    return Translation(
        source, (Alternative(text, score, total, tuple(links)),), any(part.cut for part in parts)
    )
