"""IBM Model 1 (Brown et al. 1993): which target tokens a source token has become, learnt from pairs
alone.

Each target token of a pair comes of one token of its source, or of none. The links between the two
that may be are counted for the whole text; how likely each kind is comes from them by expectation
and maximisation. It knows ids alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import PAD

MAX_SENTENCES = 500_000
MAX_LINKS = 3 << 24
"""Sentence pairs, and pairs of a source and a target token in them, that are learnt from at most:
of more, a sample."""

CHUNK_LINKS = 1 << 22
"""Such links worked on at once."""

NULL = PAD
"""What a target token comes of that comes of no source token; no sentence holds it."""

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]

TENSION = 4.0
"""How much a link near the diagonal is likelier than one far from it, as in fast_align (Dyer et al.
2013)."""

NULL_PROBABILITY = 0.08
"""How likely a target token comes of none, before anything is known of it."""


class Choices(NamedTuple):
    """What the target tokens of some pairs may come of, one after the other: each of NULL, then of
    its source's tokens.

    `kinds` (L,) holds source * target_vocab_size + target of each such link; `counts` (T,) how many
    links each target token has."""

    pair_ids: Ints
    counts: Ints

    @classmethod
    def of(cls, source: RaggedIds, target: RaggedIds, rows: Ints, target_vocab_size: int) -> Self:
        """The links of these pairs."""
        lengths = source.lengths[rows]
        sources = source.ids[concatenated_ranges(source.offsets[rows], lengths)]
        targets = target.ids[concatenated_ranges(target.offsets[rows], target.lengths[rows])]
        starts = lengths.cumsum() - lengths
        sources = np.insert(sources, starts, NULL)  # before each sentence
        counts = (lengths + 1).repeat(target.lengths[rows])
        starts = (starts + np.arange(len(rows))).repeat(target.lengths[rows])
        kinds = sources[concatenated_ranges(starts, counts)].astype(np.int64)
        kinds *= target_vocab_size
        kinds += targets.repeat(counts)
        return cls(kinds, counts)


@dataclass(frozen=True)
class Links:
    """Every target token of a text with each token of its source sentence, NULL among them, as a
    kind of link.

    `kinds` (U,) holds source * target_vocab_size + target, ascending; a chunk is (link, counts):
    link (L,) the kind of each link, and counts as in `Choices`. `priors` has, for each chunk, what
    each link is likely by its place alone."""

    pair_ids: Ints
    target_vocab_size: int
    chunks: list[tuple[Int32s, Ints]]
    priors: list[Floats] | None = None

    @classmethod
    def of(
        cls, source: RaggedIds, target: RaggedIds, target_vocab_size: int, *, diagonal: bool = False
    ) -> Self:
        """The links of the pairs; a large text is sampled, the same way each time."""
        found: list[tuple[Ints, NDArray[np.intp], Ints]] = []
        priors = []
        for rows in sample_chunks(source.lengths, target.lengths):
            choices = Choices.of(source, target, rows, target_vocab_size)
            kinds, link = np.unique(choices.pair_ids, return_inverse=True)
            found.append((kinds, link.astype(np.int32), choices.counts))
            if diagonal:
                priors.append(diagonal_prior(source.lengths[rows], target.lengths[rows]))
        every = np.unique(
            np.concatenate([kinds for kinds, _, _ in found] or [np.empty(0, np.int64)])
        )
        chunks = [
            (np.searchsorted(every, kinds).astype(np.int32)[link], counts)
            for kinds, link, counts in found
        ]
        return cls(every, target_vocab_size, chunks, priors if diagonal else None)


def ibm_model_1(links: Links, source_vocab_size: int, iterations: int) -> Floats:
    """The probability (U,) of each kind of link, given its source token, by expectation and
    maximisation."""
    tokens = links.pair_ids // links.target_vocab_size
    likelihood = np.ones(len(links.pair_ids))
    for _ in range(iterations):
        expected = np.zeros(len(links.pair_ids))
        for number, (link, counts) in enumerate(links.chunks):
            share = likelihood[link]
            if links.priors is not None:
                share *= links.priors[number]
            share /= np.add.reduceat(share, counts.cumsum() - counts).repeat(counts)
            np.add.at(expected, link, share)
        totals = np.bincount(tokens, expected, source_vocab_size)
        likelihood = expected / totals[tokens]
    return likelihood


def diagonal_prior(source_lengths: Ints, target_lengths: Ints) -> Floats:
    """How likely each link of `Choices` is by its place alone: likelier near the diagonal (Dyer et
    al. 2013)."""
    targets = target_lengths.repeat(target_lengths)
    sources = source_lengths.repeat(target_lengths)
    places = concatenated_ranges(np.zeros_like(target_lengths), target_lengths)
    counts = sources + 1
    starts = counts.cumsum() - counts
    across = (
        concatenated_ranges(np.zeros_like(counts), counts) - 0.5
    )  # NULL is at -0.5, and no place
    prior: Floats = np.exp(
        -TENSION
        * np.abs(
            across / np.maximum(sources, 1).repeat(counts)
            - ((places + 0.5) / targets).repeat(counts)
        )
    )
    prior[starts] = 0
    totals = np.maximum(np.add.reduceat(prior, starts), 1e-9)  # 0 where a source is empty
    prior *= ((1 - NULL_PROBABILITY) / totals).repeat(counts)
    prior[starts] = NULL_PROBABILITY
    return prior


def sample_chunks(source_lengths: Ints, target_lengths: Ints) -> Iterator[Ints]:
    """Rows of the sentence pairs to learn from, in `chunks_by_cost`."""
    costs = (source_lengths + 1) * target_lengths
    rows = np.arange(len(costs))
    if len(costs) > MAX_SENTENCES or costs.sum() > MAX_LINKS:
        rows = np.random.default_rng(0).permutation(len(costs))[:MAX_SENTENCES]
        rows = np.sort(rows[costs[rows].cumsum() <= MAX_LINKS])
    return chunks_by_cost(rows, costs[rows])


def chunks_by_cost(rows: Ints, costs: Ints) -> Iterator[Ints]:
    """The rows, each of so many links, about CHUNK_LINKS links at a time."""
    portion = costs.cumsum() // CHUNK_LINKS
    yield from (part for part in np.split(rows, np.flatnonzero(np.diff(portion)) + 1) if len(part))


def concatenated_ranges(starts: Ints, counts: Ints) -> Ints:
    """The numbers from starts[i] on, counts[i] of them, for each i in turn."""
    ends = counts.cumsum()
    numbers = np.arange(ends[-1] if len(ends) else 0)
    numbers += (starts - (ends - counts)).repeat(counts)
    return numbers
