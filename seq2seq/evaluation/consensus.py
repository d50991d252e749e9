"""Minimum Bayes risk: of several translations, the one that the others agree with most."""

from __future__ import annotations

from collections.abc import Sequence

from sacrebleu.metrics.chrf import CHRF


def expected_chrf(candidates: Sequence[str]) -> list[float]:
    """The mean chrF2 of each candidate, from 0 to 100, with each of all candidates as its reference.

    Candidates that were drawn several times count as often (Eikema and Aziz 2020).
    """
    metric = CHRF()
    counts = {text: candidates.count(text) for text in dict.fromkeys(candidates)}
    found = {
        text: sum(count * _chrf(metric, text, other) for other, count in counts.items()) / len(candidates)
        for text in counts
    }
    return [found[text] for text in candidates]


def _chrf(metric: CHRF, hypothesis: str, reference: str) -> float:
    return 100.0 if hypothesis == reference else float(metric.sentence_score(hypothesis, [reference]).score)
