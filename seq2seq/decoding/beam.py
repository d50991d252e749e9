"""Beam search, exact in when it stops: a sentence is done when nothing still alive could enter its
n best."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.search import STRATEGIES, Hypothesis, SearchBatch, SearchState, StepFn


def length_penalty(length: int, alpha: float) -> float:
    """GNMT's ((5 + length) / 6) ** alpha (Wu et al. 2016), the end token counted in the length."""
    return float(((5 + length) / 6) ** alpha)


def coverage_penalty(attention: Tensor, beta: float) -> Tensor:
    """GNMT's beta * sum over the source of log(min(attention received, 1)) (Wu et al. 2016): (R, L,
    S) -> (R,).

    It is at most 0, and no step makes it less. Only padding receives exactly nothing, and does not
    count."""
    received = attention.sum(1)
    return beta * received.clamp(max=1.0).log().masked_fill(received == 0, 0.0).sum(-1)


@dataclass
class Finished:
    """The n best hypotheses of one sentence that have ended."""

    nbest: int
    hypotheses: list[Hypothesis] = field(default_factory=list)

    def add(self, hypothesis: Hypothesis) -> None:
        self.hypotheses.append(hypothesis)
        self.hypotheses.sort(key=lambda hypothesis: -hypothesis.score)
        del self.hypotheses[self.nbest :]

    def beats(self, bound: float) -> bool:
        """Whether nothing that scores at most `bound` can enter."""
        return len(self.hypotheses) == self.nbest and self.hypotheses[-1].score >= bound


@STRATEGIES.register("beam")
class BeamSearch:
    """Keep the `beam` likeliest beginnings at each step; rank what has ended by log-probability /
    length penalty.

    With `beta` the coverage penalty is added to that, where the step function gives attention. An
    end token is accepted from among the `beam` best continuations only, so that a beam of 1 is the
    greedy search."""

    def __init__(
        self, beam: int = 5, nbest: int = 1, alpha: float = 1.0, beta: float = 0.0
    ) -> None:
        assert 1 <= nbest <= beam
        self.beam = beam
        self.nbest = nbest
        self.alpha = alpha
        self.beta = beta

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        frontier = Frontier(step, state, batch, self.beam, self.beta > 0)
        finished = [Finished(self.nbest) for _ in frontier.live]
        sums = torch.full((len(finished), self.beam), float("-inf"), device=frontier.device)
        sums[:, 0] = 0.0
        any_ended = False
        while frontier.live:
            sums, rows, tokens, ended = self.extend(sums, frontier.scores(), batch.eos)
            if ended is not None:
                self._collect(finished, frontier, ended)
                any_ended = True
            going = None
            if any_ended or frontier.ending is not None:
                going = self._unfinished(finished, frontier, sums)
            if going is not None and len(going) < len(frontier.live):
                sums, rows, tokens = (
                    part.view(-1, self.beam)[going] for part in (sums, rows, tokens)
                )
                frontier.go_on(tokens.flatten(), rows.flatten(), going)
            else:
                frontier.go_on(tokens, rows)
        return [sentence.hypotheses for sentence in finished]

    def extend(
        self, sums: Tensor, scores: Tensor, eos: int
    ) -> tuple[Tensor, Tensor, Tensor, _Ended | None]:
        """The best continuations of sums (N, B) by scores (N * B, V).

        Returns the new sums (N, B), each one's parent row (N * B,) and token (N * B,), and what
        ended, if any did."""
        sentences, beam = sums.shape
        # A row gives at most B continuations that do not end, and one that does: its B + 1 best are
        # enough. At most
        # B of the 2 B best over all rows end, so B go on.
        best, ids = scores.topk(min(beam + 1, scores.shape[-1]), -1)
        width = best.shape[1]
        totals = (sums.unsqueeze(-1) + best.view(sentences, beam, width)).view(sentences, -1)
        totals, order = _best(totals, 2 * beam)
        chosen = ids.view(sentences, -1).gather(1, order)
        parents = order.div(width, rounding_mode="floor")
        parents += torch.arange(0, sentences * beam, beam, device=sums.device).unsqueeze(1)
        ends = chosen == eos
        if not bool(ends[:, :beam].any()):
            return totals[:, :beam], parents[:, :beam].flatten(), chosen[:, :beam].flatten(), None
        sentence, place = (ends[:, :beam] & totals[:, :beam].isfinite()).nonzero(as_tuple=True)
        ended = _Ended(sentence, parents[sentence, place], totals[sentence, place])
        totals, going = _best(totals.masked_fill(ends, float("-inf")), beam)
        return totals, parents.gather(1, going).flatten(), chosen.gather(1, going).flatten(), ended

    def _collect(self, finished: list[Finished], frontier: Frontier, ended: _Ended) -> None:
        trace = frontier.trace
        scores = ended.total / length_penalty(trace.length + 1, self.alpha)
        if trace.attention is not None and self.beta:
            scores = scores + coverage_penalty(trace.attention[ended.parent], self.beta)
        prefixes = trace.tokens[ended.parent].tolist()
        read = (
            [None] * len(prefixes)
            if trace.attention is None
            else trace.attention[ended.parent].unbind()
        )
        columns = (ended.sentence.tolist(), prefixes, scores.tolist(), ended.total.tolist(), read)
        for index, *hypothesis in zip(*columns, strict=True):
            finished[frontier.live[index]].add(Hypothesis(*hypothesis))

    def _unfinished(self, finished: list[Finished], frontier: Frontier, sums: Tensor) -> list[int]:
        """Indices of live sentences where a live hypothesis may still enter the n best.

        Log-probabilities only fall, the length penalty divides by most at the longest length, and
        the coverage penalty is at most 0: that bounds what may come."""
        best = sums[:, 0].tolist()
        return [
            index
            for index, sentence in enumerate(frontier.live)
            if best[index] > float("-inf")
            and not finished[sentence].beats(
                best[index] / length_penalty(frontier.longest[sentence] + 1, self.alpha)
            )
        ]


def _best(totals: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The highest of each row, in order, and their places; of equal ones the first, whatever the
    other rows hold."""
    found = totals.sort(dim=-1, descending=True, stable=True)
    return found.values[:, :count], found.indices[:, :count]


@dataclass(frozen=True)
class _Ended:
    """Hypotheses that took the end token: index of the sentence among the live, parent row,
    log-probability."""

    sentence: Tensor
    parent: Tensor
    total: Tensor
