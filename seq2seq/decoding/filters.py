"""Filters, which exclude tokens before a search chooses.

A filter sets the scores of excluded tokens to minus infinity and changes no other score, so a
hypothesis keeps the score that the model gives it. A filter sees the tokens and the sentence of
each row, and treats every row independently.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor


class Filter(Protocol):
    """Function that excludes tokens from being chosen next."""

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        """Set the scores of excluded tokens to minus infinity.

        Args:
            scores: Log-probability (R, V) of each next token, in nats; changed in place.
            history: Tokens of each row so far (R, L), without the start token.
            sentences: Index (R,) of each row's sentence in the batch.
        """
        ...


class MinimumLength:
    """Filter that excludes the end token until a hypothesis has reached its minimum length.

    Args:
        lengths: Minimum length (N,) of each sentence's hypotheses, without the end token.
        eos: Id of the end token.
    """

    def __init__(self, lengths: Tensor, eos: int) -> None:
        self.lengths = lengths
        self.eos = eos

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        scores[self.lengths[sentences] > history.shape[1], self.eos] = float("-inf")


class NoRepeatedNgram:
    """Filter that excludes tokens that would repeat an n-gram (Paulus et al. 2018).

    Args:
        size: Length n of the n-grams, at least 1.
    """

    def __init__(self, size: int) -> None:
        assert size > 0
        self.size = size

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        if history.shape[1] < self.size:
            return
        ngrams = history.unfold(1, self.size, 1)  # (R, L - n + 1, n)
        last = history[:, history.shape[1] - self.size + 1 :].unsqueeze(1)
        rows, places = (ngrams[..., :-1] == last).all(-1).nonzero(as_tuple=True)
        scores[rows, ngrams[rows, places, -1]] = float("-inf")


class ForbiddenPhrases:
    """Filter that excludes tokens that would complete a forbidden phrase.

    Args:
        phrases: Token ids of each phrase, at least one.
    """

    def __init__(self, phrases: Sequence[Sequence[int]]) -> None:
        assert all(phrases)
        self.phrases = [list(phrase) for phrase in phrases]

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        length = history.shape[1]
        for *begun, last in self.phrases:
            if not begun:
                scores[:, last] = float("-inf")
            elif len(begun) <= length:
                rows = (history[:, length - len(begun) :] == history.new_tensor(begun)).all(-1)
                scores[rows, last] = float("-inf")


class PartialWord:
    """Filter that makes hypotheses complete a partial word after the forced prefix.

    If a sentence has no partial word, the last word of its prefix is complete, and no token that
    continues a word may follow it.

    Args:
        prefixes: Forced token ids of each sentence.
        partial: Known characters of each sentence's partial word; "" for none.
        completions: Maps the characters still to be spelled to the tokens that may come next, each
            with the characters that are left after it.
        continuation_ids: Ids that continue the preceding word.
        rest: Filters for the tokens after the word.
    """

    def __init__(
        self,
        prefixes: Sequence[Sequence[int]],
        partial: Sequence[str],
        completions: Callable[[str], dict[int, str]],
        continuation_ids: Sequence[int],
        rest: Sequence[Filter] = (),
    ) -> None:
        self.starts = [len(prefix) for prefix in prefixes]
        self.partial = partial
        self.completions = functools.cache(completions)
        self.continuation_ids = list(continuation_ids)
        self.rest = rest

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        of_rows = sentences.tolist()
        allowed = {}
        for row, sentence in enumerate(of_rows):
            if left := self._left(sentence, history[row]):
                tokens = list(self.completions(left))
                allowed[row] = tokens, scores[row, tokens]
        for each in self.rest:
            each(scores, history, sentences)
        for row, (tokens, kept) in allowed.items():
            scores[row] = float("-inf")
            scores[row, tokens] = kept
        for row, sentence in enumerate(of_rows):
            if self.starts[sentence] == history.shape[1] > 0 and not self.partial[sentence]:
                scores[row, self.continuation_ids] = float("-inf")

    def _left(self, sentence: int, history: Tensor) -> str:
        """Return the characters of a partial word that are left after this history (L,)."""
        left = self.partial[sentence]
        if not left or len(history) < self.starts[sentence]:
            return ""
        for token in history[self.starts[sentence] :].tolist():
            if not left:
                break
            left = self.completions(left).get(token, "")  # a dead row may hold any token
        return left


class ForcedPrefix:
    """Filter that makes each sentence's hypotheses begin with its prefix.

    Args:
        prefixes: Token ids of each sentence's prefix, which may be empty.
        device: Device of the search.
        rest: Filters for the tokens after the prefix.
    """

    def __init__(
        self, prefixes: Sequence[Sequence[int]], device: torch.device, rest: Sequence[Filter] = ()
    ) -> None:
        width = max(map(len, prefixes), default=0)
        padded = [[*prefix, *[-1] * (width - len(prefix))] for prefix in prefixes]
        self.tokens = torch.tensor(padded, dtype=torch.long, device=device).view(
            len(prefixes), width
        )
        self.rest = rest

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        rows = sentences.new_empty(0)
        wanted = sentences.new_empty(0)
        if history.shape[1] < self.tokens.shape[1]:
            wanted = self.tokens[sentences, history.shape[1]]
            rows = (wanted >= 0).nonzero().squeeze(1)
            wanted = wanted[rows]
        kept = scores[rows, wanted]
        for each in self.rest:
            each(scores, history, sentences)
        scores[rows] = float("-inf")
        scores[rows, wanted] = kept
