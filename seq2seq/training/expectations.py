"""Estimate the result of a training from its number of pairs, by recipes/low_resource."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple


class Measured(NamedTuple):
    """A row of the table: a training on Tatoeba, Spanish to English, on one core."""

    pairs: int
    preset: str
    bleu: float
    minutes: int


TABLE = (
    Measured(3_000, "tiny", 29.53, 59),
    Measured(10_000, "small", 38.22, 41),
    Measured(30_000, "small", 46.85, 34),
    Measured(112_380, "medium", 57.09, 66),
)
"""Trainings by number of pairs."""

WORDS = 7.0
"""Mean number of words of a sentence in these texts."""


def expected_bleu(pairs: int) -> float:
    """Return the BLEU that so many pairs of short everyday sentences give.

    Args:
        pairs: Number of training pairs. Between the rows of the table, BLEU is taken to grow with
            the logarithm of their number; outside, that of the nearest row is returned.
    """
    if pairs <= TABLE[0].pairs:
        return TABLE[0].bleu
    for low, high in itertools.pairwise(TABLE):
        if pairs <= high.pairs:
            part = math.log(pairs / low.pairs) / math.log(high.pairs / low.pairs)
            return low.bleu + part * (high.bleu - low.bleu)
    return TABLE[-1].bleu


def expected_minutes(pairs: int) -> int:
    """Return how long a training took whose number of pairs is most like this one, on one core."""
    return min(TABLE, key=lambda row: abs(math.log(row.pairs / max(pairs, 1)))).minutes


def expectation(pairs: int, words: float) -> str:
    """Return in words what to expect of a training.

    Args:
        pairs: Number of training pairs.
        words: Mean number of words of a source.
    """
    bound = (
        "less than "
        if pairs < TABLE[0].pairs
        else "at least "
        if pairs > TABLE[-1].pairs
        else "about "
    )
    caution = (
        "; your sentences are longer, so expect fewer"
        if words > 1.5 * WORDS
        else ", if yours are similar"
    )
    return (
        f"{bound}{expected_bleu(pairs):.0f} BLEU, as measured with short everyday sentences"
        f"{caution}. Training takes about {expected_minutes(pairs)} minutes on one core; "
        "`seq2seq train --check` measures it."
    )
