"""Minimum Bayes risk: the candidate translation that is most similar to all candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from seq2seq.runtime.extras import require
from seq2seq.translation.values import Alternative


def rerank_mbr(alternatives: Sequence[Alternative], *, sampled: bool) -> list[Alternative]:
    """Rank alternatives by minimum Bayes risk (Kumar and Byrne 2004).

    Args:
        alternatives: Candidate translations of one text.
        sampled: True if they were drawn from the model, in which case they have equal weights; else
            they are weighted by their probability.

    Returns:
        The alternatives, best first. Their new score is the expected chrF2 against all candidates.
    """
    require("evaluate", "decoding.mbr")
    from seq2seq.metrics.expected_chrf import expected_chrf

    log_probabilities = None if sampled else [one.log_probability for one in alternatives]
    scores = expected_chrf([one.text for one in alternatives], log_probabilities)
    found = [replace(one, score=score) for one, score in zip(alternatives, scores, strict=True)]
    return sorted(found, key=lambda one: -one.score)
