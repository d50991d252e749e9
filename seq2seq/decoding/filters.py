"""Filters: what must or must not come next, as edits of the scores before a search chooses.

A filter rules tokens out by minus infinity and changes no other score, so that a hypothesis still
scores what the model gives it. It sees the tokens so far and which sentence a row belongs to, and
nothing of the other rows."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Protocol

import torch
from torch import Tensor


class Filter(Protocol):
    """Rules tokens out of scores (R, V), in place; history (R, L) are the tokens so far, sentences
    (R,) whose."""

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None: ...


class MinimumLength:
    """No end token before a sentence has its shortest length (N,)."""

    def __init__(self, lengths: Tensor, eos: int) -> None:
        self.lengths = lengths
        self.eos = eos

    def __call__(self, scores: Tensor, history: Tensor, sentences: Tensor) -> None:
        scores[self.lengths[sentences] > history.shape[1], self.eos] = float("-inf")


class NoRepeatedNgram:
    """No n tokens in a row twice in one hypothesis (Paulus et al. 2018)."""

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
    """None of these sequences of tokens."""

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


class BegunWord:
    """Behind its prefix, each sentence's hypotheses spell its begun word to the end; the `rest`
    rules what follows.

    `completions` says of a beginning which tokens may come, each with what is then still to be
    spelt. Where no word is begun behind a prefix, its last one is whole: none of the tokens
    `joining` follows."""

    def __init__(
        self,
        prefixes: Sequence[Sequence[int]],
        begun: Sequence[str],
        completions: Callable[[str], dict[int, str]],
        joining: Sequence[int],
        rest: Sequence[Filter] = (),
    ) -> None:
        self.starts = [len(prefix) for prefix in prefixes]
        self.begun = begun
        self.completions = functools.cache(completions)
        self.joining = list(joining)
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
            if self.starts[sentence] == history.shape[1] > 0 and not self.begun[sentence]:
                scores[row, self.joining] = float("-inf")

    def _left(self, sentence: int, history: Tensor) -> str:
        """What is still to be spelt of a begun word, behind this history (L,)."""
        left = self.begun[sentence]
        if not left or len(history) < self.starts[sentence]:
            return ""
        for token in history[self.starts[sentence] :].tolist():
            if not left:
                break
            left = self.completions(left).get(token, "")  # a row that is dead may hold any token
        return left


class ForcedPrefix:
    """Each sentence's hypotheses begin with its prefix, which may be empty; the `rest` rules what
    follows it."""

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
        wanted = rows = sentences.new_empty(0)
        if history.shape[1] < self.tokens.shape[1]:
            wanted = self.tokens[sentences, history.shape[1]]
            rows = (wanted >= 0).nonzero().squeeze(1)
            wanted = wanted[rows]
        kept = scores[rows, wanted]
        for each in self.rest:
            each(scores, history, sentences)
        scores[rows] = float("-inf")
        scores[rows, wanted] = kept
