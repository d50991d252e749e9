"""Greedy search."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.search import STRATEGIES, Hypothesis, SearchBatch, SearchState, StepFn

SMALL = 1 << 14
"""Scores up to which the library's own maximum is the fastest."""


@STRATEGIES.register("greedy")
class GreedySearch:
    """The likeliest token at each step."""

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        frontier = Frontier(step, state, batch)
        found: list[list[Hypothesis]] = [[] for _ in frontier.live]
        sums = torch.zeros(len(found), device=frontier.device)
        while frontier.live:
            best, tokens = likeliest(frontier.scores())
            sums = sums + best
            ended = (tokens == batch.eos).tolist()
            if not any(ended):
                frontier.go_on(tokens)
                continue
            for row in (row for row, end in enumerate(ended) if end):
                total = float(sums[row])
                found[frontier.live[row]] = [frontier.trace.hypothesis(row, total, total)]
            going = [row for row, end in enumerate(ended) if not end]
            rows = torch.tensor(going, dtype=torch.long, device=frontier.device)
            sums = sums[rows]
            frontier.go_on(tokens[rows], rows, going)
        return found


def likeliest(scores: Tensor) -> tuple[Tensor, Tensor]:
    """The highest of each row of scores (R, V), and where it stands; of equal ones, the first.

    Tensor.max gives both too, but on a CPU takes several times as long as these three passes if the
    tensor is large."""
    if scores.numel() < SMALL:
        found = scores.max(-1)
        return found.values, found.indices
    best = scores.amax(-1)
    places = torch.arange(scores.shape[-1], dtype=torch.int32, device=scores.device)
    last = scores.shape[-1] - 1  # where nothing is the highest, as among NaN
    return best, torch.where(scores == best.unsqueeze(-1), places, last).amin(-1).long()
