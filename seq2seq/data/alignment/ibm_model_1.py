"""IBM Model 1 (Brown et al. 1993): translation probabilities of tokens, from sentence pairs.

Each target token of a pair comes from one token of its source, or from none (NULL). All possible
links are enumerated for the whole text; expectation maximization then estimates the probability of
each pair of tokens."""

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
"""Maximum number of sentence pairs, and of possible links in them, to learn from. A larger text is
sampled."""

CHUNK_LINKS = 1 << 22
"""Approximate number of links that are processed at once."""

NULL = PAD
"""Source of target tokens that come from no source token. No sentence contains it."""

Int32s = NDArray[np.int32]
Floats = NDArray[np.float64]

TENSION = 4.0
"""Strength of the preference for links near the diagonal, as in fast_align (Dyer et al. 2013)."""

NULL_PROBABILITY = 0.08
"""Prior probability that a target token comes from NULL."""


class Choices(NamedTuple):
    """All possible links of some sentence pairs.

    The links of a target token stand together: first the one to NULL, then those to the tokens of
    its source sentence.

    Attributes:
        pair_ids: (L,) the pair of tokens of each link, as source * target_vocab_size + target.
        counts: (T,) number of links of each target token.
    """

    pair_ids: Ints
    counts: Ints

    @classmethod
    def of(cls, source: RaggedIds, target: RaggedIds, rows: Ints, target_vocab_size: int) -> Self:
        """Enumerate the links of the sentence pairs in `rows`."""
        lengths = source.lengths[rows]
        sources = source.ids[concatenated_ranges(source.offsets[rows], lengths)]
        targets = target.ids[concatenated_ranges(target.offsets[rows], target.lengths[rows])]
        starts = lengths.cumsum() - lengths
        sources = np.insert(sources, starts, NULL)  # before each sentence
        counts = (lengths + 1).repeat(target.lengths[rows])
        starts = (starts + np.arange(len(rows))).repeat(target.lengths[rows])
        pair_ids = sources[concatenated_ranges(starts, counts)].astype(np.int64)
        pair_ids *= target_vocab_size
        pair_ids += targets.repeat(counts)
        return cls(pair_ids, counts)


@dataclass(frozen=True)
class Links:
    """All possible links of a text, with each distinct pair of tokens stored once.

    Attributes:
        pair_ids: (U,) the distinct pairs, as source * target_vocab_size + target, ascending.
        target_vocab_size: number of target ids.
        chunks: (link, counts) of each chunk of sentence pairs: `link` (L,) is the index into
            `pair_ids` of each link, `counts` is as in `Choices`.
        priors: for each chunk the prior probability (L,) of each link by its position, if used.
    """

    pair_ids: Ints
    target_vocab_size: int
    chunks: list[tuple[Int32s, Ints]]
    priors: list[Floats] | None = None

    @classmethod
    def of(
        cls, source: RaggedIds, target: RaggedIds, target_vocab_size: int, *, diagonal: bool = False
    ) -> Self:
        """Enumerate the links of all sentence pairs; a large text is sampled, always the same way.

        `diagonal` asks for the prior of `diagonal_prior`.
        """
        found: list[tuple[Ints, NDArray[np.intp], Ints]] = []
        priors = []
        for rows in sample_chunks(source.lengths, target.lengths):
            choices = Choices.of(source, target, rows, target_vocab_size)
            pair_ids, link = np.unique(choices.pair_ids, return_inverse=True)
            found.append((pair_ids, link.astype(np.int32), choices.counts))
            if diagonal:
                priors.append(diagonal_prior(source.lengths[rows], target.lengths[rows]))
        every = np.unique(
            np.concatenate([pair_ids for pair_ids, _, _ in found] or [np.empty(0, np.int64)])
        )
        chunks = [
            (np.searchsorted(every, pair_ids).astype(np.int32)[link], counts)
            for pair_ids, link, counts in found
        ]
        return cls(every, target_vocab_size, chunks, priors if diagonal else None)


def ibm_model_1(links: Links, source_vocab_size: int, iterations: int) -> Floats:
    """Return the probability (U,) of each pair's target token given its source token.

    Expectation maximization starts from equal probabilities.
    """
    tokens = links.pair_ids // links.target_vocab_size
    likelihood = np.ones(len(links.pair_ids))
    for _ in range(iterations):
        expected = np.zeros(len(links.pair_ids))
        for number, (link, counts) in enumerate(links.chunks):
            posterior = likelihood[link]
            if links.priors is not None:
                posterior *= links.priors[number]
            posterior /= np.add.reduceat(posterior, counts.cumsum() - counts).repeat(counts)
            np.add.at(expected, link, posterior)
        totals = np.bincount(tokens, expected, source_vocab_size)
        likelihood = expected / totals[tokens]
    return likelihood


def diagonal_prior(source_lengths: Ints, target_lengths: Ints) -> Floats:
    """Return the prior (L,) of each link of `Choices`, by its distance from the diagonal.

    It is that of fast_align (Dyer et al. 2013).
    """
    targets = target_lengths.repeat(target_lengths)
    sources = source_lengths.repeat(target_lengths)
    target_positions = concatenated_ranges(np.zeros_like(target_lengths), target_lengths)
    counts = sources + 1
    starts = counts.cumsum() - counts
    # NULL comes out at -0.5, which is no position; its prior is set below.
    source_positions = concatenated_ranges(np.zeros_like(counts), counts) - 0.5
    across = source_positions / np.maximum(sources, 1).repeat(counts)
    down = ((target_positions + 0.5) / targets).repeat(counts)
    prior: Floats = np.exp(-TENSION * np.abs(across - down))
    prior[starts] = 0
    totals = np.maximum(np.add.reduceat(prior, starts), 1e-9)  # 0 where a source is empty
    prior *= ((1 - NULL_PROBABILITY) / totals).repeat(counts)
    prior[starts] = NULL_PROBABILITY
    return prior


def sample_chunks(source_lengths: Ints, target_lengths: Ints) -> Iterator[Ints]:
    """Yield the rows of the sentence pairs to learn from, in chunks (see `chunks_by_cost`)."""
    costs = (source_lengths + 1) * target_lengths
    rows = np.arange(len(costs))
    if len(costs) > MAX_SENTENCES or costs.sum() > MAX_LINKS:
        rows = np.random.default_rng(0).permutation(len(costs))[:MAX_SENTENCES]
        rows = np.sort(rows[costs[rows].cumsum() <= MAX_LINKS])
    return chunks_by_cost(rows, costs[rows])


def chunks_by_cost(rows: Ints, costs: Ints) -> Iterator[Ints]:
    """Yield the rows in chunks of about CHUNK_LINKS links; `costs` is the number of each row."""
    chunk = costs.cumsum() // CHUNK_LINKS
    yield from (part for part in np.split(rows, np.flatnonzero(np.diff(chunk)) + 1) if len(part))


def concatenated_ranges(starts: Ints, counts: Ints) -> Ints:
    """Return the ranges starts[i] ... starts[i] + counts[i] - 1 for each i, one after the other."""
    ends = counts.cumsum()
    numbers = np.arange(ends[-1] if len(ends) else 0)
    numbers += (starts - (ends - counts)).repeat(counts)
    return numbers
