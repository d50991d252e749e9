"""Lexically constrained beam search: given phrases must appear in every hypothesis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.phrases import Phrases
from seq2seq.decoding.ranking import NBest, check_nbest, length_penalty
from seq2seq.decoding.search import SearchBatch, SearchState, StepFn, Strategy
from seq2seq.decoding.search_trace import DROPPED, FINISHED, KEPT, Candidate
from seq2seq.decoding.top_k import top_k


class _Candidate(NamedTuple):
    """Token that may extend one row of a sentence.

    Attributes:
        total: Log-probability of the prefix and the token, in nats.
        row: Row of the prefix.
        token: Id of the token.
        met: Number of constraint tokens met, including this token.
    """

    total: float
    row: int
    token: int
    met: int


@dataclass(frozen=True, kw_only=True)
class ConstrainedBeamSearch(Strategy):
    """Beam search with lexical constraints, by dynamic beam allocation (Post and Vilar 2018).

    The beam is divided among the hypotheses with 0, 1, 2 and more constraint tokens met. Besides
    its most likely tokens, a hypothesis may continue with the next token of any phrase. Only
    hypotheses that contain all phrases may end. If none does within the maximum length, the
    sentence has no hypothesis. A beam as wide as the search space finds the optimum.

    Attributes:
        beam: Number of prefixes kept per sentence.
        nbest: Number of hypotheses returned per sentence, at most `beam`.
        length_penalty: Exponent of GNMT's length penalty.
        terms: Phrases that must appear, as token ids, for each sentence.
        continuation_ids: Ids that continue the preceding word. None of them may follow a phrase,
            because it would change the phrase's last word.
    """

    beam: int = 1
    nbest: int = 1
    length_penalty: float = 1.0
    records_tree: ClassVar[bool] = True
    terms: Sequence[Sequence[Sequence[int]]] = ()
    continuation_ids: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        check_nbest(self.beam, self.nbest)

    @property
    def width(self) -> int:
        """Number of rows per sentence: the beam."""
        return self.beam

    @cached_property
    def phrases(self) -> list[Phrases]:
        """Phrases of each sentence."""
        return [Phrases(own, self.continuation_ids) for own in self.terms]

    @cached_property
    def _continuations(self) -> list[int]:
        return sorted(self.continuation_ids)

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search for hypotheses; see `Strategy.__call__`."""
        frontier = Frontier(step, state, batch, self.beam)
        finished = [NBest(self.nbest) for _ in frontier.live]
        sums = [[0.0] + [float("-inf")] * (self.beam - 1) for _ in frontier.live]
        while frontier.live:
            unfinished: list[int] = []
            chosen: list[list[_Candidate]] = []
            for index, candidates in enumerate(self._candidates(frontier, sums)):
                sentence = frontier.live[index]
                ended = self._collect(finished[sentence], frontier, index, candidates, batch.eos)
                best = _allocate(
                    [one for one in candidates if one.token != batch.eos],
                    self.phrases[sentence].size,
                    self.beam,
                )
                bound = best[0].total if best else float("-inf")
                penalty = length_penalty(frontier.longest[sentence] + 1, self.length_penalty)
                goes_on = bool(best) and not finished[sentence].beats(bound / penalty)
                if batch.tree is not None:
                    kept = best if goes_on else []
                    batch.tree.append(_recorded(candidates, kept, ended, 2 * self.beam))
                if goes_on:
                    unfinished.append(index)
                    filler = _Candidate(float("-inf"), index * self.beam, batch.bos, 0)
                    chosen.append([*best, *[filler] * (self.beam - len(best))])
            sums = [[one.total for one in row] for row in chosen]
            flat = [one for row in chosen for one in row]
            rows = torch.tensor([one.row for one in flat], dtype=torch.long)
            tokens = torch.tensor([one.token for one in flat], dtype=torch.long)
            frontier.advance(tokens.to(frontier.device), rows.to(frontier.device), unfinished)
        return [one.hypotheses for one in finished]

    def _collect(
        self,
        finished: NBest,
        frontier: Frontier,
        index: int,
        candidates: list[_Candidate],
        eos: int,
    ) -> list[_Candidate]:
        """Collect the hypotheses of a live sentence that end at this step, and return their ends.

        Only the `beam` best continuations that contain all phrases are considered.
        """
        size = self.phrases[frontier.live[index]].size
        complete = [one for one in candidates if one.met == size][: self.beam]
        ended = [one for one in complete if one.token == eos]
        for one in ended:
            score = one.total / length_penalty(frontier.trace.length + 1, self.length_penalty)
            finished.add(frontier.trace.hypothesis(one.row, score, one.total))
        return ended

    def _candidates(
        self, frontier: Frontier, sums: list[list[float]]
    ) -> Iterator[list[_Candidate]]:
        """Yield the candidates of each live sentence, most likely first.

        They are the most likely tokens of each row and the tokens that advance one of its phrases.
        """
        scores = frontier.scores()
        best, ids = self._best(scores)
        of_new_words = scores.clone()
        of_new_words[:, self._continuations] = float("-inf")
        best_new, ids_new = self._best(of_new_words)
        histories = frontier.trace.tokens.tolist()
        for index, sentence in enumerate(frontier.live):
            found = []
            phrases = self.phrases[sentence]
            for row, before in enumerate(sums[index], index * self.beam):
                history = histories[row]
                options = dict(zip(ids[row], best[row], strict=True))
                if phrases.ended(history):  # the most likely tokens might all continue the word
                    options = dict(zip(ids_new[row], best_new[row], strict=True)) | options
                for token in phrases.next_tokens(history):
                    options.setdefault(token, float(scores[row, token]))
                found += [
                    _Candidate(before + score, row, token, phrases.met([*history, token]))
                    for token, score in options.items()
                    if before + score > float("-inf")
                ]
            yield sorted(found, key=lambda one: -one.total)

    def _best(self, scores: Tensor) -> tuple[list[list[float]], list[list[int]]]:
        """Return the `beam` + 1 highest scores of each row (R, V), and their tokens."""
        best, ids = top_k(scores, min(self.beam + 1, scores.shape[-1]))
        return best.tolist(), ids.tolist()


def _allocate(candidates: list[_Candidate], size: int, beam: int) -> list[_Candidate]:
    """Return the `beam` candidates to keep, in their order.

    Candidates with the same number of tokens met form a bank. The banks take turns, beginning with
    the one that has met all `size` tokens.
    """
    banks = [[one for one in candidates if one.met == met] for met in range(size, -1, -1)]
    found = [bank[place] for place in range(beam) for bank in banks if place < len(bank)]
    chosen = set(found[:beam])
    return [one for one in candidates if one in chosen]


def _recorded(
    candidates: list[_Candidate], kept: list[_Candidate], ended: list[_Candidate], most: int
) -> list[Candidate]:
    """Return the `most` best candidates, and all that are kept or that end, for the trace."""
    statuses = dict.fromkeys(ended, FINISHED) | dict.fromkeys(kept, KEPT)
    return [
        Candidate(one.row, one.token, one.total, statuses.get(one, DROPPED))
        for place, one in enumerate(candidates)
        if place < most or one in statuses
    ]
