"""Evidence that two sentences are translations of each other, word by word.

IBM Model 1 is learned from the pairs in both directions. The evidence of a target word is the
logarithm of how much more likely the source sentence makes it than its frequency does. A pair does
not count in its own favor: what it contributed to the model is subtracted, because two rare words
of a wrong pair would otherwise explain each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.alignment.ibm_model_1 import (
    Choices,
    Floats,
    Links,
    chunks_by_cost,
    ibm_model_1,
    sample_chunks,
)
from seq2seq.data.ragged import Ints, RaggedIds

ITERATIONS = 3
"""Iterations of expectation maximization."""

FROM_FREQUENCY = 0.1
"""Weight of the frequency of a word, next to what the other sentence says of it."""

SMOOTHING = 0.5
"""Occurrences that are added to those of each word, so that a single one says little."""


def mutual_evidence(
    source: RaggedIds, target: RaggedIds, *, mismatched: tuple[Ints, Ints]
) -> tuple[Floats, Floats]:
    """Measure how strongly the words of each pair speak for it.

    Args:
        source: N source sentences, as ids of words from 1.
        target: N target sentences.
        mismatched: Rows (M,) of sources and of targets that do not belong together.

    Returns:
        Evidence (N,) of each pair, and evidence (M,) of the mismatched pairs. 0 is none, and
        negative values speak against a pair.
    """
    sources, targets = mismatched
    there = _Lexicon.learn(source, target)
    own = there.evidence(source, target, own=True)
    wrong = there.evidence(source.take(sources), target.take(targets), own=False)
    del there  # before the other direction needs as much memory
    back = _Lexicon.learn(target, source)
    own += back.evidence(target, source, own=True)
    wrong += back.evidence(target.take(targets), source.take(sources), own=False)
    return own, wrong


class _Lexicon(NamedTuple):
    """Expected numbers of links in one direction.

    Attributes:
        pair_ids: (U,) pairs of words, in ascending order.
        likelihood: (U,) probability of the target word given the source word.
        totals: (V_s,) expected number of links of each source word.
        frequency: (V_t,) relative frequency of each target word.
        known: (N,) True for the sentence pairs that were learned from.
    """

    pair_ids: Ints
    likelihood: Floats
    totals: Floats
    frequency: Floats
    known: NDArray[np.bool_]

    @classmethod
    def learn(cls, source: RaggedIds, target: RaggedIds) -> Self:
        source_size = 1 + int(source.ids.max(initial=0))
        target_size = 1 + int(target.ids.max(initial=0))
        links = Links.of(source, target, target_size)
        likelihood = ibm_model_1(links, source_size, ITERATIONS)
        totals = np.zeros(source_size)
        for link, counts in links.chunks:
            words = links.pair_ids[link] // target_size
            totals += np.bincount(words, _posterior(likelihood[link], counts), source_size)
        occurrences = np.bincount(target.ids, minlength=target_size)
        known = np.zeros(len(source), bool)
        for rows in sample_chunks(source.lengths, target.lengths):
            known[rows] = True
        return cls(
            links.pair_ids,
            likelihood,
            totals,
            occurrences / max(1, occurrences.sum()),
            known,
        )

    def evidence(self, source: RaggedIds, target: RaggedIds, *, own: bool) -> Floats:
        """Return the evidence (N,) of the target words; with `own`, without what a pair taught."""
        found = np.zeros(len(source))
        for rows in _chunks(source, target):
            words = target.ids[target.positions(rows)]
            given = self._given(source, target, rows, own=own)
            frequency = self.frequency[words]
            evidence = np.log((1 - FROM_FREQUENCY) * given / frequency + FROM_FREQUENCY)
            owners = np.arange(len(rows)).repeat(target.lengths[rows])
            found[rows] = np.bincount(owners, evidence, len(rows))
        return found

    def _given(self, source: RaggedIds, target: RaggedIds, rows: Ints, *, own: bool) -> Floats:
        """Return the mean probability of each target word given the words of its source."""
        choices = Choices.of(source, target, rows, len(self.frequency))
        place = np.searchsorted(self.pair_ids, choices.pair_ids).clip(max=len(self.pair_ids) - 1)
        seen = self.pair_ids[place] == choices.pair_ids
        likelihood = np.where(seen, self.likelihood[place], 0.0)
        totals = self.totals[choices.pair_ids // len(self.frequency)]
        linked = likelihood * totals
        if own:
            counted = self.known[rows].repeat(target.lengths[rows]).repeat(choices.counts)
            taught = _posterior(likelihood, choices.counts) * counted
            linked = np.maximum(linked - taught, 0.0)
            totals = np.maximum(totals - taught, 0.0)
        given = linked / (totals + SMOOTHING)
        starts = choices.counts.cumsum() - choices.counts
        given[starts] = 0.0  # NULL explains nothing
        means: Floats = np.add.reduceat(given, starts) / np.maximum(choices.counts - 1, 1)
        return means


def _posterior(likelihood: Floats, counts: Ints) -> Floats:
    """Return the probability of each link of each target word."""
    sums = np.add.reduceat(likelihood, counts.cumsum() - counts)
    posterior: Floats = likelihood / np.maximum(sums, 1e-300).repeat(counts)
    return posterior


def _chunks(source: RaggedIds, target: RaggedIds) -> Iterator[Ints]:
    """Yield the rows of sentence pairs with words on the target side."""
    rows = np.flatnonzero(target.lengths)
    yield from chunks_by_cost(rows, (source.lengths[rows] + 1) * target.lengths[rows])
