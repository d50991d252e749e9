"""Sampling: translations drawn from the model's distribution, repeatable from a seed.

In plain code: `nucleus` in docs/learn/plain.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import STRATEGIES, SearchBatch, SearchState, StepFn, Strategy


@STRATEGIES.register("sampling")
@dataclass(frozen=True, kw_only=True)
class Sampling(Strategy):
    """Ancestral sampling: draws `nbest` translations of each sentence token by token.

    The most likely sample is returned first; scores are the model's own. A random number depends
    only on the seed, the sentence's key, the number of the sample and the position, and not on the
    batch.

    Attributes:
        nbest: Number of samples per sentence.
        temperature: Divisor of the log-probabilities. Below 1 it sharpens the distribution, above 1
            it flattens it.
        top_k: Number of most likely tokens to draw from (Fan et al. 2018); 0 means all tokens.
        top_p: Probability mass to draw from: the smallest set of most likely tokens that holds this
            fraction of the probability (Holtzman et al. 2020).
        seed: Seed of the random numbers.
    """

    nbest: int = 1
    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    seed: int = 0
    is_random: ClassVar[bool] = True

    @property
    def width(self) -> int:
        """Number of rows per sentence: the number of samples."""
        return self.nbest

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search for hypotheses; see `Strategy.__call__`."""
        frontier = Frontier(step, state, batch, self.nbest)
        found: list[list[Hypothesis]] = [[] for _ in frontier.live]
        keys = torch.zeros_like(batch.max_lengths) if batch.keys is None else batch.keys
        streams = self._streams(keys)
        sums = torch.zeros(len(streams), device=streams.device)
        alive = torch.ones_like(streams).bool()
        while frontier.live:
            scores = frontier.scores()
            numbers = uniform(streams, frontier.trace.length)
            tokens = torch.where(alive, self._draw(scores, numbers), batch.eos)
            sums = sums + torch.where(alive, scores.gather(1, tokens.unsqueeze(1)).squeeze(1), 0.0)
            ended = alive & (tokens == batch.eos)
            for row in ended.nonzero().squeeze(1).tolist():
                total = float(sums[row])
                found[frontier.live[row // self.nbest]].append(
                    frontier.trace.hypothesis(row, total, total)
                )
            alive = alive & ~ended
            # A finished sample stays until the other samples of its sentence are finished.
            unfinished = alive.view(-1, self.nbest).any(1)
            rows = unfinished.repeat_interleave(self.nbest).nonzero().squeeze(1)
            sums = sums[rows]
            alive = alive[rows]
            streams = streams[rows]
            frontier.advance(tokens[rows], rows, unfinished.nonzero().squeeze(1).tolist())
        return [
            sorted(hypotheses, key=lambda hypothesis: -hypothesis.score) for hypotheses in found
        ]

    def _streams(self, keys: Tensor) -> Tensor:
        """Derive the random stream (N * samples,) of each row from the sentences' keys (N,)."""
        samples = torch.arange(self.nbest, device=keys.device)
        return _mix(_mix(_mix(keys.long()).unsqueeze(1) + samples) + self.seed).flatten()

    def _draw(self, scores: Tensor, numbers: Tensor) -> Tensor:
        """Draw a token for each row of log-probabilities (R, V) from a number (R,) in [0, 1)."""
        ids = None
        if self.top_k or self.top_p < 1:
            scores, ids = scores.sort(dim=-1, descending=True, stable=True)
        if self.top_k:
            scores = scores[:, : self.top_k]
        probabilities = (scores.double() / self.temperature).softmax(-1)
        if self.top_p < 1:
            probabilities = probabilities.masked_fill(
                probabilities.cumsum(-1) - probabilities >= self.top_p, 0.0
            )
        reached = probabilities.cumsum(-1)
        place = torch.searchsorted(reached, numbers.unsqueeze(1) * reached[:, -1:], right=True)
        # Rounding must not choose a token with probability 0: stop where the sum last grew.
        last = (reached < reached[:, -1:]).sum(-1, keepdim=True)
        place = torch.minimum(place, last)
        return (place if ids is None else ids.gather(1, place)).squeeze(1)


def uniform(streams: Tensor, position: int) -> Tensor:
    """Return a number (R,) in [0, 1) for each stream at a position, the same at every call."""
    return (_mix(streams + position) >> 11 & (1 << 53) - 1).double() / (1 << 53)


def _mix(x: Tensor) -> Tensor:
    """Scramble 64-bit integers (…,) by a step of SplitMix64 (Steele et al. 2014)."""
    x = x - 7046029254386353131  # 0x9E3779B97F4A7C15; all constants are in two's complement
    x = (x ^ _shifted(x, 30)) * -4658895280553007687
    x = (x ^ _shifted(x, 27)) * -7723592293110705685
    return x ^ _shifted(x, 31)


def _shifted(x: Tensor, bits: int) -> Tensor:
    """Shift right and fill with zeros, which torch does not do for signed integers."""
    return x >> bits & (1 << 64 - bits) - 1
