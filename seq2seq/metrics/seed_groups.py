"""Significance tests between systems that were trained with several seeds.

The score of such a system is the mean over its seeds. Paired bootstrap resampling draws the same
sentences for all of them. Approximate randomization shuffles, for each sentence, the translations
of all seeds of both systems (Clark et al. 2011). With one seed each, both are the tests of
`significance`. Neither accounts for the variance over seeds: the trained seeds are taken as given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from seq2seq.metrics.metric import Counts, Scores
from seq2seq.metrics.significance import TRIALS, Comparison, compare, probability
from seq2seq.metrics.statistics import RESAMPLES, SEED, SentenceStatistics

Measured = Mapping[str, SentenceStatistics]
"""Statistics of one seed of a system, by the name of the metric."""

SHUFFLED_AT_ONCE = 1 << 21
"""Number of translations that are shuffled at once, in 8 bytes each."""


@dataclass(frozen=True)
class _Pool:
    """Translations of all seeds of two systems, the first one's before the other's.

    Attributes:
        ours: The first system, by one metric.
        theirs: The other system, by the same metric.
    """

    ours: Sequence[SentenceStatistics]
    theirs: Sequence[SentenceStatistics]

    @property
    def counts(self) -> Counts:
        """Counts of each sentence, those of its translations one after the other, (N * P, K)."""
        stacked = np.stack([one.counts for one in (*self.ours, *self.theirs)], axis=1)
        flat: Counts = stacked.reshape(-1, stacked.shape[-1])
        return flat

    @property
    def observed(self) -> float:
        """Difference of the mean scores."""
        return fmean(one.value for one in self.ours) - fmean(one.value for one in self.theirs)

    def difference(self, scores: Sequence[Scores]) -> Scores:
        """Return the absolute difference of the mean scores, given those of each seed."""
        split = len(self.ours)
        means: Scores = np.mean(scores[:split], axis=0) - np.mean(scores[split:], axis=0)
        return np.abs(means)


def compare_seeds(
    ours: Sequence[Measured],
    theirs: Sequence[Measured],
    *,
    resamples: int = RESAMPLES,
    trials: int = TRIALS,
) -> list[Comparison]:
    """Compare two systems on the same sentences, with each metric that all were measured with.

    Args:
        ours: One or more seeds of the system.
        theirs: One or more seeds of the baseline.
        resamples: Number of bootstrap resamples.
        trials: Number of trials of approximate randomization.

    Returns:
        One comparison of the mean scores per metric.

    Raises:
        DataError: The systems have not translated the same number of sentences.
    """
    if len(ours) == len(theirs) == 1:
        return compare(ours[0], theirs[0], resamples=resamples, trials=trials)
    names = [name for name in ours[0] if all(name in one for one in (*ours, *theirs))]
    pools = [_Pool([one[name] for one in ours], [one[name] for one in theirs]) for name in names]
    randomised = _shuffled(pools, trials) if pools else []
    return [
        Comparison(
            name=name,
            value=fmean(one.value for one in pool.ours),
            baseline=fmean(one.value for one in pool.theirs),
            p_bootstrap=_bootstrap(pool, resamples),
            p_randomisation=probability(differences, pool.observed),
            higher_is_better=pool.ours[0].higher_is_better,
            signature_bootstrap=pool.ours[0].signature(seed=SEED, bs=resamples),
            signature_randomisation=pool.ours[0].signature(seed=SEED, ar=trials),
        )
        for name, pool, differences in zip(names, pools, randomised, strict=True)
    ]


def _bootstrap(pool: _Pool, resamples: int) -> float:
    """Return p of paired bootstrap resampling."""
    scores = [one.bootstrap_scores(resamples, SEED) for one in (*pool.ours, *pool.theirs)]
    differences = pool.difference(scores)
    return probability(differences - differences.mean(), pool.observed)


def _shuffled(pools: Sequence[_Pool], trials: int) -> list[Scores]:
    """Return, for each metric, the differences of shuffled systems, (T,)."""
    counts = np.concatenate([pool.counts for pool in pools], axis=1)
    ends = np.cumsum([pool.counts.shape[1] for pool in pools])[:-1]
    size = len(pools[0].ours) + len(pools[0].theirs)
    generator = np.random.default_rng(SEED)
    at_once = max(1, SHUFFLED_AT_ONCE // len(counts))
    found: list[list[Scores]] = [[] for _ in pools]
    for first in range(0, trials, at_once):
        totals = _totals(counts, size, min(at_once, trials - first), generator)
        for pool, parts, results in zip(
            pools,
            zip(*(np.split(one, ends, axis=1) for one in totals), strict=True),
            found,
            strict=True,
        ):
            results.append(pool.difference([pool.ours[0].metric.scores(one) for one in parts]))
    return [np.concatenate(results) for results in found]


def _totals(counts: Counts, size: int, trials: int, generator: np.random.Generator) -> list[Counts]:
    """Shuffle the translations of each sentence, and sum the counts of each place.

    Args:
        counts: Counts of all translations, (N * P, K).
        size: Number P of translations of a sentence.
        trials: Number T of trials.
        generator: Source of random numbers.

    Returns:
        For each of P places the totals of the trials, (T, K).
    """
    sentences = len(counts) // size
    orders = generator.random((trials, sentences, size)).argsort(axis=2)
    orders += np.arange(sentences)[:, None] * size
    chosen = np.zeros((trials, len(counts)))
    totals = []
    for place in range(size - 1):
        np.put_along_axis(chosen, orders[:, :, place], 1.0, axis=1)
        totals.append(chosen @ counts)
        np.put_along_axis(chosen, orders[:, :, place], 0.0, axis=1)
    return [*totals, counts.sum(axis=0) - np.sum(totals, axis=0)]
