"""Statistics of attention on a test set: how widely it is spread, and what it leaves unread."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

Weights = np.ndarray[tuple[int, int], np.dtype[np.float32]]
"""Attention weights of a sentence, (T, S): one row per target token, which sums to 1, and one
column per source token. The end tokens come last."""

MAX_UNREAD_COVERAGE = 0.25
"""A source token with less coverage than this counts as unread."""

MIN_REREAD_COVERAGE = 2.0
"""A source token with more coverage than this counts as reread."""


class AttentionUse(NamedTuple):
    """Statistics of attention over all sentences of a set.

    Coverage of a source token is the sum of the weights that all target tokens gave it (Tu et al.
    2016). The end token of the source is not counted.

    Attributes:
        entropy: Average entropy of the weights, in bits per target token.
        even: Entropy if all source tokens were attended to equally.
        unread: Fraction of source tokens with a coverage below MAX_UNREAD_COVERAGE.
        reread: Fraction of source tokens with a coverage above MIN_REREAD_COVERAGE.
    """

    entropy: float
    even: float
    unread: float
    reread: float

    def __str__(self) -> str:
        return (
            f"{self.entropy:.2f} bits per target token ({self.even:.2f} if spread evenly); "
            f"{self.unread:.1%} of source tokens are hardly attended to "
            f"(coverage below {MAX_UNREAD_COVERAGE}), "
            f"{self.reread:.1%} repeatedly (above {MIN_REREAD_COVERAGE:g})"
        )


def attention_use(sentences: Iterable[Weights]) -> AttentionUse | None:
    """Return the statistics of all sentences together, or None if there are no weights."""
    entropy = 0.0
    even = 0.0
    n_rows = 0
    n_tokens = 0
    unread = 0
    reread = 0
    for weights in sentences:
        probabilities = weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)
        entropy -= float((probabilities * np.log2(np.maximum(probabilities, 1e-9))).sum())
        even += len(probabilities) * float(np.log2(max(1, probabilities.shape[1])))
        coverage = weights[:, :-1].sum(0)
        n_rows += len(probabilities)
        n_tokens += len(coverage)
        unread += int((coverage < MAX_UNREAD_COVERAGE).sum())
        reread += int((coverage > MIN_REREAD_COVERAGE).sum())
    if not n_rows or not n_tokens:
        return None
    return AttentionUse(entropy / n_rows, even / n_rows, unread / n_tokens, reread / n_tokens)
