"""Constraints on the translations of a batch: prefixes, terms, forbidden phrases and lengths."""

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
from seq2seq.decoding.filters import (
    Filter,
    ForbiddenPhrases,
    ForcedPrefix,
    MinimumLength,
    NoRepeatedNgram,
    PartialWord,
)
from seq2seq.translation.values import Source


@dataclass(frozen=True)
class Constraints:
    """Constraints on the translations of N sentences, in target ids.

    Attributes:
        prefixes: For each sentence the tokens of the whole words that its translation begins with.
        partial: For each sentence the spelling so far of the partial word after its prefix.
        terms: For each sentence the phrases that must appear in its translation.
        forbidden: Phrases that must not appear in any translation.
        continuation_ids: Gives the ids that continue the word before them.
        completions: Maps a spelling to the ids that may follow, each with what is then still to be
            spelt.
    """

    prefixes: list[list[int]]
    partial: list[str]
    terms: list[list[list[int]]]
    forbidden: list[list[int]]
    continuation_ids: Callable[[], frozenset[int]]
    completions: Callable[[str], dict[int, str]]

    @classmethod
    def of(
        cls, sources: Sequence[Source], decoding: DecodingConfig, tokenizer: Tokenizer
    ) -> Constraints:
        """Collect the constraints of sources, in the ids of the target tokenizer."""
        openings = [
            tokenizer.split_prefix(source.prefix) if source.prefix else ([], "")
            for source in sources
        ]
        terms = [
            tokenizer.encode_mid_sentence(source.terms) if source.terms else []
            for source in sources
        ]
        forbidden = tokenizer.encode_mid_sentence(decoding.forbidden)
        return cls(
            prefixes=[ids for ids, _ in openings],
            partial=[word for _, word in openings],
            terms=terms,
            forbidden=[phrase for phrase in forbidden if phrase],
            continuation_ids=tokenizer.continuation_ids,
            completions=tokenizer.completions,
        )

    def select(self, rows: Sequence[int]) -> Constraints:
        """Return the constraints of some of the sentences."""
        return replace(
            self,
            prefixes=[self.prefixes[row] for row in rows],
            partial=[self.partial[row] for row in rows],
            terms=[self.terms[row] for row in rows],
        )

    def required_ids(self) -> list[set[int]]:
        """Return for each sentence all ids that its constraints may need."""
        spelt = [_completing(word, self.completions) if word else set() for word in self.partial]
        return [
            {*prefix, *itertools.chain(*terms)} | ids
            for prefix, terms, ids in zip(self.prefixes, self.terms, spelt, strict=True)
        ]

    def to_shortlist(self, ids: Sequence[int]) -> Constraints:
        """Return the constraints with positions on a shortlist instead of ids.

        Args:
            ids: The ids on the list, which include all `required_ids`.

        Returns:
            The same constraints; forbidden phrases that the list cannot form are left out.
        """
        if not (self._any_per_sentence or self.forbidden):
            return self
        place = {number: index for index, number in enumerate(ids)}

        def completions(spelling: str) -> dict[int, str]:
            return {
                place[number]: left
                for number, left in self.completions(spelling).items()
                if number in place
            }

        return Constraints(
            prefixes=[[place[number] for number in prefix] for prefix in self.prefixes],
            partial=self.partial,
            terms=[[[place[number] for number in term] for term in terms] for terms in self.terms],
            forbidden=[
                [place[number] for number in phrase]
                for phrase in self.forbidden
                if place.keys() >= set(phrase)
            ],
            continuation_ids=lambda: frozenset(
                place[number] for number in self.continuation_ids() if number in place
            ),
            completions=completions,
        )

    @property
    def _any_per_sentence(self) -> bool:
        """True if any single sentence has a constraint."""
        return any(self.prefixes) or any(self.partial) or any(self.terms)

    def max_lengths(self, decoding: DecodingConfig, lengths: Tensor) -> Tensor:
        """Return the maximum lengths of translations, with room for what must be in them.

        Args:
            decoding: Settings of the maximum length.
            lengths: Lengths (N,) of the sources, the end token included.

        Returns:
            Maximum lengths (N,), without the end token.
        """
        by_ratio = (lengths * decoding.max_length_ratio).long() + decoding.max_length_extra
        if not self._any_per_sentence:
            return by_ratio.clamp_min(decoding.min_length)
        openings = zip(self.prefixes, self.partial, strict=True)
        begun = lengths.new_tensor([len(prefix) + len(word) for prefix, word in openings])
        terms = lengths.new_tensor([sum(map(len, terms)) for terms in self.terms])
        by_prefix = begun + decoding.max_length_extra
        return by_ratio.maximum(by_prefix).clamp_min(decoding.min_length) + terms

    def filters(self, decoding: DecodingConfig, limits: Tensor, eos: int) -> list[Filter]:
        """Return the filters of a search.

        Args:
            decoding: Settings of the minimum length and of repetition.
            limits: Maximum lengths (N,).
            eos: Id of the end token.

        Returns:
            Filters for prefixes, forbidden phrases, minimum length and repetition.
        """
        filters: list[Filter] = []
        if decoding.min_length:
            filters.append(MinimumLength(torch.full_like(limits, decoding.min_length), eos))
        if decoding.no_repeat_ngram:
            filters.append(NoRepeatedNgram(decoding.no_repeat_ngram))
        if self.forbidden:
            filters.append(ForbiddenPhrases(self.forbidden))
        if not any(self.prefixes) and not any(self.partial):
            return filters
        word = PartialWord(
            self.prefixes, self.partial, self.completions, sorted(self.continuation_ids()), filters
        )
        return [ForcedPrefix(self.prefixes, limits.device, [word])]


def _completing(spelling: str, completions: Callable[[str], dict[int, str]]) -> set[int]:
    """Return all ids that may come until a partial word is spelt."""
    found: set[int] = set()
    seen = {spelling}
    todo = [spelling]
    while todo:
        for number, left in completions(todo.pop()).items():
            found.add(number)
            if left and left not in seen:
                seen.add(left)
                todo.append(left)
    return found


def content_keys(sources: RaggedIds, rows: Sequence[int]) -> Tensor:
    """Return a number (N,) per source that depends only on its content.

    Args:
        sources: All sources as ids.
        rows: The N sources to number.

    Returns:
        Signed integers of 64 bits (N,).
    """
    parts = [sources.ids[sources.offsets[row] : sources.offsets[row + 1]] for row in rows]
    digests = [hashlib.blake2b(part.tobytes(), digest_size=8).digest() for part in parts]
    return torch.tensor([int.from_bytes(digest, "little", signed=True) for digest in digests])
