"""What a search is made of, and the greedy search.

A search takes a step function, never a model: a Markov chain, a model, an ensemble or an exported graph will do. Every
hypothesis ends with the end token, whose log-probability is counted in its score; one that reaches its sentence's
longest length is ended there. Finished sentences leave the batch, and no sentence's result depends on the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.registry import Registry


class SearchState(Protocol):
    """What is carried from step to step: one row per hypothesis, B = rows / sentences rows for each sentence."""

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> Self:
        """Reorder the rows; where sentences have left, keep those of `sentences` (indices) alone."""
        ...


class StepOutput(NamedTuple):
    """logits (R, V), not normalised; the state after the step; attention weights (R, S) or None."""

    logits: Tensor
    state: SearchState
    attention: Tensor | None = None


class StepFn(Protocol):
    """Read the last tokens (R,) and say what follows."""

    def __call__(self, tokens: Tensor, state: SearchState) -> StepOutput: ...


@dataclass(frozen=True)
class Hypothesis:
    """One translation: its tokens without the end token, its score (by which hypotheses are ranked), and the sum of
    its tokens' log-probabilities, the end token's included, in nats. `attention` (L + 1, S), where it was asked for, is
    what each token and the end token were read from."""

    tokens: list[int]
    score: float
    log_probability: float
    attention: Tensor | None = field(default=None, compare=False, repr=False)


class Strategy(Protocol):
    """A way to search. The step function starts from `state`, one row for each sentence.

    `max_lengths` (N,) is the longest length of each sentence's hypotheses, the end token not counted; `forbidden` are
    ids never to be chosen, and `filters` may rule out others as a hypothesis grows. `keys` (N,) tell the sentences'
    random numbers apart, in a search that draws any. With `attention`, hypotheses say what they were read from.
    Returns for each sentence its hypotheses, best first.
    """

    def __call__(
        self,
        step: StepFn,
        state: SearchState,
        max_lengths: Tensor,
        *,
        bos: int,
        eos: int,
        forbidden: tuple[int, ...] = (),
        filters: Sequence[Filter] = (),
        keys: Tensor | None = None,
        attention: bool = False,
    ) -> list[list[Hypothesis]]: ...


SMALL = 1 << 14
"""Scores up to which the library's own maximum is the fastest."""

STRATEGIES: Registry[type[Strategy]] = Registry("search strategy")


def ending_rows(longest: list[int], length: int, beam: int, device: torch.device) -> Tensor | None:
    """Which rows must end now, at their sentence's longest length: true in (N * beam,); None if none must."""
    if all(length < limit for limit in longest):
        return None
    return torch.tensor([limit <= length for limit in longest], device=device).repeat_interleave(beam)


def log_probabilities(logits: Tensor, forbidden: tuple[int, ...], eos: int, ending: Tensor | None) -> Tensor:
    """Normalise logits (R, V), then rule out forbidden ids and, in rows of `ending` (R,), all but the end token.

    The rulings come after the softmax, so that the score of what is chosen is the model's own: with a shortlist,
    its own among what is on the list.
    """
    scores = logits.float() if logits.dtype.itemsize < 4 else logits
    scores = scores.log_softmax(-1)
    for token in forbidden:
        scores[:, token] = float("-inf")
    if ending is not None:
        ends = scores[ending, eos]
        scores[ending] = float("-inf")
        scores[ending, eos] = ends
    return scores


def rule_out(scores: Tensor, filters: Sequence[Filter], history: Tensor, live: list[int], eos: int) -> None:
    """Apply filters to scores (R, V), in place; the rows belong to the sentences `live`, as many to each.

    Where nothing would be left, the end token is.
    """
    if not filters:
        return
    sentences = torch.tensor(live, device=scores.device).repeat_interleave(len(scores) // len(live))
    ends = scores[:, eos].clone()
    for each in filters:
        each(scores, history, sentences)
    scores[:, eos] = torch.where(scores.amax(-1) == float("-inf"), ends, scores[:, eos])


@dataclass(frozen=True)
class Trace:
    """The hypotheses so far: tokens (R, L), and what they were read from, attention (R, L, S), where it is wanted."""

    tokens: Tensor
    attention: Tensor | None = None

    @staticmethod
    def empty(like: Tensor) -> Trace:
        """Of as many rows as `like` (R,) has."""
        return Trace(like.new_empty(len(like), 0))

    @property
    def length(self) -> int:
        """Tokens of each row."""
        return self.tokens.shape[1]

    def read(self, weights: Tensor | None, wanted: bool) -> Trace:
        """With the attention of the step that is being taken (R, S)."""
        if not wanted or weights is None:
            return self
        now = weights.unsqueeze(1)
        return Trace(self.tokens, now if self.attention is None else torch.cat([self.attention, now], 1))

    def extend(self, rows: Tensor | None, tokens: Tensor) -> Trace:
        """These rows, or all, and a token more for each."""
        before, attention = self.tokens, self.attention
        if rows is not None:
            before = before.index_select(0, rows)
            attention = None if attention is None else attention.index_select(0, rows)
        return Trace(torch.cat([before, tokens.unsqueeze(1)], 1), attention)

    def hypothesis(self, row: int, score: float, log_probability: float) -> Hypothesis:
        """One row, ended."""
        attention = None if self.attention is None else self.attention[row].clone()
        return Hypothesis(self.tokens[row].tolist(), score, log_probability, attention)


def likeliest(scores: Tensor) -> tuple[Tensor, Tensor]:
    """The highest of each row of scores (R, V), and where it stands; of equal ones, the first.

    Tensor.max gives both too, but on a CPU takes several times as long as these three passes if the tensor is large.
    """
    if scores.numel() < SMALL:
        found = scores.max(-1)
        return found.values, found.indices
    best = scores.amax(-1)
    places = torch.arange(scores.shape[-1], dtype=torch.int32, device=scores.device)
    last = scores.shape[-1] - 1  # where nothing is the highest, as among NaN
    return best, torch.where(scores == best.unsqueeze(-1), places, last).amin(-1).long()


@STRATEGIES.register("greedy")
class GreedySearch:
    """The likeliest token at each step."""

    def __call__(
        self,
        step: StepFn,
        state: SearchState,
        max_lengths: Tensor,
        *,
        bos: int,
        eos: int,
        forbidden: tuple[int, ...] = (),
        filters: Sequence[Filter] = (),
        keys: Tensor | None = None,
        attention: bool = False,
    ) -> list[list[Hypothesis]]:
        device = max_lengths.device
        longest = max_lengths.tolist()
        found: list[list[Hypothesis]] = [[] for _ in longest]
        live = list(range(len(longest)))  # the sentence of each row
        tokens = torch.full((len(live),), bos, dtype=torch.long, device=device)
        sums = torch.zeros(len(live), device=device)
        trace = Trace.empty(tokens)
        while live:
            logits, state, weights = step(tokens, state)
            trace = trace.read(weights, attention)
            ending = ending_rows([longest[sentence] for sentence in live], trace.length, 1, device)
            scores = log_probabilities(logits, forbidden, eos, ending)
            rule_out(scores, filters, trace.tokens, live, eos)
            best, tokens = likeliest(scores)
            sums = sums + best
            done, keep = (tokens == eos).tolist(), None
            if any(done):
                for row in (row for row, ended in enumerate(done) if ended):
                    total = float(sums[row])
                    found[live[row]] = [trace.hypothesis(row, total, total)]
                rows = [row for row, ended in enumerate(done) if not ended]
                live, keep = [live[row] for row in rows], torch.tensor(rows, dtype=torch.long, device=device)
                tokens, sums = tokens[keep], sums[keep]
                state = state.select(keep, keep)
            trace = trace.extend(keep, tokens)
        return found
