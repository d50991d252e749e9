"""Which words of a source became which words of its target: the links that both directions agree
on.

IBM Model 1 with a prior for links near the diagonal, as in fast_align (Dyer et al. 2013), learnt
from pairs in both directions. What both find is kept (Och and Ney 2003): not all links, but few
wrong ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import numpy as np

from seq2seq.data.alignment.ibm_model_1 import (
    Choices,
    Floats,
    Links,
    chunks_by_cost,
    concatenated_ranges,
    diagonal_prior,
    ibm_model_1,
)
from seq2seq.data.ragged import Ints, RaggedIds
from seq2seq.data.tokenizers.vocabulary import SPECIAL_TOKENS, UNK
from seq2seq.text import alignment_token

ITERATIONS = 5
UNSEEN_PROBABILITY = 1e-9
"""How likely a link of two words is that were never in a pair together."""


class WordAligner:
    """Finds the links of pairs; it has learnt from a text that they may be of."""

    def __init__(
        self, source: _Side, target: _Side, to_target: _Lexicon, to_source: _Lexicon
    ) -> None:
        self._source, self._target = source, target
        self._to_target, self._to_source = to_target, to_source

    @classmethod
    def train(cls, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Learn from pairs; of a large text from a sample, the same one each time."""
        source, target = _Side.of(sources), _Side.of(targets)
        ids = source.ids(sources), target.ids(targets)
        to_target = _Lexicon.train(*ids, len(source.known), len(target.known))
        return cls(
            source,
            target,
            to_target,
            _Lexicon.train(*ids[::-1], len(target.known), len(source.known)),
        )

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        """For each pair its links (source word, target word), no word in two of them, ascending."""
        source, target = self._source.ids(sources), self._target.ids(targets)
        width = 1 + int(max(source.lengths.max(initial=0), target.lengths.max(initial=0)))
        found: list[list[tuple[int, int]]] = [[] for _ in sources]
        for rows in chunks_by_cost(
            np.arange(len(sources)), (source.lengths + 1) * (target.lengths + 1)
        ):
            pairs, places, words = self._to_target.best(source, target, rows)
            pairs_back, words_back, places_back = self._to_source.best(target, source, rows)
            both = np.intersect1d(
                (pairs * width + words) * width + places,
                (pairs_back * width + words_back) * width + places_back,
            )
            pairs, rest = np.divmod(both, width * width)
            for pair, word, place in zip(
                pairs.tolist(), *(part.tolist() for part in np.divmod(rest, width)), strict=True
            ):
                found[pair].append((word, place))
        return found


class _Side(NamedTuple):
    """The words of one side of a text, as ids; what they are spelt with small letters."""

    known: dict[str, int]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        find = alignment_token().findall
        words = dict.fromkeys(word.casefold() for text in texts for word in find(text))
        return cls({word: number for number, word in enumerate((*SPECIAL_TOKENS, *words))})

    def ids(self, texts: Iterable[str]) -> RaggedIds:
        find = alignment_token().findall
        return RaggedIds(
            [[self.known.get(word.casefold(), UNK) for word in find(text)] for text in texts]
        )


class _Lexicon(NamedTuple):
    """How likely each kind of link is, in one direction."""

    pair_ids: Ints
    likelihood: Floats
    target_vocab_size: int

    @classmethod
    def train(
        cls, source: RaggedIds, target: RaggedIds, source_vocab_size: int, target_vocab_size: int
    ) -> Self:
        links = Links.of(source, target, target_vocab_size, diagonal=True)
        return cls(
            links.pair_ids, ibm_model_1(links, source_vocab_size, ITERATIONS), target_vocab_size
        )

    def best(self, source: RaggedIds, target: RaggedIds, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """(pair, target word, source word) of the target words of these pairs that come of one, the
        likeliest."""
        choices = Choices.of(source, target, rows, self.target_vocab_size)
        place = np.searchsorted(self.pair_ids, choices.pair_ids).clip(max=len(self.pair_ids) - 1)
        likelihood = np.where(
            self.pair_ids[place] == choices.pair_ids, self.likelihood[place], UNSEEN_PROBABILITY
        )
        likelihood *= diagonal_prior(source.lengths[rows], target.lengths[rows])
        starts = choices.counts.cumsum() - choices.counts
        best = likelihood == np.maximum.reduceat(likelihood, starts).repeat(choices.counts)
        owners = np.arange(len(starts)).repeat(choices.counts)[best]
        words = (concatenated_ranges(np.zeros_like(starts), choices.counts) - 1)[best]
        first = np.flatnonzero(np.diff(owners, prepend=-1))  # of several as likely
        pairs = rows.repeat(target.lengths[rows])
        places = concatenated_ranges(np.zeros(len(rows), np.int64), target.lengths[rows])
        linked = words[first] >= 0
        return pairs[linked], places[linked], words[first][linked]
