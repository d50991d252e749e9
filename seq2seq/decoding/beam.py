"""Beam search with an exact stopping rule.

A sentence is finished when no live hypothesis can still enter its n-best list.

In plain code: `beam_search` in docs/learn/plain.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from seq2seq.decoding.constrained import ConstrainedBeamSearch
from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.ranking import NBest, check_nbest, coverage_penalty, length_penalty
from seq2seq.decoding.search import STRATEGIES, SearchBatch, SearchState, StepFn, Strategy
from seq2seq.decoding.search_trace import DROPPED, FINISHED, KEPT, Candidate
from seq2seq.decoding.top_k import top_k


@STRATEGIES.register("beam")
@dataclass(frozen=True, kw_only=True)
class BeamSearch(Strategy):
    """Beam search, which keeps the `beam` most likely prefixes at each step.

    Finished hypotheses are ranked by their log-probability divided by the length penalty, plus the
    coverage penalty if the step function returns attention weights. The end token is accepted only
    among the `beam` best continuations, so a beam of 1 is equivalent to greedy search.

    Attributes:
        beam: Number of prefixes kept per sentence.
        nbest: Number of hypotheses returned per sentence, at most `beam`.
        length_penalty: Exponent of GNMT's length penalty.
        coverage_penalty: Weight of GNMT's coverage penalty.
    """

    beam: int = 5
    nbest: int = 1
    length_penalty: float = 1.0
    coverage_penalty: float = 0.0
    records_tree: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_nbest(self.beam, self.nbest)

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Strategy:
        """Build the search; see `Strategy.from_settings`.

        For a beam of 1 it is a GreedySearch, which finds the same hypotheses faster.
        """
        search = super().from_settings(settings)
        if settings["beam"] == 1:
            return GreedySearch(length_penalty=settings["length_penalty"])
        return search

    @property
    def width(self) -> int:
        """Number of rows per sentence: the beam."""
        return self.beam

    @property
    def has_constrained_form(self) -> bool:
        """See `Strategy.has_constrained_form`."""
        return not self.coverage_penalty

    def with_terms(
        self, terms: Sequence[Sequence[Sequence[int]]], continuation_ids: frozenset[int]
    ) -> Strategy:
        """Return a constrained beam search; see `Strategy.with_terms`."""
        if self.coverage_penalty:
            return super().with_terms(terms, continuation_ids)
        return ConstrainedBeamSearch(
            beam=self.beam,
            nbest=self.nbest,
            length_penalty=self.length_penalty,
            terms=terms,
            continuation_ids=continuation_ids,
        )

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search for hypotheses; see `Strategy.__call__`."""
        frontier = Frontier(step, state, batch, self.beam, self.coverage_penalty > 0)
        finished = [NBest(self.nbest) for _ in frontier.live]
        sums = torch.full((len(finished), self.beam), float("-inf"), device=frontier.device)
        sums[:, 0] = 0.0
        any_ended = False
        while frontier.live:
            scores = frontier.scores()
            proposed = None if batch.tree is None else self._proposals(sums, scores)
            sums, rows, tokens, ended = self.choose(sums, scores, batch.eos)
            if ended is not None:
                self._collect(finished, frontier, ended)
                any_ended = True
            unfinished = None
            if any_ended or frontier.ending is not None:
                hopeless = self._hopeless(finished, frontier, sums)
                sums = sums.masked_fill(hopeless, float("-inf"))
                ends = hopeless.all(1).tolist()
                unfinished = [index for index, end in enumerate(ends) if not end]
            if batch.tree is not None and proposed is not None:
                kept = int(sums[0].isfinite().sum())
                batch.tree.append(_candidates(proposed, self.beam, kept, batch.eos))
            if unfinished is not None and len(unfinished) < len(frontier.live):
                sums = sums[unfinished]
                rows = rows.view(-1, self.beam)[unfinished].flatten()
                tokens = tokens.view(-1, self.beam)[unfinished].flatten()
                frontier.advance(tokens, rows, unfinished)
            else:
                frontier.advance(tokens, rows)
        return [sentence.hypotheses for sentence in finished]

    def choose(
        self, sums: Tensor, scores: Tensor, eos: int
    ) -> tuple[Tensor, Tensor, Tensor, _Ended | None]:
        """Choose the B best continuations of each of N sentences.

        Args:
            sums: Log-probability (N, B) of each prefix, in nats.
            scores: Log-probability (N * B, V) of each next token, in nats.
            eos: Id of the end token.

        Returns:
            The new sums (N, B), the parent row (N * B,) and the token (N * B,) of each
            continuation, and the hypotheses that end at this step, or None if none does.
        """
        beam = sums.shape[1]
        totals, parents, chosen = self._proposals(sums, scores)
        ends = chosen == eos
        if not bool(ends[:, :beam].any()):
            return totals[:, :beam], parents[:, :beam].flatten(), chosen[:, :beam].flatten(), None
        sentence, place = (ends[:, :beam] & totals[:, :beam].isfinite()).nonzero(as_tuple=True)
        ended = _Ended(sentence, parents[sentence, place], totals[sentence, place])
        totals, kept = _best(totals.masked_fill(ends, float("-inf")), beam)
        return totals, parents.gather(1, kept).flatten(), chosen.gather(1, kept).flatten(), ended

    def _proposals(self, sums: Tensor, scores: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return the totals, parent rows and tokens (N, 2 * B) of the best continuations."""
        sentences, beam = sums.shape
        # Only one continuation of a row ends, so its B + 1 best include B that do not. At most B of
        # a sentence's 2 B best continuations end, so at least B are left to continue.
        best, ids = top_k(scores, min(beam + 1, scores.shape[-1]))
        width = best.shape[1]
        totals = (sums.unsqueeze(-1) + best.view(sentences, beam, width)).view(sentences, -1)
        totals, order = _best(totals, 2 * beam)
        chosen = ids.view(sentences, -1).gather(1, order)
        parents = order.div(width, rounding_mode="floor")
        parents += torch.arange(0, sentences * beam, beam, device=sums.device).unsqueeze(1)
        return totals, parents, chosen

    def _collect(self, finished: list[NBest], frontier: Frontier, ended: _Ended) -> None:
        trace = frontier.trace
        scores = ended.total / length_penalty(trace.length + 1, self.length_penalty)
        if trace.attention is not None and self.coverage_penalty:
            scores = scores + coverage_penalty(trace.attention[ended.parent], self.coverage_penalty)
        prefixes = trace.tokens[ended.parent].tolist()
        attention: Sequence[list[list[float]] | None] = [None] * len(prefixes)
        if trace.attention is not None:
            attention = trace.attention[ended.parent].tolist()
        sentences = ended.sentence.tolist()
        columns = (sentences, prefixes, scores.tolist(), ended.total.tolist(), attention)
        for index, tokens, score, total, weights in zip(*columns, strict=True):
            finished[frontier.live[index]].add(Hypothesis(tokens, score, total, weights))

    def _hopeless(self, finished: list[NBest], frontier: Frontier, sums: Tensor) -> Tensor:
        """Return a mask (N, B) of the rows of the live sentences that cannot enter an n-best list.

        Log-probabilities can only decrease, the length penalty is largest at the maximum length,
        and the coverage penalty is at most 0. Together they bound every future score.
        """
        bounds = [
            finished[sentence].worst
            * length_penalty(frontier.longest[sentence] + 1, self.length_penalty)
            for sentence in frontier.live
        ]
        return sums <= sums.new_tensor(bounds, dtype=torch.double).unsqueeze(1)


def _best(totals: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the `count` highest totals of each row in descending order, and their positions.

    Equal totals keep their order, which makes the result independent of the other rows.
    """
    found = totals.sort(dim=-1, descending=True, stable=True)
    return found.values[:, :count], found.indices[:, :count]


def _candidates(
    proposals: tuple[Tensor, Tensor, Tensor], beam: int, kept: int, eos: int
) -> list[Candidate]:
    """Return the proposals for one sentence; the best `kept` of them become the next rows."""
    found: list[Candidate] = []
    columns = zip(*(part[0].tolist() for part in proposals), strict=True)
    for place, (total, row, token) in enumerate(columns):
        if total == float("-inf"):
            break
        status = DROPPED
        if token == eos:
            status = FINISHED if place < beam else DROPPED
        elif kept:
            status = KEPT
            kept -= 1
        found.append(Candidate(row, token, total, status))
    return found


@dataclass(frozen=True)
class _Ended:
    """Hypotheses that end at this step.

    Attributes:
        sentence: Index (E,) of the sentence among the live sentences.
        parent: Row (E,) of the prefix that the end token follows.
        total: Log-probability (E,) including the end token, in nats.
    """

    sentence: Tensor
    parent: Tensor
    total: Tensor
