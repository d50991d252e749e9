"""SentenceStatistics: the counts of a metric per sentence, which give the score of any subset.

Counting takes most of the time, so it is done once: the corpus, its resamples, groups of sentences,
single sentences and comparisons of two systems are all scored from sums of these counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from seq2seq.metrics.metric import Counts, Metric, Scores

RESAMPLES = 1000
"""Number of bootstrap resamples, sacrebleu's default."""

DRAWN_AT_ONCE = 1 << 16
"""Number of sentences that resamples draw at once; more would not fit into the caches."""

SEED = 12345
"""Seed of resamples and of randomized pairs, sacrebleu's default."""


@dataclass(frozen=True, eq=False)
class SentenceStatistics:
    """One metric's counts for the hypotheses of one system.

    Attributes:
        metric: The metric.
        counts: Its counts, (N, K).
        n_references: Number of references per sentence, None if it varies.
    """

    metric: Metric
    counts: Counts
    n_references: int | None

    def __len__(self) -> int:
        return len(self.counts)

    @property
    def name(self) -> str:
        """Name of the metric."""
        return self.metric.name

    @property
    def higher_is_better(self) -> bool:
        """True if a better translation has a higher score."""
        return self.metric.higher_is_better

    @property
    def totals(self) -> list[float]:
        """Counts summed over the sentences, (K,)."""
        totals: list[float] = self.counts.sum(axis=0).tolist()
        return totals

    @cached_property
    def value(self) -> float:
        """Score of the corpus."""
        return self.metric.score(self.totals)

    def subset(self, rows: Sequence[int]) -> SentenceStatistics:
        """Return the statistics of one or more sentences, by their indices."""
        return replace(self, counts=self.counts[list(rows)])

    def sentence_scores(self) -> list[float]:
        """Return the score of each sentence."""
        return [self.metric.sentence_score(counts) for counts in self.counts.tolist()]

    def bootstrap_scores(self, resamples: int, seed: int) -> Scores:
        """Return the scores of bootstrap resamples; the same seed draws the same sentences.

        They equal sacrebleu's, number for number. They are drawn here because sacrebleu's
        `corpus_score(n_bootstrap=…)` holds all resamples at once (1,000 of 10,000 sentences are
        0.7 GB for chrF), takes its seed only from the environment, and keeps only half the width of
        the interval. Those of the same number and seed are kept, as several comparisons need them.
        """
        if (resamples, seed) not in self._drawn:
            self._drawn[resamples, seed] = self._draw(resamples, seed)
        return self._drawn[resamples, seed]

    @cached_property
    def _drawn(self) -> dict[tuple[int, int], Scores]:
        """Scores of resamples, by their number and seed."""
        return {}

    def _draw(self, resamples: int, seed: int) -> Scores:
        """Draw resamples and return their scores."""
        generator = np.random.default_rng(seed)
        counts = self.counts.astype(np.float32)
        rows = len(counts)
        at_once = max(1, DRAWN_AT_ONCE // rows)
        totals = []
        for first in range(0, resamples, at_once):
            size = (min(at_once, resamples - first), rows)
            totals.append(counts[generator.integers(rows, size=size)].sum(axis=1))
        return self.metric.scores(np.concatenate(totals))

    def signature(self, **settings: int) -> str:
        """Return the metric's signature, with the settings of a test (bs, ar, seed)."""
        return self.metric.signature(n_references=self.n_references, **settings)


def confidence_interval(scores: Scores) -> tuple[float, float]:
    """Return the 95% interval of resampled scores, without the lowest and highest 2.5%."""
    ordered = np.sort(scores)
    tail = len(scores) // 40
    return float(ordered[tail]), float(ordered[-1 - tail])
