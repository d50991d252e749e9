"""Significance tests of a difference between two systems, those of `sacrebleu --paired-…`.

Paired bootstrap resampling (Koehn 2004) asks how often so large a difference arises when the
sentences are drawn again at random. Approximate randomization (Riezler and Maxwell 2005) asks how
often it arises when the translations of the two systems are swapped at random. Both give the
probability p of so large a difference between systems that are equally good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from seq2seq.errors import DataError
from seq2seq.metrics.metric import Scores
from seq2seq.metrics.statistics import RESAMPLES, SEED, SentenceStatistics

TRIALS = 10_000
"""Number of trials of approximate randomization, sacrebleu's default."""

MAX_P_VALUE = 0.05
"""A difference is significant if both tests give a lower p than this."""


Masks = np.ndarray[tuple[int, int], np.dtype[np.bool_]]
"""For each trial of approximate randomization, whether it swaps each sentence, (T, N)."""


@dataclass(frozen=True)
class Comparison:
    """Scores of a system and of its baseline by one metric, with the p of both tests.

    Attributes:
        name: Name of the metric.
        value: Score of the system.
        baseline: Score of the baseline.
        p_bootstrap: p of paired bootstrap resampling.
        p_randomisation: p of approximate randomization.
        higher_is_better: True if a better system has a higher score.
        signature_bootstrap: Signature of the metric with the settings of the first test.
        signature_randomisation: Signature of the metric with the settings of the second test.
    """

    name: str
    value: float
    baseline: float
    p_bootstrap: float
    p_randomisation: float
    higher_is_better: bool
    signature_bootstrap: str
    signature_randomisation: str

    @property
    def difference(self) -> float:
        """Score of the system minus score of the baseline."""
        return self.value - self.baseline

    @property
    def verdict(self) -> str:
        """Return "better" or "worse" if both tests are significant, else "no clear difference"."""
        if max(self.p_bootstrap, self.p_randomisation) >= MAX_P_VALUE or not self.difference:
            return "no clear difference"
        return "better" if (self.difference > 0) == self.higher_is_better else "worse"

    def __str__(self) -> str:
        """Return the verdict with the higher of both p: "better, p = 0.003"."""
        return f"{self.verdict}, p = {max(self.p_bootstrap, self.p_randomisation):.2g}"


def compare(
    system: Mapping[str, SentenceStatistics],
    baseline: Mapping[str, SentenceStatistics],
    *,
    resamples: int = RESAMPLES,
    trials: int = TRIALS,
) -> list[Comparison]:
    """Compare two systems on the same sentences, with each metric that both were measured with.

    Args:
        system: The system's statistics, by the name of the metric.
        baseline: The baseline's statistics.
        resamples: Number of bootstrap resamples.
        trials: Number of trials of approximate randomization.

    Returns:
        One comparison per metric, in the system's order.

    Raises:
        DataError: The systems have not translated the same number of sentences.
    """
    pairs = [(ours, baseline[name]) for name, ours in system.items() if name in baseline]
    for ours, theirs in pairs:
        if len(ours) != len(theirs):
            raise DataError(
                f"cannot compare {len(ours):,} hypotheses with the baseline's {len(theirs):,}: "
                "its file must have one line for each sentence of the set"
            )
    if not pairs:
        return []
    sentences = len(pairs[0][0])
    swapped = np.random.default_rng(SEED).integers(2, size=(trials, sentences), dtype=bool)
    return [
        Comparison(
            name=ours.name,
            value=ours.value,
            baseline=theirs.value,
            p_bootstrap=_bootstrap(ours, theirs, resamples),
            p_randomisation=_randomisation(ours, theirs, swapped),
            higher_is_better=ours.higher_is_better,
            signature_bootstrap=ours.signature(seed=SEED, bs=resamples),
            signature_randomisation=ours.signature(seed=SEED, ar=trials),
        )
        for ours, theirs in pairs
    ]


def _bootstrap(ours: SentenceStatistics, theirs: SentenceStatistics, resamples: int) -> float:
    """Return p of paired bootstrap resampling: the seed gives both systems the same resamples."""
    differences = np.abs(
        ours.bootstrap_scores(resamples, SEED) - theirs.bootstrap_scores(resamples, SEED)
    )
    return probability(differences - differences.mean(), ours.value - theirs.value)


def _randomisation(ours: SentenceStatistics, theirs: SentenceStatistics, swapped: Masks) -> float:
    """Return p of approximate randomization.

    Each trial scores two new systems, made by swapping the two translations of some sentences.
    """
    difference = theirs.counts - ours.counts
    total = theirs.counts.sum(0) + ours.counts.sum(0)
    scores = ours.metric.scores
    differences = []
    # In chunks: as numbers, the masks of all trials would take eight times their memory.
    for masks in np.array_split(swapped, -(-len(swapped) // 500)):
        mixed = ours.counts.sum(0) + masks.astype(np.float64) @ difference
        differences.append(np.abs(scores(mixed) - scores(total - mixed)))
    return probability(np.concatenate(differences), ours.value - theirs.value)


def probability(differences: Scores, difference: float) -> float:
    """Return how often chance gave a larger difference; one is added to both counts, so p > 0.

    Any difference is as large as none, so equal scores have a p of 1.

    Args:
        differences: Absolute differences that chance gave.
        difference: Difference of the two systems.
    """
    observed = abs(difference)
    larger = int((differences > observed).sum()) if observed else len(differences)
    return (larger + 1) / (len(differences) + 1)
