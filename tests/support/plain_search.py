"""The rules of docs/reference/search-rules.md in plain Python, for one sentence at a time."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.decoding.hypothesis import Hypothesis

Tokens = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """Prefix of a translation, or a proposal for one."""

    tokens: Tokens
    total: float


@dataclass(frozen=True, kw_only=True)
class PlainSearch:
    """Search for the translations of one sentence.

    Attributes:
        scores: Log-probability of each next token, by the last token.
        choices: Tokens that may be chosen, besides the end token; they ascend.
        longest: Maximum length.
        completions: Maps a partial word to the tokens that may come next, with what is left of it.
    """

    scores: Sequence[Sequence[float]]
    choices: Sequence[int]
    longest: int
    beam: int = 1
    nbest: int = 1
    length_penalty: float = 0.0
    min_length: int = 0
    no_repeat_ngram: int = 0
    forbidden: Sequence[Sequence[int]] = ()
    prefix: Sequence[int] = ()
    partial: str = ""
    completions: Callable[[str], dict[int, str]] = lambda partial: {}
    terms: Sequence[Sequence[int]] = ()
    continuing: Sequence[int] = ()

    def __call__(self) -> list[Hypothesis]:
        """Return the hypotheses, best first."""
        if self.terms:
            return self.with_terms()
        return self.greedy() if self.beam == 1 else self.with_beam()

    def greedy(self) -> list[Hypothesis]:
        """Take the most likely token until the end."""
        row = Row((), 0.0)
        while EOS not in row.tokens:
            row = self.likely(row, 1)[0]
        return [Hypothesis(list(row.tokens[:-1]), row.total, row.total)]

    def with_beam(self) -> list[Hypothesis]:
        """Beam search."""
        rows = [Row((), 0.0)]
        found: list[Hypothesis] = []
        while rows:
            proposals = [one for row in rows for one in self.likely(row, self.beam + 1)]
            proposals.sort(key=lambda one: -one.total)
            for one in proposals[: self.beam]:
                self.finish(found, one)
            rows = [one for one in proposals if one.tokens[-1] != EOS][: self.beam]
            rows = [one for one in rows if not self.is_over(found, one.total)]
        return found

    def with_terms(self) -> list[Hypothesis]:
        """Dynamic beam allocation."""
        rows = [Row((), 0.0)]
        found: list[Hypothesis] = []
        size = sum(map(len, self.terms))
        while rows:
            proposals = [one for row in rows for one in self.proposals(row)]
            proposals.sort(key=lambda one: -one.total)
            complete = [one for one in proposals if self.met(one.tokens) == size]
            for one in complete[: self.beam]:
                self.finish(found, one)
            going = [one for one in proposals if one.tokens[-1] != EOS]
            banks = [
                [one for one in going if self.met(one.tokens) == met] for met in range(size, -1, -1)
            ]
            turns = [one for turn in itertools.zip_longest(*banks) for one in turn if one]
            rows = [one for one in going if one in turns[: self.beam]]
            if rows and self.is_over(found, rows[0].total):
                break
        return found

    def finish(self, found: list[Hypothesis], row: Row) -> None:
        """Add a row that ends to the n-best list."""
        if row.tokens[-1] == EOS:
            score = row.total / self.penalty(len(row.tokens))
            found.append(Hypothesis(list(row.tokens[:-1]), score, row.total))
            found.sort(key=lambda one: -one.score)
            del found[self.nbest :]

    def is_over(self, found: list[Hypothesis], total: float) -> bool:
        """Return whether no row with this total can enter the n-best list any more."""
        bound = total / self.penalty(self.longest + 1)
        return len(found) == self.nbest and bound <= found[-1].score

    def penalty(self, length: int) -> float:
        """Return the length penalty, with the end token in the length."""
        return float(((5 + length) / 6) ** self.length_penalty)

    def likely(self, row: Row, count: int, without: Sequence[int] = ()) -> list[Row]:
        """Return the continuations of a row with its most likely tokens, best first."""
        allowed = [token for token in self.allowed(row.tokens) if token not in without]
        continued = [self.extended(row, token) for token in allowed]
        likely = [one for one in continued if one.total > -math.inf]
        return sorted(likely, key=lambda one: -one.total)[:count]

    def extended(self, row: Row, token: int) -> Row:
        """Return a row with one more token."""
        last = row.tokens[-1] if row.tokens else BOS
        return Row((*row.tokens, token), row.total + self.scores[last][token])

    def proposals(self, row: Row) -> Iterator[Row]:
        """Yield the continuations of a row in a search with terms, each once."""
        proposed = self.likely(row, self.beam + 1)
        if any(ends_with(row.tokens, term) for term in self.terms):
            proposed = self.likely(row, self.beam + 1, self.continuing) + proposed
        lacking = [term for term in self.terms if not self.contains(row.tokens, term)]
        wanted = [token for term in lacking for token in (term[0], term[begun(row.tokens, term)])]
        allowed = self.allowed(row.tokens)
        proposed += [self.extended(row, token) for token in wanted if token in allowed]
        yield from dict.fromkeys(proposed)

    def contains(self, tokens: Tokens, term: Sequence[int]) -> bool:
        """Return whether tokens contain a term that no token continues."""
        return any(
            ends_with(tokens[:end], term)
            and (end == len(tokens) or tokens[end] not in self.continuing)
            for end in range(len(tokens) + 1)
        )

    def met(self, tokens: Tokens) -> int:
        """Return the number of tokens of the terms that a hypothesis has met."""
        contained = [term for term in self.terms if self.contains(tokens, term)]
        others = [term for term in self.terms if term not in contained]
        return sum(map(len, contained)) + max((begun(tokens, term) for term in others), default=0)

    def allowed(self, tokens: Tokens) -> list[int]:
        """Return the tokens that may come next, ascending."""
        every = sorted([EOS, *self.choices])
        if len(tokens) == self.longest:
            return [EOS]
        wanted = self.wanted(tokens)
        if wanted is None:
            wanted = [token for token in every if not self.is_excluded(tokens, token)]
        return sorted(set(wanted) & set(every)) or [EOS]

    def wanted(self, tokens: Tokens) -> list[int] | None:
        """Return the tokens of the prefix or the partial word that may come next, if any."""
        size = len(self.prefix)
        if len(tokens) < size:
            return [self.prefix[len(tokens)]]
        left = self.partial
        for token in tokens[size:]:
            left = self.completions(left)[token] if left else ""
        return list(self.completions(left)) if left else None

    def is_excluded(self, tokens: Tokens, token: int) -> bool:
        """Return whether a filter excludes a token."""
        after = (*tokens, token)
        if token == EOS and len(tokens) < self.min_length:
            return True
        size = self.no_repeat_ngram
        if size and any(ends_with(tokens[:end], after[-size:]) for end in range(size, len(after))):
            return True
        if any(ends_with(after, phrase) for phrase in self.forbidden):
            return True
        ends_prefix = tokens and len(tokens) == len(self.prefix) and not self.partial
        return bool(ends_prefix) and token in self.continuing


def ends_with(tokens: Tokens, phrase: Sequence[int]) -> bool:
    """Return whether tokens end with a phrase."""
    return len(tokens) >= len(phrase) and tokens[len(tokens) - len(phrase) :] == tuple(phrase)


def begun(tokens: Tokens, phrase: Sequence[int]) -> int:
    """Return how many tokens of a phrase, but not all, are at the end of a hypothesis."""
    return max(size for size in range(len(phrase)) if ends_with(tokens, phrase[:size]))
