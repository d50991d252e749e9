"""Diverse beam search: groups of beams, each of which avoids what those before it have just chosen."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from seq2seq.decoding.beam import BeamSearch, Finished, length_penalty
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


@STRATEGIES.register("diverse-beam")
class DiverseBeamSearch:
    """A beam of `beam / groups` for each group, in turn at each step (Vijayakumar et al. 2018).

    A token costs a group `diversity` for each hypothesis of the earlier groups that has just taken it. What is returned
    are the best of each group, ranked by the model's own scores, so that `nbest` of as many groups are all different
    beginnings' best. With one group it is the beam search.
    """

    def __init__(
        self, beam: int = 4, nbest: int = 1, alpha: float = 1.0, groups: int | None = None, diversity: float = 0.5
    ) -> None:
        self.groups = beam if groups is None else groups
        assert beam % self.groups == 0
        assert 1 <= nbest <= beam
        self.beam = beam
        self.nbest = nbest
        self.alpha = alpha
        self.diversity = diversity
        self._group = BeamSearch(beam // self.groups, beam // self.groups, alpha)

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
        device, beam, each = max_lengths.device, self.beam, self._group.beam
        longest = max_lengths.tolist()
        finished = [[Finished(each) for _ in range(self.groups)] for _ in longest]
        live = list(range(len(longest)))  # the sentence of each `beam` rows
        sums = torch.full((len(live), self.groups, each), float("-inf"), device=device)
        sums[..., 0] = 0.0
        chosen_by, own = sums, sums  # what groups choose by, and the models' own sums
        tokens = torch.full((len(live) * beam,), bos, dtype=torch.long, device=device)
        trace = Trace.empty(tokens)
        state = state.select(torch.arange(len(live), device=device).repeat_interleave(beam))
        while live:
            logits, state, weights = step(tokens, state)
            trace = trace.read(weights, attention)
            ending = ending_rows([longest[sentence] for sentence in live], trace.length, beam, device)
            scores = log_probabilities(logits, forbidden, eos, ending)
            rule_out(scores, filters, trace.tokens, live, eos)
            chosen_by, own, rows, tokens = self._extend(chosen_by, own, scores, eos, finished, live, trace)
            keep = [
                index
                for index, sentence in enumerate(live)
                if self._goes_on(finished[sentence], own[index], longest[sentence])
            ]
            sentences = torch.tensor(keep, dtype=torch.long, device=device)
            rows, tokens = (x.view(-1, beam)[sentences].flatten() for x in (rows, tokens))
            chosen_by, own = chosen_by[sentences], own[sentences]
            live = [live[index] for index in keep]
            state = state.select(rows, sentences)
            trace = trace.extend(rows, tokens)
        return [self._best(groups) for groups in finished]

    def _extend(
        self,
        chosen_by: Tensor,
        own: Tensor,
        scores: Tensor,
        eos: int,
        finished: list[list[Finished]],
        live: list[int],
        trace: Trace,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Let the groups choose one after the other, from sums (N, groups, B) and scores (N * groups * B, V).

        Returns the new sums of both kinds, and each hypothesis' parent row and token (N * groups * B,).
        """
        sentences, groups, each = own.shape
        vocabulary = scores.shape[-1]
        of_groups = scores.view(sentences, groups, each, vocabulary)
        taken = scores.new_zeros(sentences, vocabulary)
        parts = []
        for group in range(groups):
            real = of_groups[:, group].reshape(-1, vocabulary)
            cost = (self.diversity * taken).repeat_interleave(each, 0)
            totals, parents, tokens, ended = self._group.extend(chosen_by[:, group], real - cost, eos)
            before = own[:, group].reshape(-1)
            if ended is not None:
                rows = self._rows(ended.parent, group)
                sums = before[ended.parent] + real[ended.parent, eos]
                for index, row, total in zip(ended.sentence.tolist(), rows.tolist(), sums.tolist(), strict=True):
                    score = total / length_penalty(trace.length + 1, self.alpha)
                    finished[live[index]][group].add(trace.hypothesis(row, score, total))
            alive = totals.isfinite()
            sums = torch.where(alive.flatten(), before[parents] + real[parents, tokens], float("-inf"))
            taken.scatter_add_(1, tokens.view(sentences, each), alive.to(taken.dtype))
            parts.append((totals, sums, self._rows(parents, group), tokens))
        totals, sums, rows, tokens = (
            torch.stack([part.view(sentences, each) for part in column], 1) for column in zip(*parts, strict=True)
        )
        return totals, sums, rows.flatten(), tokens.flatten()

    def _rows(self, of_group: Tensor, group: int) -> Tensor:
        """Where rows of a group, counted within it, stand among all."""
        each = self._group.beam
        return of_group.div(each, rounding_mode="floor") * self.beam + group * each + of_group % each

    def _goes_on(self, groups: list[Finished], sums: Tensor, longest: int) -> bool:
        """Whether a live hypothesis of a sentence, sums (groups, B), may still be among the best of its group."""
        penalty = length_penalty(longest + 1, self.alpha)
        return any(
            best > float("-inf") and not group.beats(best / penalty)
            for group, best in zip(groups, sums.amax(1).tolist(), strict=True)
        )

    def _best(self, groups: list[Finished]) -> list[Hypothesis]:
        """The first of each group, best first, then the second ones, until there are enough; no tokens twice."""
        found: dict[tuple[int, ...], Hypothesis] = {}
        for place in range(self._group.beam):
            here = [one for group in groups for one in group.hypotheses[place : place + 1]]
            for one in sorted(here, key=lambda one: -one.score):
                if len(found) < self.nbest:
                    found.setdefault(tuple(one.tokens), one)
        return sorted(found.values(), key=lambda one: -one.score)
