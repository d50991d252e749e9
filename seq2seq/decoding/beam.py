"""Beam search, exact in when it stops: a sentence is done when nothing still alive could enter its n best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.decoding.search import (
    STRATEGIES,
    Hypothesis,
    SearchState,
    StepFn,
    Trace,
    ending_rows,
    log_probabilities,
    rule_out,
)


def length_penalty(length: int, alpha: float) -> float:
    """GNMT's ((5 + length) / 6) ** alpha (Wu et al. 2016), the end token counted in the length."""
    return float(((5 + length) / 6) ** alpha)


def coverage_penalty(attention: Tensor, beta: float) -> Tensor:
    """GNMT's beta * sum over the source of log(min(attention received, 1)) (Wu et al. 2016): (R, L, S) -> (R,).

    It is at most 0, and no step makes it less. Only padding receives exactly nothing, and does not count.
    """
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
    """Keep the `beam` likeliest beginnings at each step; rank what has ended by log-probability / length penalty.

    With `beta` the coverage penalty is added to that, where the step function gives attention. An end token is accepted
    from among the `beam` best continuations only, so that a beam of 1 is the greedy search.
    """

    def __init__(self, beam: int = 5, nbest: int = 1, alpha: float = 1.0, beta: float = 0.0) -> None:
        assert 1 <= nbest <= beam
        self.beam = beam
        self.nbest = nbest
        self.alpha = alpha
        self.beta = beta

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
        device, beam = max_lengths.device, self.beam
        longest = max_lengths.tolist()
        finished = [Finished(self.nbest) for _ in longest]
        live = list(range(len(longest)))  # the sentence of each group of `beam` rows
        sums = torch.full((len(live), beam), float("-inf"), device=device)
        sums[:, 0] = 0.0
        tokens = torch.full((len(live) * beam,), bos, dtype=torch.long, device=device)
        trace = Trace.empty(tokens)
        state = state.select(torch.arange(len(live), device=device).repeat_interleave(beam))
        any_ended = False
        while live:
            logits, state, weights = step(tokens, state)
            trace = trace.read(weights, attention or self.beta > 0)
            ending = ending_rows([longest[sentence] for sentence in live], trace.length, beam, device)
            scores = log_probabilities(logits, forbidden, eos, ending)
            rule_out(scores, filters, trace.tokens, live, eos)
            sums, rows, tokens, ended = self.extend(sums, scores, eos)
            sentences = None
            if ended is not None:
                self._collect(finished, live, trace, ended)
                any_ended = True
            if any_ended or ending is not None:
                keep = self._unfinished(finished, live, sums, longest)
                if len(keep) < len(live):
                    sentences = torch.tensor(keep, dtype=torch.long, device=device)
                    sums, rows, tokens = (x.view(-1, beam)[sentences] for x in (sums, rows, tokens))
                    rows, tokens = rows.flatten(), tokens.flatten()
                    live = [live[index] for index in keep]
            trace = trace.extend(rows, tokens)
            state = state.select(rows, sentences)
        return [sentence.hypotheses for sentence in finished]

    def extend(self, sums: Tensor, scores: Tensor, eos: int) -> tuple[Tensor, Tensor, Tensor, _Ended | None]:
        """The best continuations of sums (N, B) by scores (N * B, V).

        Returns the new sums (N, B), each one's parent row (N * B,) and token (N * B,), and what ended, if any did.
        """
        sentences, beam = sums.shape
        # A row gives at most B continuations that do not end, and one that does: its B + 1 best are enough. At most
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

    def _collect(self, finished: list[Finished], live: list[int], trace: Trace, ended: _Ended) -> None:
        scores = ended.total / length_penalty(trace.length + 1, self.alpha)
        if trace.attention is not None and self.beta:
            scores = scores + coverage_penalty(trace.attention[ended.parent], self.beta)
        prefixes = trace.tokens[ended.parent].tolist()
        read = [None] * len(prefixes) if trace.attention is None else trace.attention[ended.parent].unbind()
        columns = (ended.sentence.tolist(), prefixes, scores.tolist(), ended.total.tolist(), read)
        for index, *hypothesis in zip(*columns, strict=True):
            finished[live[index]].add(Hypothesis(*hypothesis))

    def _unfinished(self, finished: list[Finished], live: list[int], sums: Tensor, longest: list[int]) -> list[int]:
        """Indices into `live` of sentences where a live hypothesis may still enter the n best.

        Log-probabilities only fall, the length penalty divides by most at the longest length, and the coverage penalty
        is at most 0: that bounds what may come.
        """
        best = sums[:, 0].tolist()
        return [
            index
            for index, sentence in enumerate(live)
            if best[index] > float("-inf")
            and not finished[sentence].beats(best[index] / length_penalty(longest[sentence] + 1, self.alpha))
        ]


def _best(totals: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The highest of each row, in order, and their places; of equal ones the first, whatever the other rows hold."""
    found = totals.sort(dim=-1, descending=True, stable=True)
    return found.values[:, :count], found.indices[:, :count]


@dataclass(frozen=True)
class _Ended:
    """Hypotheses that took the end token: index of the sentence among the live, parent row, log-probability."""

    sentence: Tensor
    parent: Tensor
    total: Tensor
