"""Minimum Bayes risk: score each candidate by its agreement with all candidates.

In plain code: `minimum_bayes_risk` in docs/learn/plain.py.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from sacrebleu.metrics.chrf import CHRF


def expected_chrf(
    candidates: Sequence[str], log_probabilities: Sequence[float] | None = None
) -> list[float]:
    """Return the expected chrF2 of each candidate, with all candidates as references.

    Args:
        candidates: Translations of one source; duplicates are allowed.
        log_probabilities: Log-probability of each candidate, to weight those of a beam by their
            probability (Kumar and Byrne 2004). None for samples, which count as often as they were
            drawn (Eikema and Aziz 2020).

    Returns:
        One score per candidate, from 0 to 100.
    """
    metric = CHRF()
    if log_probabilities is None:
        log_probabilities = [0.0] * len(candidates)
    likelihoods = [math.exp(value - max(log_probabilities)) for value in log_probabilities]
    weights: dict[str, float] = {}
    for text, likelihood in zip(candidates, likelihoods, strict=True):
        weights[text] = weights.get(text, 0.0) + likelihood
    total = sum(likelihoods)
    expected = {
        text: sum(weight * _chrf(metric, text, other) for other, weight in weights.items()) / total
        for text in weights
    }
    return [expected[text] for text in candidates]


def _chrf(metric: CHRF, hypothesis: str, reference: str) -> float:
    if hypothesis == reference:
        return 100.0
    return float(metric.sentence_score(hypothesis, [reference]).score)
