"""SentenceStatistics: what a metric of sacrebleu counts in each sentence, from which the score of any part of
a corpus follows.

Counting is what takes time, so it is done once: the corpus, its resamples, groups of sentences,
single sentences and comparisons of two systems are all sums of these counts. It does not know what
the sentences say."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from sacrebleu.metrics.base import Metric
from sacrebleu.metrics.bleu import BLEU

Scores = np.ndarray[tuple[int], np.dtype[np.float64]]


class SentenceStatistics:
    """One metric on the hypotheses of one system."""

    def __init__(
        self,
        metric: Metric,
        hypotheses: Sequence[str] = (),
        streams: Sequence[Sequence[str]] = (),
        counts: list[list[float]] | None = None,
    ) -> None:
        """`streams` are sacrebleu's: the first reference of each sentence, the second of each, …; a
        gap is None.

        `counts` stand for both if what the metric counts is known already.
        """
        self.metric = metric
        self.counts = (
            metric._extract_corpus_statistics(hypotheses, streams) if counts is None else counts
        )
        total = metric._aggregate_and_compute(self.counts)
        self.name: str = total.name
        self.value = float(total.score)
        self.higher_is_better = self.name != "TER"

    def __len__(self) -> int:
        return len(self.counts)

    def part(self, rows: Sequence[int]) -> SentenceStatistics:
        """Some sentences, by their numbers, one or more, as if they were the corpus."""
        part = copy.copy(self)
        part.counts = [self.counts[row] for row in rows]
        part.value = float(self.metric._aggregate_and_compute(part.counts).score)
        return part

    def of_each(self) -> list[float]:
        """The score of each sentence; BLEU with effective order, as sacrebleu's sentence_bleu has
        it."""
        metric = copy.copy(self.metric)
        if isinstance(metric, BLEU):
            metric.effective_order = True
        return [float(metric._aggregate_and_compute([counts]).score) for counts in self.counts]

    def resampled(self, resamples: int, seed: int) -> Scores:
        """The scores of so many bootstrap resamples of the sentences; the same sentences for the
        same seed.

        They are sacrebleu's, number for number, but drawn one at a time:
        `corpus_score(n_bootstrap=…)` holds all of them at once (1,000 resamples of 10,000 sentences
        are 0.7 GB for chrF), takes its seed from the environment only, and keeps of the interval
        only half its width."""
        generator, counts = np.random.default_rng(seed), np.array(self.counts, dtype=np.float32)
        drawn = (generator.choice(len(counts), size=len(counts)) for _ in range(resamples))
        return np.array(
            [self.metric._compute_score_from_stats(counts[rows].sum(0)).score for rows in drawn]
        )

    def signature(self, **settings: int) -> str:
        """sacrebleu's signature, with these settings (bs, ar, seed) in it."""
        signature = self.metric.get_signature()
        for name, value in settings.items():
            signature.update(name, str(value))
        return str(signature.format())


def interval(scores: Scores) -> tuple[float, float]:
    """The 95 % interval: what is left without the lowest and the highest fortieth."""
    ordered, tail = np.sort(scores), len(scores) // 40
    return float(ordered[tail]), float(ordered[-1 - tail])
