"""Minimum Bayes risk: of several translations, the one that the others agree with most."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sacrebleu.metrics.chrf import CHRF


def expected_chrf(
    candidates: Sequence[str], log_probabilities: Sequence[float] | None = None
) -> list[float]:
    """The mean chrF2 of each candidate, from 0 to 100, with each of all candidates as its
    reference.

    Candidates that were drawn count as often as they were (Eikema and Aziz 2020), those of a beam
    as much as they are probable (Kumar and Byrne 2004): then their log-probabilities must be given.
    """
    metric = CHRF()
    log_shares = [0.0] * len(candidates) if log_probabilities is None else log_probabilities
    shares = [math.exp(value - max(log_shares)) for value in log_shares]
    weights: dict[str, float] = {}
    for text, share in zip(candidates, shares, strict=True):
        weights[text] = weights.get(text, 0.0) + share
    found = {
        text: sum(weight * _chrf(metric, text, other) for other, weight in weights.items())
        / sum(shares)
        for text in weights
    }
    return [found[text] for text in candidates]


def _chrf(metric: CHRF, hypothesis: str, reference: str) -> float:
    return (
        100.0
        if hypothesis == reference
        else float(metric.sentence_score(hypothesis, [reference]).score)
    )
