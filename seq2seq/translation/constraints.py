"""Constraints on the translations of a batch: prefixes, terms, forbidden phrases and lengths."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.errors import ConfigError
from seq2seq.translation.values import Source, phrase_of


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
        lengths: Maximum number of tokens of each translation, without those of its terms; None, or
            no lengths at all, leave it to the settings.
    """

    prefixes: list[list[int]]
    partial: list[str]
    terms: list[list[list[int]]]
    forbidden: list[list[int]]
    continuation_ids: Callable[[], frozenset[int]]
    completions: Callable[[str], dict[int, str]]
    lengths: list[int | None] = field(default_factory=list)

    @classmethod
    def of(
        cls, sources: Sequence[Source], decoding: DecodingConfig, tokenizers: TokenizerPair
    ) -> Constraints:
        """Encode the constraints of sources with the target tokenizer, after the text steps.

        Raises:
            ConfigError: A term cannot appear, because it is forbidden or repeats itself.
        """
        tokenizer = tokenizers.target
        openings = [
            tokenizer.split_prefix(tokenizers.steps.target(source.prefix))
            if source.prefix
            else ([], "")
            for source in sources
        ]
        phrases = list({phrase_of(term): None for source in sources for term in source.terms})
        ids_of = dict(zip(phrases, tokenizers.encode_phrases(phrases), strict=True))
        terms = [[ids_of[phrase_of(term)] for term in source.terms] for source in sources]
        forbidden = tokenizers.encode_phrases(decoding.forbidden)
        for source, rows in zip(sources, terms, strict=True):
            for term, ids in zip(source.terms, rows, strict=True):
                _check_possible(phrase_of(term), ids, decoding, forbidden)
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
            lengths=[self.lengths[row] for row in rows] if self.lengths else [],
        )

    def without_terms(self) -> Constraints:
        """Return the constraints without terms."""
        return replace(self, terms=[[] for _ in self.terms])

    def with_terms(self, more: Mapping[int, list[list[int]]]) -> Constraints:
        """Return the constraints with more terms for some sentences, given by their rows."""
        terms = [[*known, *more.get(row, [])] for row, known in enumerate(self.terms)]
        return replace(self, terms=terms)

    def limited(self, lengths: Mapping[int, int]) -> Constraints:
        """Return the constraints with maximum lengths for some sentences, given by their rows.

        The tokens of its terms are not counted in the length of a translation.
        """
        return replace(self, lengths=[lengths.get(row) for row in range(len(self.terms))])

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
            lengths=self.lengths,
        )

    @property
    def _any_per_sentence(self) -> bool:
        """True if any sentence has a constraint of its own."""
        return any(self.prefixes) or any(self.partial) or any(self.terms)

    def max_lengths(self, decoding: DecodingConfig, lengths: Sequence[int]) -> list[int]:
        """Return the maximum length of each translation, with room for its prefix and terms.

        Args:
            decoding: Settings of the maximum length.
            lengths: Number of tokens (N) of each source, including the end token.

        Returns:
            Maximum number of tokens (N), without the end token.
        """
        limits: list[int] = []
        of_sentences = zip(
            lengths,
            self.prefixes,
            self.partial,
            self.terms,
            self.lengths or [None] * len(lengths),
            strict=True,
        )
        for length, prefix, partial, terms, most in of_sentences:
            by_ratio = int(length * decoding.max_length_ratio) + decoding.max_length_extra
            begun = len(prefix) + len(partial)
            by_prefix = begun + decoding.max_length_extra
            limit = max(by_ratio, by_prefix, decoding.min_length)
            limit = limit if most is None else min(limit, most)
            limits.append(limit + sum(map(len, terms)))
        return limits


def _check_possible(
    term: str, ids: list[int], decoding: DecodingConfig, forbidden: Sequence[list[int]]
) -> None:
    """Raise ConfigError if a term contradicts the decoding settings."""
    for phrase, banned in zip(decoding.forbidden, forbidden, strict=True):
        if banned and banned in _windows(ids, len(banned)):
            raise ConfigError(
                f"the term {term!r} must appear, but {phrase!r} is forbidden; leave out one of them"
            )
    size = decoding.no_repeat_ngram
    found = _windows(ids, size) if size else []
    if any(one in found[:place] for place, one in enumerate(found)):
        raise ConfigError(
            f"the term {term!r} repeats {size} of its tokens, which no_repeat_ngram={size} rules "
            "out; leave out one of them"
        )


def _windows(ids: list[int], size: int) -> list[list[int]]:
    """Return all runs of `size` ids."""
    return [ids[start : start + size] for start in range(len(ids) - size + 1)]


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
