"""From settings to a search: which strategy it is, and what rules it follows in a batch."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.constrained import ConstrainedBeamSearch
from seq2seq.decoding.diverse import DiverseBeamSearch
from seq2seq.decoding.filters import (
    BegunWord,
    Filter,
    ForbiddenPhrases,
    ForcedPrefix,
    MinimumLength,
    NoRepeatedNgram,
)
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.sampling import Sampling
from seq2seq.decoding.search import Strategy
from seq2seq.errors import ConfigError
from seq2seq.translation.values import Source


def strategy(decoding: DecodingConfig, beam: int | None, nbest: int) -> Strategy:
    """The search of these settings, with another beam if one is given; raise ConfigError if it is
    impossible.

    It finds `nbest` translations, or as many as the setting `mbr` chooses among.
    """
    if decoding.split_sentences and nbest > 1:
        raise ConfigError("with split_sentences there is one translation of a text, and no n best")
    nbest = max(nbest, decoding.mbr)
    if decoding.strategy == "sampling":
        return Sampling(nbest, decoding.temperature, decoding.top_k, decoding.top_p, decoding.seed)
    beam = decoding.beam if beam is None else beam
    if beam < 1 or not 1 <= nbest <= beam:
        raise ConfigError(
            f"beam {beam} with {nbest} best: the beam must be at least 1 and at least the n of "
            "n-best"
        )
    if decoding.strategy == "diverse-beam":
        if beam % (decoding.groups or beam):
            raise ConfigError(f"beam {beam} must be a multiple of groups {decoding.groups}")
        return DiverseBeamSearch(
            beam, nbest, decoding.length_penalty, decoding.groups, decoding.diversity
        )
    if beam == 1:
        return GreedySearch()
    return BeamSearch(beam, nbest, decoding.length_penalty, decoding.coverage_penalty)


def rows_of(search: Strategy) -> int:
    """The hypotheses that a search carries for each sentence."""
    if isinstance(search, BeamSearch | DiverseBeamSearch):
        return search.beam
    return search.samples if isinstance(search, Sampling) else 1


@dataclass(frozen=True)
class Constraints:
    """What is asked of the translations of a batch, in target ids.

    Of each sentence: the tokens of the whole words it begins with, how the word begun behind them
    is spelt so far, and the terms that must appear in it. `forbidden` are phrases for all; the rest
    is what a tokenizer says of its ids."""

    prefixes: list[list[int]]
    begun: list[str]
    terms: list[list[list[int]]]
    forbidden: list[list[int]]
    continuation_ids: Callable[[], frozenset[int]]
    completions: Callable[[str], dict[int, str]]

    @staticmethod
    def of(
        sources: Sequence[Source], decoding: DecodingConfig, tokenizer: Tokenizer
    ) -> Constraints:
        """In the ids of the target tokenizer."""
        openings = [
            tokenizer.split_prefix(source.prefix) if source.prefix else ([], "")
            for source in sources
        ]
        terms = [
            tokenizer.encode_mid_sentence(source.terms) if source.terms else []
            for source in sources
        ]
        forbidden = [
            phrase for phrase in tokenizer.encode_mid_sentence(decoding.forbidden) if phrase
        ]
        prefixes, begun = [ids for ids, _ in openings], [word for _, word in openings]
        return Constraints(
            prefixes, begun, terms, forbidden, tokenizer.continuation_ids, tokenizer.completions
        )

    def select(self, rows: Sequence[int]) -> Constraints:
        """Of these sentences alone."""
        return replace(
            self,
            prefixes=[self.prefixes[row] for row in rows],
            begun=[self.begun[row] for row in rows],
            terms=[self.terms[row] for row in rows],
        )

    def ids(self) -> list[set[int]]:
        """Of each sentence all ids that this may call for."""
        spelt = [_completing(word, self.completions) if word else set() for word in self.begun]
        return [
            {*prefix, *itertools.chain(*terms)} | ids
            for prefix, terms, ids in zip(self.prefixes, self.terms, spelt, strict=True)
        ]

    def to_shortlist(self, ids: Sequence[int]) -> Constraints:
        """With the places on a shortlist instead of ids, which holds all that is called for."""
        if not (self._anything or self.forbidden):
            return self
        place = {number: index for index, number in enumerate(ids)}

        def completions(begun: str) -> dict[int, str]:
            return {
                place[number]: left
                for number, left in self.completions(begun).items()
                if number in place
            }

        return Constraints(
            [[place[number] for number in prefix] for prefix in self.prefixes],
            self.begun,
            [[[place[number] for number in term] for term in terms] for terms in self.terms],
            [
                [place[number] for number in phrase]
                for phrase in self.forbidden
                if place.keys() >= set(phrase)
            ],
            lambda: frozenset(
                place[number] for number in self.continuation_ids() if number in place
            ),
            completions,
        )

    @property
    def _anything(self) -> bool:
        """Whether anything is asked of any single sentence."""
        return any(self.prefixes) or any(self.begun) or any(self.terms)

    def search(self, search: Strategy, decoding: DecodingConfig) -> Strategy:
        """The search for sentences in whose translations terms must appear; the search itself where
        there are none."""
        if not any(self.terms):
            return search
        if not isinstance(search, BeamSearch | GreedySearch) or decoding.coverage_penalty:
            raise ConfigError("terms need strategy=beam, without a coverage_penalty")
        beam, nbest = (search.beam, search.nbest) if isinstance(search, BeamSearch) else (1, 1)
        return ConstrainedBeamSearch(
            beam, nbest, decoding.length_penalty, self.terms, self.continuation_ids()
        )

    def longest_lengths(self, decoding: DecodingConfig, lengths: Tensor) -> Tensor:
        """The longest translations of sources of these lengths (N,), with room for what must be in
        them."""
        by_ratio = (lengths * decoding.max_length_ratio).long() + decoding.max_length_extra
        if not self._anything:
            return by_ratio.clamp_min(decoding.min_length)
        openings = zip(self.prefixes, self.begun, strict=True)
        begun = lengths.new_tensor([len(prefix) + len(word) for prefix, word in openings])
        wanted = lengths.new_tensor([sum(map(len, terms)) for terms in self.terms])
        return (
            by_ratio.maximum(begun + decoding.max_length_extra).clamp_min(decoding.min_length)
            + wanted
        )

    def filters(self, decoding: DecodingConfig, limits: Tensor, eos: int) -> list[Filter]:
        """What translations begin with, phrases never to be written, lengths, repetition."""
        filters: list[Filter] = []
        if decoding.min_length:
            filters.append(MinimumLength(torch.full_like(limits, decoding.min_length), eos))
        if decoding.no_repeat_ngram:
            filters.append(NoRepeatedNgram(decoding.no_repeat_ngram))
        if self.forbidden:
            filters.append(ForbiddenPhrases(self.forbidden))
        if not any(self.prefixes) and not any(self.begun):
            return filters
        word = BegunWord(
            self.prefixes, self.begun, self.completions, sorted(self.continuation_ids()), filters
        )
        return [ForcedPrefix(self.prefixes, limits.device, [word])]


def _completing(begun: str, completions: Callable[[str], dict[int, str]]) -> set[int]:
    """All ids that may come until a begun word is spelt."""
    found, lefts, todo = set(), {begun}, [begun]
    while todo:
        for number, left in completions(todo.pop()).items():
            found.add(number)
            if left and left not in lefts:
                lefts.add(left)
                todo.append(left)
    return found


def content_keys(sources: RaggedIds, rows: Sequence[int]) -> Tensor:
    """A number for each of these sources that hangs on its content alone."""
    parts = [sources.ids[sources.offsets[row] : sources.offsets[row + 1]] for row in rows]
    digests = [hashlib.blake2b(part.tobytes(), digest_size=8).digest() for part in parts]
    return torch.tensor([int.from_bytes(digest, "little", signed=True) for digest in digests])
