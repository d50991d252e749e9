"""Diverse beam search: groups of beams that avoid the tokens just chosen by earlier groups."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.ranking import NBest, check_nbest, length_penalty
from seq2seq.decoding.search import STRATEGIES, SearchBatch, SearchState, StepFn, Strategy
from seq2seq.errors import ConfigError


@STRATEGIES.register("diverse-beam")
@dataclass(frozen=True, kw_only=True)
class DiverseBeamSearch(Strategy):
    """Diverse beam search (Vijayakumar et al. 2018).

    At each step the groups, with a beam of `beam / groups` each, choose their continuations one
    after the other. A token costs a group `diversity` for each hypothesis of an earlier group that
    has just chosen it. The result holds the best hypothesis of every group before the second best
    of any, so with `nbest` = `groups` all come from different groups. Hypotheses are ranked by the
    model's own scores. A single group is equivalent to beam search.

    Attributes:
        beam: Number of prefixes kept per sentence, a multiple of `groups`.
        nbest: Number of hypotheses returned per sentence, at most `beam`.
        length_penalty: Exponent of GNMT's length penalty.
        groups: Number of groups; None means `beam`.
        diversity: Cost of a token per earlier hypothesis that has just chosen it, in nats.
    """

    beam: int = 4
    nbest: int = 1
    length_penalty: float = 1.0
    groups: int | None = None
    diversity: float = 0.5

    def __post_init__(self) -> None:
        check_nbest(self.beam, self.nbest)
        if self.beam % self._groups:
            raise ConfigError(f"beam {self.beam} must be a multiple of groups {self._groups}")

    @property
    def width(self) -> int:
        """Number of rows per sentence: the beam."""
        return self.beam

    @property
    def _groups(self) -> int:
        return self.groups or self.beam

    @cached_property
    def _group(self) -> BeamSearch:
        """Search within one group."""
        each = self.beam // self._groups
        return BeamSearch(beam=each, nbest=each, length_penalty=self.length_penalty)

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search for hypotheses; see `Strategy.__call__`."""
        each = self._group.beam
        frontier = Frontier(step, state, batch, self.beam)
        finished = [[NBest(each) for _ in range(self._groups)] for _ in frontier.live]
        sums = torch.full(
            (len(finished), self._groups, each), float("-inf"), device=frontier.device
        )
        sums[..., 0] = 0.0
        chosen_by = sums  # log-probabilities minus the costs of diversity
        own = sums  # log-probabilities of the model
        while frontier.live:
            scores = frontier.scores()
            chosen_by, own, rows, tokens = self._extend(
                chosen_by, own, scores, batch.eos, finished, frontier
            )
            unfinished = [
                index
                for index, sentence in enumerate(frontier.live)
                if self._goes_on(finished[sentence], own[index], frontier.longest[sentence])
            ]
            rows = rows.view(-1, self.beam)[unfinished].flatten()
            tokens = tokens.view(-1, self.beam)[unfinished].flatten()
            chosen_by = chosen_by[unfinished]
            own = own[unfinished]
            frontier.advance(tokens, rows, unfinished)
        return [self._best(groups) for groups in finished]

    def _extend(
        self,
        chosen_by: Tensor,
        own: Tensor,
        scores: Tensor,
        eos: int,
        finished: list[list[NBest]],
        frontier: Frontier,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Let the groups choose their continuations one after the other.

        Args:
            chosen_by: Log-probability (N, G, B) of each prefix, minus the costs of diversity.
            own: Log-probability (N, G, B) of each prefix.
            scores: Log-probability (N * G * B, V) of each next token.
            eos: Id of the end token.
            finished: Finished hypotheses of each sentence and group; new ones are added.
            frontier: The live hypotheses.

        Returns:
            The new `chosen_by` and `own` (N, G, B), and the parent row and the token (N * G * B,)
            of each continuation.
        """
        sentences, groups, each = own.shape
        vocabulary = scores.shape[-1]
        by_group = scores.view(sentences, groups, each, vocabulary)
        taken = scores.new_zeros(sentences, vocabulary)
        parts = []
        for group in range(groups):
            real = by_group[:, group].reshape(-1, vocabulary)
            cost = (self.diversity * taken).repeat_interleave(each, 0)
            totals, parents, tokens, ended = self._group.choose(
                chosen_by[:, group], real - cost, eos
            )
            before = own[:, group].reshape(-1)
            if ended is not None:
                rows = self._rows(ended.parent, group)
                sums = before[ended.parent] + real[ended.parent, eos]
                for index, row, total in zip(
                    ended.sentence.tolist(), rows.tolist(), sums.tolist(), strict=True
                ):
                    score = total / length_penalty(frontier.trace.length + 1, self.length_penalty)
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
        """Turn row numbers within a group into row numbers of the whole batch."""
        each = self._group.beam
        return (
            of_group.div(each, rounding_mode="floor") * self.beam + group * each + of_group % each
        )

    def _goes_on(self, groups: list[NBest], sums: Tensor, longest: int) -> bool:
        """Return whether a live hypothesis of a sentence may still enter its group's n-best list.

        Args:
            groups: Finished hypotheses of each group.
            sums: Log-probabilities (G, B) of the live hypotheses.
            longest: Maximum length of the sentence's hypotheses, without the end token.
        """
        penalty = length_penalty(longest + 1, self.length_penalty)
        return any(
            best > float("-inf") and not group.beats(best / penalty)
            for group, best in zip(groups, sums.amax(1).tolist(), strict=True)
        )

    def _best(self, groups: list[NBest]) -> list[Hypothesis]:
        """Return the best hypothesis of each group, then the second best, up to `nbest` in all.

        Each sequence of tokens is returned once.
        """
        found: dict[tuple[int, ...], Hypothesis] = {}
        for place in range(self._group.beam):
            here = [one for group in groups for one in group.hypotheses[place : place + 1]]
            for one in sorted(here, key=lambda one: -one.score):
                if len(found) < self.nbest:
                    found.setdefault(tuple(one.tokens), one)
        return sorted(found.values(), key=lambda one: -one.score)
