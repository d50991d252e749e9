"""Beam search under lexical constraints: given phrases must appear in every hypothesis, wherever
they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq.decoding.beam import Finished, length_penalty
from seq2seq.decoding.frontier import Frontier
from seq2seq.decoding.search import Hypothesis, SearchBatch, SearchState, StepFn


class _Candidate(NamedTuple):
    """A continuation of a sentence's row by a token, with its log-probability and the constraint
    tokens it has met."""

    total: float
    row: int
    token: int
    met: int


class ConstrainedBeamSearch:
    """Keep a beam of which each number of constraint tokens met has its share (Post and Vilar
    2018).

    `phrases` are of each sentence the sequences of tokens that must appear. None of the tokens
    `joining` follows a phrase: they go on with the word before them, and would make its last one
    another. Beside its likeliest tokens, a hypothesis may go on with the next token of any phrase.
    Ended are those alone that hold all phrases; a sentence for which none does within its longest
    length has no hypothesis. A beam as wide as the space finds the best there is."""

    def __init__(
        self,
        beam: int,
        nbest: int,
        alpha: float,
        phrases: Sequence[Sequence[Sequence[int]]],
        joining: frozenset[int] = frozenset(),
    ) -> None:
        assert 1 <= nbest <= beam
        self.beam = beam
        self.nbest = nbest
        self.alpha = alpha
        self.phrases = [Phrases(own, joining) for own in phrases]
        self.joining = sorted(joining)

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        frontier = Frontier(step, state, batch, self.beam)
        finished = [Finished(self.nbest) for _ in frontier.live]
        sums = [[0.0] + [float("-inf")] * (self.beam - 1) for _ in frontier.live]
        while frontier.live:
            going, chosen = [], []
            for index, candidates in enumerate(self._candidates(frontier, sums)):
                sentence = frontier.live[index]
                self._collect(finished[sentence], frontier, index, candidates, batch.eos)
                whole = self.phrases[sentence].size
                best = _allocate(
                    [one for one in candidates if one.token != batch.eos], whole, self.beam
                )
                bound = best[0].total if best else float("-inf")
                penalty = length_penalty(frontier.longest[sentence] + 1, self.alpha)
                if best and not finished[sentence].beats(bound / penalty):
                    going.append(index)
                    none = _Candidate(float("-inf"), index * self.beam, batch.bos, 0)
                    chosen.append([*best, *[none] * (self.beam - len(best))])
            sums = [[one.total for one in row] for row in chosen]
            flat = [one for row in chosen for one in row]
            rows, tokens = (
                torch.tensor([(one.row, one.token) for one in flat], device=frontier.device)
                .view(-1, 2)
                .long()
                .T
            )
            frontier.go_on(tokens, rows, going)
        return [one.hypotheses for one in finished]

    def _collect(
        self,
        finished: Finished,
        frontier: Frontier,
        index: int,
        candidates: list[_Candidate],
        eos: int,
    ) -> None:
        """Keep what of a live sentence has ended, among the `beam` best continuations that hold all
        phrases."""
        whole = self.phrases[frontier.live[index]].size
        complete = [one for one in candidates if one.met == whole][: self.beam]
        for one in (one for one in complete if one.token == eos):
            score = one.total / length_penalty(frontier.trace.length + 1, self.alpha)
            finished.add(frontier.trace.hypothesis(one.row, score, one.total))

    def _candidates(
        self, frontier: Frontier, sums: list[list[float]]
    ) -> Iterator[list[_Candidate]]:
        """Of each live sentence its continuations, the likeliest first: of each row the best, and
        those of phrases."""
        scores = frontier.scores()
        best, ids = self._best(scores)
        apart = scores.clone()
        apart[:, self.joining] = float("-inf")
        best_apart, ids_apart = self._best(apart)
        histories = frontier.trace.tokens.tolist()
        for index, sentence in enumerate(frontier.live):
            found = []
            phrases = self.phrases[sentence]
            for row, before in enumerate(sums[index], index * self.beam):
                history = histories[row]
                options = dict(zip(ids[row], best[row], strict=True))
                if phrases.ended(history):  # all of the likeliest might go on with the word
                    options = dict(zip(ids_apart[row], best_apart[row], strict=True)) | options
                for token in phrases.next_tokens(history) - options.keys():
                    options[token] = float(scores[row, token])
                found += [
                    _Candidate(before + score, row, token, phrases.met([*history, token]))
                    for token, score in options.items()
                    if before + score > float("-inf")
                ]
            yield sorted(found, key=lambda one: -one.total)

    def _best(self, scores: Tensor) -> tuple[list[list[float]], list[list[int]]]:
        """The highest of each row of scores (R, V), and the tokens they are of."""
        best, ids = scores.topk(min(self.beam + 1, scores.shape[-1]), -1)
        return best.tolist(), ids.tolist()


class Phrases:
    """What must appear in the translation of one sentence."""

    def __init__(
        self, phrases: Sequence[Sequence[int]], joining: frozenset[int] = frozenset()
    ) -> None:
        self.phrases = list(dict.fromkeys(tuple(phrase) for phrase in phrases if phrase))
        self.joining = joining
        self.size = sum(map(len, self.phrases))

    def met(self, tokens: Sequence[int]) -> int:
        """The tokens of phrases that a hypothesis has met: of those it holds all, of others the
        most it ends with."""
        held = [phrase for phrase in self.phrases if self._holds(tokens, phrase)]
        begun = max(
            (_begun(tokens, phrase) for phrase in self.phrases if phrase not in held), default=0
        )
        return sum(map(len, held)) + begun

    def ended(self, tokens: Sequence[int]) -> bool:
        """Whether a phrase ends here, so that what comes next must not join it."""
        return any(tuple(tokens[-len(phrase) :]) == phrase for phrase in self.phrases)

    def next_tokens(self, tokens: Sequence[int]) -> set[int]:
        """What would bring a phrase on: the next token of one that is begun, the first of one that
        is missing."""
        missing = [phrase for phrase in self.phrases if not self._holds(tokens, phrase)]
        return {phrase[0] for phrase in missing} | {
            phrase[_begun(tokens, phrase)] for phrase in missing
        }

    def _holds(self, tokens: Sequence[int], phrase: tuple[int, ...]) -> bool:
        ends = (
            end
            for end in range(len(phrase), len(tokens) + 1)
            if tuple(tokens[end - len(phrase) : end]) == phrase
        )
        return any(end == len(tokens) or tokens[end] not in self.joining for end in ends)


def _begun(tokens: Sequence[int], phrase: tuple[int, ...]) -> int:
    """The longest beginning of a phrase, not all of it, that the tokens end with."""
    for size in range(min(len(phrase) - 1, len(tokens)), 0, -1):
        if tuple(tokens[-size:]) == phrase[:size]:
            return size
    return 0


def _allocate(candidates: list[_Candidate], whole: int, beam: int) -> list[_Candidate]:
    """The `beam` candidates to go on with: in turn the best of each number met, the most met first;
    in order."""
    banks = [[one for one in candidates if one.met == met] for met in range(whole, -1, -1)]
    found = [bank[place] for place in range(beam) for bank in banks if place < len(bank)]
    return sorted(found[:beam], key=lambda one: -one.total)
