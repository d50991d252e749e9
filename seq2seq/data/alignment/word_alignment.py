"""Word alignment: links between source words and the target words that translate them.

IBM Model 1 with a prior for links near the diagonal, as in fast_align (Dyer et al. 2013), is
learned in both directions. Only links found in both are kept (the intersection of Och and Ney
2003), which favors precision over recall.
"""

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
"""Iterations of expectation maximization."""

UNSEEN_PROBABILITY = 1e-9
"""Probability of a link between two words that never occur together in a sentence pair."""


class WordAligner:
    """Word aligner that learns from sentence pairs and finds links in these or other pairs."""

    def __init__(
        self, source: _Side, target: _Side, to_target: _Lexicon, to_source: _Lexicon
    ) -> None:
        self._source = source
        self._target = target
        self._to_target = to_target
        self._to_source = to_source

    @classmethod
    def train(cls, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Learn from sentence pairs, or from a fixed sample of them if there are many.

        Args:
            sources: N source sentences.
            targets: Their N translations.

        Returns:
            The aligner.
        """
        source = _Side.of(sources)
        target = _Side.of(targets)
        source_ids = source.ids(sources)
        target_ids = target.ids(targets)
        source_size = len(source.known)
        target_size = len(target.known)
        to_target = _Lexicon.train(source_ids, target_ids, source_size, target_size)
        to_source = _Lexicon.train(target_ids, source_ids, target_size, source_size)
        return cls(source, target, to_target, to_source)

    def links(self, sources: Sequence[str], targets: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return the word links of each sentence pair.

        Args:
            sources: N source sentences.
            targets: Their N translations.

        Returns:
            N ascending lists of links (source word, target word). Words are the matches of
            `text.alignment_token`, counted from 0. No word is in two links.
        """
        source = self._source.ids(sources)
        target = self._target.ids(targets)
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
    """Vocabulary of one side of a text: case-folded words and their ids."""

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
    """Translation probabilities of pairs of words, in one direction."""

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
        """Return (pair, target word, source word) for the most likely link of each target word.

        Target words that most likely link to NULL are left out.
        """
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
        first = np.flatnonzero(np.diff(owners, prepend=-1))  # the first of equally likely links
        pairs = rows.repeat(target.lengths[rows])
        places = concatenated_ranges(np.zeros(len(rows), np.int64), target.lengths[rows])
        linked = words[first] >= 0
        return pairs[linked], places[linked], words[first][linked]
