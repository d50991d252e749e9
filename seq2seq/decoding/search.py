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


STRATEGIES: Registry[type[Strategy]] = Registry("search strategy")


def log_probabilities(logits: Tensor, forbidden: tuple[int, ...], eos: int, ending: Tensor) -> Tensor:
    """Normalise logits (R, V), then rule out forbidden ids and, in rows of `ending` (R,), all but the end token.

    The rulings come after the softmax, so that the score of what is chosen is the model's own.
    """
    scores = logits.float() if logits.dtype.itemsize < 4 else logits
    scores = scores.log_softmax(-1)
    if forbidden:
        scores[:, list(forbidden)] = float("-inf")
    if bool(ending.any()):
        ends = scores[ending, eos]
        scores[ending] = float("-inf")
        scores[ending, eos] = ends
    return scores


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
        found: list[list[Hypothesis]] = [[] for _ in range(len(max_lengths))]
        live = torch.arange(len(max_lengths), device=max_lengths.device)  # the sentence of each row
        tokens = torch.full_like(live, bos)
        sums = torch.zeros(len(live), device=live.device)
        history = live.new_empty(len(live), 0)
        while len(live):
            logits, state, _ = step(tokens, state)
            ending = max_lengths[live] <= history.shape[1]
            best, tokens = log_probabilities(logits, forbidden, eos, ending).max(-1)
            sums = sums + best
            done = tokens == eos
            if bool(done.any()):
                for row in done.nonzero().squeeze(1).tolist():
                    total = float(sums[row])
                    found[int(live[row])] = [Hypothesis(history[row].tolist(), total, total)]
                keep = (~done).nonzero().squeeze(1)
                live, tokens, sums, history = live[keep], tokens[keep], sums[keep], history[keep]
                state = state.select(keep, keep)
            history = torch.cat([history, tokens.unsqueeze(1)], 1)
        return found
