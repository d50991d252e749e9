"""Diverse beam search: groups of beams, each of which avoids what those before it have just
chosen."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.decoding.beam import BeamSearch, Finished, length_penalty
from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.search import STRATEGIES, Hypothesis, SearchBatch, SearchState, StepFn


@STRATEGIES.register("diverse-beam")
class DiverseBeamSearch:
    """A beam of `beam / groups` for each group, in turn at each step (Vijayakumar et al. 2018).

    A token costs a group `diversity` for each hypothesis of the earlier groups that has just taken
    it. What is returned are the best of each group, ranked by the model's own scores, so that
    `nbest` of as many groups are all different beginnings' best. With one group it is the beam
    search."""

    def __init__(
        self,
        beam: int = 4,
        nbest: int = 1,
        alpha: float = 1.0,
        groups: int | None = None,
        diversity: float = 0.5,
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
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        beam, each = self.beam, self._group.beam
        frontier = Frontier(step, state, batch, beam)
        finished = [[Finished(each) for _ in range(self.groups)] for _ in frontier.live]
        sums = torch.full((len(finished), self.groups, each), float("-inf"), device=frontier.device)
        sums[..., 0] = 0.0
        chosen_by, own = sums, sums  # what groups choose by, and the models' own sums
        while frontier.live:
            scores = frontier.scores()
            chosen_by, own, rows, tokens = self._extend(
                chosen_by, own, scores, batch.eos, finished, frontier
            )
            going = [
                index
                for index, sentence in enumerate(frontier.live)
                if self._goes_on(finished[sentence], own[index], frontier.longest[sentence])
            ]
            rows, tokens = (part.view(-1, beam)[going].flatten() for part in (rows, tokens))
            chosen_by, own = chosen_by[going], own[going]
            frontier.go_on(tokens, rows, going)
        return [self._best(groups) for groups in finished]

    def _extend(
        self,
        chosen_by: Tensor,
        own: Tensor,
        scores: Tensor,
        eos: int,
        finished: list[list[Finished]],
        frontier: Frontier,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Let the groups choose one after the other, from sums (N, groups, B) and scores (N *
        groups * B, V).

        Returns the new sums of both kinds, and each hypothesis' parent row and token (N * groups *
        B,)."""
        sentences, groups, each = own.shape
        vocabulary = scores.shape[-1]
        of_groups = scores.view(sentences, groups, each, vocabulary)
        taken = scores.new_zeros(sentences, vocabulary)
        parts = []
        for group in range(groups):
            real = of_groups[:, group].reshape(-1, vocabulary)
            cost = (self.diversity * taken).repeat_interleave(each, 0)
            totals, parents, tokens, ended = self._group.extend(
                chosen_by[:, group], real - cost, eos
            )
            before = own[:, group].reshape(-1)
            if ended is not None:
                rows = self._rows(ended.parent, group)
                sums = before[ended.parent] + real[ended.parent, eos]
                for index, row, total in zip(
                    ended.sentence.tolist(), rows.tolist(), sums.tolist(), strict=True
                ):
                    score = total / length_penalty(frontier.trace.length + 1, self.alpha)
                    finished[frontier.live[index]][group].add(
                        frontier.trace.hypothesis(row, score, total)
                    )
            alive = totals.isfinite()
            sums = torch.where(
                alive.flatten(), before[parents] + real[parents, tokens], float("-inf")
            )
            taken.scatter_add_(1, tokens.view(sentences, each), alive.to(taken.dtype))
            parts.append((totals, sums, self._rows(parents, group), tokens))
        totals, sums, rows, tokens = (
            torch.stack([part.view(sentences, each) for part in column], 1)
            for column in zip(*parts, strict=True)
        )
        return totals, sums, rows.flatten(), tokens.flatten()

    def _rows(self, of_group: Tensor, group: int) -> Tensor:
        """Where rows of a group, counted within it, stand among all."""
        each = self._group.beam
        return (
            of_group.div(each, rounding_mode="floor") * self.beam + group * each + of_group % each
        )

    def _goes_on(self, groups: list[Finished], sums: Tensor, longest: int) -> bool:
        """Whether a live hypothesis of a sentence, sums (groups, B), may still be among the best of
        its group."""
        penalty = length_penalty(longest + 1, self.alpha)
        return any(
            best > float("-inf") and not group.beats(best / penalty)
            for group, best in zip(groups, sums.amax(1).tolist(), strict=True)
        )

    def _best(self, groups: list[Finished]) -> list[Hypothesis]:
        """The first of each group, best first, then the second ones, until there are enough; no
        tokens twice."""
        found: dict[tuple[int, ...], Hypothesis] = {}
        for place in range(self._group.beam):
            here = [one for group in groups for one in group.hypotheses[place : place + 1]]
            for one in sorted(here, key=lambda one: -one.score):
                if len(found) < self.nbest:
                    found.setdefault(tuple(one.tokens), one)
        return sorted(found.values(), key=lambda one: -one.score)
