"""What a search is made of, and the greedy search.

A search takes a step function, never a model: a Markov chain, a model, an ensemble or an exported graph will do. Every
hypothesis ends with the end token, whose log-probability is counted in its score; one that reaches its sentence's
longest length is ended there. Finished sentences leave the batch, and no sentence's result depends on the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol, Self

import torch
from torch import Tensor

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
    its tokens' log-probabilities, the end token's included, in nats."""

    tokens: list[int]
    score: float
    log_probability: float


class Strategy(Protocol):
    """A way to search. The step function starts from `state`, one row for each sentence.

    `max_lengths` (N,) is the longest length of each sentence's hypotheses, the end token not counted; `forbidden` are
    ids never to be chosen. Returns for each sentence its hypotheses, best first.
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
    ) -> list[list[Hypothesis]]:
        device = max_lengths.device
        longest = max_lengths.tolist()
        found: list[list[Hypothesis]] = [[] for _ in longest]
        live = list(range(len(longest)))  # the sentence of each row
        tokens = torch.full((len(live),), bos, dtype=torch.long, device=device)
        sums = torch.zeros(len(live), device=device)
        history = tokens.new_empty(len(live), 0)
        while live:
            logits, state, _ = step(tokens, state)
            ending = ending_rows([longest[sentence] for sentence in live], history.shape[1], 1, device)
            best, tokens = likeliest(log_probabilities(logits, forbidden, eos, ending))
            sums = sums + best
            done = (tokens == eos).tolist()
            if any(done):
                for row in (row for row, ended in enumerate(done) if ended):
                    total = float(sums[row])
                    found[live[row]] = [Hypothesis(history[row].tolist(), total, total)]
                rows = [row for row, ended in enumerate(done) if not ended]
                live, keep = [live[row] for row in rows], torch.tensor(rows, dtype=torch.long, device=device)
                tokens, sums, history = tokens[keep], sums[keep], history[keep]
                state = state.select(keep, keep)
            history = torch.cat([history, tokens.unsqueeze(1)], 1)
        return found
