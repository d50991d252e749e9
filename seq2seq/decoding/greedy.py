"""Greedy search.

In plain code: `most_likely` in docs/learn/plain.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from seq2seq.decoding.constrained import ConstrainedBeamSearch
from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import STRATEGIES, SearchBatch, SearchState, StepFn, Strategy
from seq2seq.decoding.search_trace import FINISHED, KEPT, Candidate

MAX_DIRECT_SCORES = 1 << 14
"""Maximum number of scores for which Tensor.max is faster than separate passes."""


@STRATEGIES.register("greedy")
@dataclass(frozen=True, kw_only=True)
class GreedySearch(Strategy):
    """Greedy search, which takes the most likely token at each step.

    Attributes:
        nbest: Ignored; greedy search finds one hypothesis per sentence.
        length_penalty: Exponent of GNMT's length penalty, used only with terms.
    """

    nbest: int = 1
    length_penalty: float = 1.0
    records_tree: ClassVar[bool] = True

    @property
    def width(self) -> int:
        """Number of rows per sentence: 1."""
        return 1

    @property
    def has_constrained_form(self) -> bool:
        """See `Strategy.has_constrained_form`."""
        return True

    def with_terms(
        self, terms: Sequence[Sequence[Sequence[int]]], continuation_ids: frozenset[int]
    ) -> Strategy:
        """Return a constrained search with a beam of 1; see `Strategy.with_terms`."""
        return ConstrainedBeamSearch(
            length_penalty=self.length_penalty, terms=terms, continuation_ids=continuation_ids
        )

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search for hypotheses; see `Strategy.__call__`."""
        frontier = Frontier(step, state, batch)
        found: list[list[Hypothesis]] = [[] for _ in frontier.live]
        sums = torch.zeros(len(found), device=frontier.device)
        while frontier.live:
            best, tokens = most_likely(frontier.scores())
            sums = sums + best
            ended = (tokens == batch.eos).tolist()
            if batch.tree is not None:
                status = FINISHED if ended[0] else KEPT
                batch.tree.append([Candidate(0, int(tokens[0]), float(sums[0]), status)])
            if not any(ended):
                frontier.advance(tokens)
                continue
            for row in (row for row, end in enumerate(ended) if end):
                total = float(sums[row])
                found[frontier.live[row]] = [frontier.trace.hypothesis(row, total, total)]
            unfinished = [row for row, end in enumerate(ended) if not end]
            rows = torch.tensor(unfinished, dtype=torch.long, device=frontier.device)
            sums = sums[rows]
            frontier.advance(tokens[rows], rows, unfinished)
        return found


def most_likely(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return the maximum of each row of scores and its position, the first one in case of a tie.

    Tensor.max returns both, too, but for a large tensor on a CPU it takes several times as long as
    these three passes.

    Args:
        scores: Scores (R, V).

    Returns:
        The maxima (R,) and their positions (R,).
    """
    if scores.numel() < MAX_DIRECT_SCORES:
        found = scores.max(-1)
        return found.values, found.indices
    best = scores.amax(-1)
    places = torch.arange(scores.shape[-1], dtype=torch.int32, device=scores.device)
    last = scores.shape[-1] - 1  # if no score equals the maximum, as with NaN
    return best, torch.where(scores == best.unsqueeze(-1), places, last).amin(-1).long()
