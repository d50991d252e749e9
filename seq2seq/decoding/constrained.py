"""Beam search under lexical constraints: given phrases must appear in every hypothesis, wherever they fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq.decoding.beam import Finished, length_penalty
from seq2seq.decoding.filters import Filter
from seq2seq.decoding.search import Hypothesis, SearchState, StepFn, Trace, ending_rows, log_probabilities, rule_out


class _Candidate(NamedTuple):
    """A continuation of a sentence's row by a token, with its log-probability and the constraint tokens it has met."""

    total: float
    row: int
    token: int
    met: int


class ConstrainedBeamSearch:
    """Keep a beam of which each number of constraint tokens met has its share (Post and Vilar 2018).

    `phrases` are of each sentence the sequences of tokens that must appear. Beside its likeliest tokens, a hypothesis
    may go on with the next token of any phrase. Ended are those alone that hold all phrases; a sentence for which none
    does within its longest length has no hypothesis. A beam as wide as the space finds the best there is.
    """

    def __init__(self, beam: int, nbest: int, alpha: float, phrases: Sequence[Sequence[Sequence[int]]]) -> None:
        assert 1 <= nbest <= beam
        self.beam = beam
        self.nbest = nbest
        self.alpha = alpha
        self.phrases = [list(dict.fromkeys(tuple(phrase) for phrase in own if phrase)) for own in phrases]

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
        live = list(range(len(longest)))  # the sentence of each `beam` rows
        sums = [[0.0] + [float("-inf")] * (beam - 1) for _ in live]
        tokens = torch.full((len(live) * beam,), bos, dtype=torch.long, device=device)
        trace = Trace.empty(tokens)
        state = state.select(torch.arange(len(live), device=device).repeat_interleave(beam))
        while live:
            logits, state, weights = step(tokens, state)
            trace = trace.read(weights, attention)
            ending = ending_rows([longest[sentence] for sentence in live], trace.length, beam, device)
            scores = log_probabilities(logits, forbidden, eos, ending)
            rule_out(scores, filters, trace.tokens, live, eos)
            rows, chosen, kept = [], [], []
            histories, after = trace.tokens.tolist(), []
            of_live = self._candidates(scores, sums, live, histories)
            for index, (sentence, candidates) in enumerate(zip(live, of_live, strict=True)):
                whole = sum(map(len, self.phrases[sentence]))
                complete = [one for one in candidates if one.met == whole][:beam]
                for one in (one for one in complete if one.token == eos):
                    score = one.total / length_penalty(trace.length + 1, self.alpha)
                    finished[sentence].add(trace.hypothesis(index * beam + one.row, score, one.total))
                going = _allocate([one for one in candidates if one.token != eos], whole, beam)
                bound = max((one.total for one in going), default=float("-inf"))
                if not going or finished[sentence].beats(bound / length_penalty(longest[sentence] + 1, self.alpha)):
                    continue
                kept.append(index)
                padded = [*going, *[_Candidate(float("-inf"), 0, bos, 0)] * (beam - len(going))]
                rows += [index * beam + one.row for one in padded]
                chosen += [one.token for one in padded]
                after.append([one.total for one in padded])
            live, sums = [live[index] for index in kept], after
            places, tokens = (torch.tensor(values, dtype=torch.long, device=device) for values in (rows, chosen))
            state = state.select(places, torch.tensor(kept, dtype=torch.long, device=device))
            trace = trace.extend(places, tokens)
        return [one.hypotheses for one in finished]

    def _candidates(
        self, scores: Tensor, sums: list[list[float]], live: list[int], histories: list[list[int]]
    ) -> Iterator[list[_Candidate]]:
        """Of each live sentence its continuations, the likeliest first: of each row the best, and those of phrases."""
        best, ids = (x.tolist() for x in scores.topk(min(self.beam + 1, scores.shape[-1]), -1))
        for index, sentence in enumerate(live):
            found = []
            phrases = self.phrases[sentence]
            for row, before in enumerate(sums[index]):
                place = index * self.beam + row
                history = histories[place]
                options = dict(zip(ids[place], best[place], strict=True))
                for token in _next_tokens(history, phrases) - options.keys():
                    options[token] = float(scores[place, token])
                found += [
                    _Candidate(before + score, row, token, tokens_met([*history, token], phrases))
                    for token, score in options.items()
                    if before + score > float("-inf")
                ]
            yield sorted(found, key=lambda one: -one.total)


def tokens_met(tokens: Sequence[int], phrases: Sequence[Sequence[int]]) -> int:
    """The tokens of phrases that a hypothesis has met: of those it holds all, of the others the most it ends with."""
    held = [phrase for phrase in phrases if _holds(tokens, phrase)]
    begun = max((_begun(tokens, phrase) for phrase in phrases if phrase not in held), default=0)
    return sum(map(len, held)) + begun


def _next_tokens(tokens: Sequence[int], phrases: Sequence[Sequence[int]]) -> set[int]:
    """What would bring a phrase on: the next token of one that is begun, the first of one that is missing."""
    missing = [phrase for phrase in phrases if not _holds(tokens, phrase)]
    return {phrase[0] for phrase in missing} | {phrase[_begun(tokens, phrase)] for phrase in missing}


def _holds(tokens: Sequence[int], phrase: Sequence[int]) -> bool:
    size, wanted = len(phrase), list(phrase)
    return any(list(tokens[first : first + size]) == wanted for first in range(len(tokens) - size + 1))


def _begun(tokens: Sequence[int], phrase: Sequence[int]) -> int:
    """The longest beginning of a phrase, not all of it, that the tokens end with."""
    for size in range(min(len(phrase) - 1, len(tokens)), 0, -1):
        if list(tokens[-size:]) == list(phrase[:size]):
            return size
    return 0


def _allocate(candidates: list[_Candidate], whole: int, beam: int) -> list[_Candidate]:
    """The `beam` candidates to go on with: in turn the best of each number met, the most met first; in order."""
    banks = [[one for one in candidates if one.met == met] for met in range(whole, -1, -1)]
    found = [bank[place] for place in range(beam) for bank in banks if place < len(bank)]
    return sorted(found[:beam], key=lambda one: -one.total)
