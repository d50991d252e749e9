"""Constraints on the translations of a batch: prefixes, terms, forbidden phrases and lengths."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
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
        prefixes: Ids of the complete words that each translation begins with.
        partial: Known characters of the partial word after each prefix; "" for none.
        terms: Phrases that must appear in each translation.
        forbidden: Phrases that must not appear in any translation.
        continuation_ids: Returns the ids that continue the preceding word.
        completions: Maps the characters still to be spelled to the ids that may come next, each
            with the characters that are left after it.
    """

    prefixes: list[list[int]]
    partial: list[str]
    terms: list[list[list[int]]]
    forbidden: list[list[int]]
    continuation_ids: Callable[[], frozenset[int]]
    completions: Callable[[str], dict[int, str]]

    @classmethod
    def of(
        cls, sources: Sequence[Source], decoding: DecodingConfig, tokenizers: TokenizerPair
    ) -> Constraints:
        """Encode the constraints of sources with the target tokenizer, after the text steps."""
        tokenizer = tokenizers.target
        openings = [
            tokenizer.split_prefix(tokenizers.steps.target(source.prefix))
            if source.prefix
            else ([], "")
            for source in sources
        ]
        terms = [
            tokenizers.encode_phrases(source.terms) if source.terms else [] for source in sources
        ]
        forbidden = tokenizers.encode_phrases(decoding.forbidden)
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

    def with_terms(self, more: Mapping[int, list[list[int]]]) -> Constraints:
        """Return the constraints with more terms for some sentences, given by their rows."""
        terms = [[*known, *more.get(row, [])] for row, known in enumerate(self.terms)]
        return replace(self, terms=terms)

    def required_ids(self) -> list[set[int]]:
        """Return all ids that the constraints of each sentence may need."""
        spelt = [_completing(word, self.completions) if word else set() for word in self.partial]
        return [
            {*prefix, *itertools.chain(*terms)} | ids
            for prefix, terms, ids in zip(self.prefixes, self.terms, spelt, strict=True)
        ]

    def to_shortlist(self, ids: Sequence[int]) -> Constraints:
        """Return the constraints with ids replaced by positions on a shortlist.

        Args:
            ids: Ids on the list, which include all `required_ids`.

        Returns:
            The same constraints, without forbidden phrases that the list cannot form.
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
        """True if any sentence has a constraint of its own."""
        return any(self.prefixes) or any(self.partial) or any(self.terms)

    def max_lengths(self, decoding: DecodingConfig, lengths: Tensor) -> Tensor:
        """Return the maximum length of each translation, with room for its prefix and terms.

        Args:
            decoding: Settings of the maximum length.
            lengths: Number of tokens (N,) of each source, including the end token.

        Returns:
            Maximum number of tokens (N,), without the end token.
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
        """Return the filters for a search.

        Args:
            decoding: Settings of the minimum length and of repetition.
            limits: Maximum number of tokens (N,) of each translation.
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
    """Return all ids that may occur in a completion of a partial word."""
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
    """Return an integer per source that depends only on its content.

    Args:
        sources: Ids of all sources.
        rows: Indices of N of them.

    Returns:
        Signed 64-bit integers (N,).
    """
    parts = [sources.ids[sources.offsets[row] : sources.offsets[row + 1]] for row in rows]
    digests = [hashlib.blake2b(part.tobytes(), digest_size=8).digest() for part in parts]
    return torch.tensor([int.from_bytes(digest, "little", signed=True) for digest in digests])
