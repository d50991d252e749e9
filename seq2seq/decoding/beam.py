"""Beam search, exact in when it stops: a sentence is done when nothing still alive could enter its n best."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor

from seq2seq.decoding.search import STRATEGIES, Hypothesis, SearchState, StepFn, log_probabilities


def length_penalty(length: int, alpha: float) -> float:
    """GNMT's ((5 + length) / 6) ** alpha (Wu et al. 2016), the end token counted in the length."""
    return float(((5 + length) / 6) ** alpha)


@dataclass
class _Finished:
    """The n best hypotheses of one sentence that have ended."""

    nbest: int
    hypotheses: list[Hypothesis] = field(default_factory=list)

    def add(self, tokens: list[int], log_probability: float, alpha: float) -> None:
        score = log_probability / length_penalty(len(tokens) + 1, alpha)
        self.hypotheses.append(Hypothesis(tokens, score, log_probability))
        self.hypotheses.sort(key=lambda hypothesis: -hypothesis.score)
        del self.hypotheses[self.nbest :]

    def beats(self, bound: float) -> bool:
        """Whether nothing that scores at most `bound` can enter."""
        return len(self.hypotheses) == self.nbest and self.hypotheses[-1].score >= bound


@STRATEGIES.register("beam")
class BeamSearch:
    """Keep the `beam` likeliest beginnings at each step; rank what has ended by log-probability / length penalty.

    An end token is accepted from among the `beam` best continuations only, so that a beam of 1 is the greedy search.
    """

    def __init__(self, beam: int = 5, nbest: int = 1, alpha: float = 1.0) -> None:
        assert 1 <= nbest <= beam
        self.beam = beam
        self.nbest = nbest
        self.alpha = alpha

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
        device, beam = max_lengths.device, self.beam
        finished = [_Finished(self.nbest) for _ in range(len(max_lengths))]
        live = torch.arange(len(max_lengths), device=device)  # the sentence of each group of `beam` rows
        sums = torch.full((len(live), beam), float("-inf"), device=device)
        sums[:, 0] = 0.0
        tokens = torch.full((len(live) * beam,), bos, dtype=torch.long, device=device)
        history = tokens.new_empty(len(tokens), 0)
        state = state.select(live.repeat_interleave(beam))
        while len(live):
            logits, state, _ = step(tokens, state)
            ending = (max_lengths[live] <= history.shape[1]).repeat_interleave(beam)
            scores = log_probabilities(logits, forbidden, eos, ending)
            sums, parents, tokens, ended = self._extend(sums, scores, eos)
            self._collect(finished, live, history, ended)
            keep = self._unfinished(finished, live, sums, max_lengths)
            rows = parents.view(-1, beam)[keep].flatten()
            tokens = tokens.view(-1, beam)[keep].flatten()
            history = torch.cat([history[rows], tokens.unsqueeze(1)], 1)
            state = state.select(rows, keep if len(keep) < len(live) else None)
            live, sums = live[keep], sums[keep]
        return [sentence.hypotheses for sentence in finished]

    def _extend(self, sums: Tensor, scores: Tensor, eos: int) -> tuple[Tensor, Tensor, Tensor, _Ended]:
        """The best continuations of sums (N, B) by scores (N * B, V).

        Returns the new sums (N, B), each one's parent row (N * B,) and token (N * B,), and what ended.
        """
        sentences, beam = sums.shape
        # A row gives at most B continuations that do not end, and one that does: its B + 1 best are enough. At most
        # B of the 2 B best over all rows end, so B go on.
        best, ids = scores.topk(min(beam + 1, scores.shape[-1]), -1)
        totals = (sums.view(-1, 1) + best).view(sentences, -1)
        order = totals.sort(dim=-1, descending=True, stable=True).indices[:, : 2 * beam]
        totals = totals.gather(1, order)
        chosen = ids.view(sentences, -1).gather(1, order)
        parents = order // ids.shape[-1] + torch.arange(sentences, device=sums.device).unsqueeze(1) * beam
        ends = (chosen == eos) & totals.isfinite()
        ends[:, beam:] = False
        sentence, place = ends.nonzero(as_tuple=True)
        ended = _Ended(sentence, parents[sentence, place], totals[sentence, place])
        totals = totals.masked_fill(chosen == eos, float("-inf"))
        going = totals.sort(dim=-1, descending=True, stable=True).indices[:, :beam]
        totals = totals.gather(1, going)
        return totals, parents.gather(1, going).flatten(), chosen.gather(1, going).flatten(), ended

    def _collect(self, finished: list[_Finished], live: Tensor, history: Tensor, ended: _Ended) -> None:
        sentences = live[ended.sentence].tolist()
        prefixes = history[ended.parent].tolist()
        for sentence, prefix, total in zip(sentences, prefixes, ended.total.tolist(), strict=True):
            finished[sentence].add(prefix, total, self.alpha)

    def _unfinished(self, finished: list[_Finished], live: Tensor, sums: Tensor, max_lengths: Tensor) -> Tensor:
        """Indices into `live` of sentences where a live hypothesis may still enter the n best.

        Log-probabilities only fall, and the penalty divides by most at the longest length: that bounds what may come.
        """
        lengths = max_lengths[live].tolist()
        best = sums.max(1).values.tolist()
        keep = [
            index
            for index, sentence in enumerate(live.tolist())
            if best[index] > float("-inf")
            and not finished[sentence].beats(best[index] / length_penalty(lengths[index] + 1, self.alpha))
        ]
        return torch.tensor(keep, dtype=torch.long, device=live.device)


@dataclass(frozen=True)
class _Ended:
    """Hypotheses that took the end token: index of the sentence among the live, parent row, log-probability."""

    sentence: Tensor
    parent: Tensor
    total: Tensor
