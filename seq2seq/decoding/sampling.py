"""Sampling: translations drawn from the model's distribution, repeatable from a seed."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.search import STRATEGIES, Hypothesis, SearchBatch, SearchState, StepFn


@STRATEGIES.register("sampling")
class Sampling:
    """Draw `samples` translations of each sentence, token by token; the likeliest first.

    `temperature` sharpens (below 1) or flattens (above) what is drawn from; `top_k` leaves the k
    likeliest tokens, 0 all of them (Fan et al. 2018), `top_p` the fewest likeliest that hold a
    share p (Holtzman et al. 2020). The scores are the model's own. What is drawn depends on the
    seed, the sentence's key, the sample's number and the position alone: not on the batch."""

    def __init__(
        self,
        samples: int = 1,
        temperature: float = 1.0,
        top_k: int = 0,
        top_p: float = 1.0,
        seed: int = 0,
    ) -> None:
        assert samples >= 1
        assert temperature > 0
        self.samples = samples
        self.temperature = temperature
        self.top_k = top_k
        self.top_p = top_p
        self.seed = seed

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        frontier = Frontier(step, state, batch, self.samples)
        found: list[list[Hypothesis]] = [[] for _ in frontier.live]
        streams = self._streams(
            torch.zeros_like(batch.max_lengths) if batch.keys is None else batch.keys
        )
        sums, going = (
            torch.zeros(len(streams), device=streams.device),
            torch.ones_like(streams).bool(),
        )
        while frontier.live:
            scores = frontier.scores()
            tokens = torch.where(
                going, self._draw(scores, uniform(streams, frontier.trace.length)), batch.eos
            )
            sums = sums + torch.where(going, scores.gather(1, tokens.unsqueeze(1)).squeeze(1), 0.0)
            ended = going & (tokens == batch.eos)
            for row in ended.nonzero().squeeze(1).tolist():
                total = float(sums[row])
                found[frontier.live[row // self.samples]].append(
                    frontier.trace.hypothesis(row, total, total)
                )
            going = going & ~ended
            left = going.view(-1, self.samples).any(
                1
            )  # a row that has ended waits for the others of its sentence
            rows = left.repeat_interleave(self.samples).nonzero().squeeze(1)
            sums, going, streams = sums[rows], going[rows], streams[rows]
            frontier.go_on(tokens[rows], rows, left.nonzero().squeeze(1).tolist())
        return [
            sorted(hypotheses, key=lambda hypothesis: -hypothesis.score) for hypotheses in found
        ]

    def _streams(self, keys: Tensor) -> Tensor:
        """The random stream of each row: keys (N,) -> (N * samples,)."""
        samples = torch.arange(self.samples, device=keys.device)
        return _mix(_mix(_mix(keys.long()).unsqueeze(1) + samples) + self.seed).flatten()

    def _draw(self, scores: Tensor, numbers: Tensor) -> Tensor:
        """A token of each row of log-probabilities (R, V), by a number of each from 0 to 1 (R,)."""
        ids = None
        if self.top_k or self.top_p < 1:
            scores, ids = scores.sort(dim=-1, descending=True, stable=True)
        if self.top_k:
            scores = scores[:, : self.top_k]
        shares = (scores.double() / self.temperature).softmax(-1)
        if self.top_p < 1:
            shares = shares.masked_fill(shares.cumsum(-1) - shares >= self.top_p, 0.0)
        reached = shares.cumsum(-1)
        place = torch.searchsorted(reached, numbers.unsqueeze(1) * reached[:, -1:], right=True)
        # Rounding must not choose what has no share: the last place where the sum still grew.
        last = (reached < reached[:, -1:]).sum(-1, keepdim=True)
        place = torch.minimum(place, last)
        return (place if ids is None else ids.gather(1, place)).squeeze(1)


def uniform(streams: Tensor, position: int) -> Tensor:
    """A number from 0 to 1 of each stream (R,) at a position: the same ones whenever they are asked
    for."""
    return (_mix(streams + position) >> 11 & (1 << 53) - 1).double() / (1 << 53)


def _mix(x: Tensor) -> Tensor:
    """Scramble integers (…,) of 64 bits: a step of SplitMix64 (Steele et al. 2014)."""
    x = x - 7046029254386353131  # 0x9E3779B97F4A7C15, as are the others below, in two's complement
    x = (x ^ _shifted(x, 30)) * -4658895280553007687
    x = (x ^ _shifted(x, 27)) * -7723592293110705685
    return x ^ _shifted(x, 31)


def _shifted(x: Tensor, bits: int) -> Tensor:
    """Right, with zeros from the left, which torch does not do with signed integers."""
    return x >> bits & (1 << 64 - bits) - 1
