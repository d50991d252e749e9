"""The hypotheses of a batch that still grow: one step for all of them, and what each may go on
with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.decoding.search import Hypothesis, SearchBatch, SearchState, StepFn


@dataclass(frozen=True)
class Trace:
    """The hypotheses so far: tokens (R, L), and what they were read from, attention (R, L, S),
    where it is wanted."""

    tokens: Tensor
    attention: Tensor | None = None

    @property
    def length(self) -> int:
        """Tokens of each row."""
        return self.tokens.shape[1]

    def read(self, weights: Tensor) -> Trace:
        """With the attention of the step that is being taken (R, S)."""
        now = weights.unsqueeze(1)
        return Trace(
            self.tokens, now if self.attention is None else torch.cat([self.attention, now], 1)
        )

    def extend(self, rows: Tensor | None, tokens: Tensor) -> Trace:
        """These rows, or all, and a token more for each."""
        before, attention = self.tokens, self.attention
        if rows is not None:
            before = before.index_select(0, rows)
            attention = None if attention is None else attention.index_select(0, rows)
        return Trace(torch.cat([before, tokens.unsqueeze(1)], 1), attention)

    def hypothesis(self, row: int, score: float, log_probability: float) -> Hypothesis:
        """One row, ended."""
        attention = None if self.attention is None else self.attention[row].clone()
        return Hypothesis(self.tokens[row].tolist(), score, log_probability, attention)


class Frontier:
    """`width` rows for each sentence that is not done, sentence by sentence, all of one length.

    `live` are the sentences of the groups of rows; `ending` says after `scores` which rows (R,)
    must end now, at their sentence's longest length, and is None if none must."""

    def __init__(
        self,
        step: StepFn,
        state: SearchState,
        batch: SearchBatch,
        width: int = 1,
        attention: bool = False,
    ) -> None:
        self.device = batch.max_lengths.device
        self.width = width
        self.longest: list[int] = batch.max_lengths.tolist()
        self.live = list(range(len(self.longest)))
        self.ending: Tensor | None = None
        self._batch = batch
        self._attention = attention or batch.attention
        self._step = step
        self._tokens = torch.full(
            (len(self.live) * width,), batch.bos, dtype=torch.long, device=self.device
        )
        self.trace = Trace(self._tokens.new_empty(len(self._tokens), 0))
        if width > 1:
            state = state.select(
                torch.arange(len(self.live), device=self.device).repeat_interleave(width)
            )
        self._state = state

    def scores(self) -> Tensor:
        """Take a step: log-probabilities (R, V) of what may come next, minus infinity of what may
        not."""
        logits, self._state, weights = self._step(self._tokens, self._state)
        if self._attention and weights is not None:
            self.trace = self.trace.read(weights)
        limits = [self.longest[sentence] for sentence in self.live]
        self.ending = ending_rows(limits, self.trace.length, self.width, self.device)
        scores = log_probabilities(logits, self._batch.forbidden, self._batch.eos, self.ending)
        if self._batch.filters:
            rule_out(scores, self._batch.filters, self.trace.tokens, self.live, self._batch.eos)
        return scores

    def go_on(
        self, tokens: Tensor, rows: Tensor | None = None, sentences: list[int] | None = None
    ) -> None:
        """Go on with tokens (R,) behind these rows (R,), or all; `sentences` (indices into `live`),
        or all, stay."""
        kept = None
        if sentences is not None:
            kept = torch.tensor(sentences, dtype=torch.long, device=self.device)
            self.live = [self.live[index] for index in sentences]
        if rows is not None:
            self._state = self._state.select(rows, kept)
        self.trace = self.trace.extend(rows, tokens)
        self._tokens = tokens


def ending_rows(longest: list[int], length: int, width: int, device: torch.device) -> Tensor | None:
    """Which rows must end now, at their sentence's longest length: true in (N * width,); None if
    none must."""
    if all(length < limit for limit in longest):
        return None
    return torch.tensor([limit <= length for limit in longest], device=device).repeat_interleave(
        width
    )


def log_probabilities(
    logits: Tensor, forbidden: Sequence[int], eos: int, ending: Tensor | None
) -> Tensor:
    """Normalise logits (R, V), then rule out forbidden ids and, in rows of `ending` (R,), all but
    the end token.

    The rulings come after the softmax, so that the score of what is chosen is the model's own: with
    a shortlist, its own among what is on the list."""
    scores = logits.float() if logits.dtype.itemsize < 4 else logits
    scores = scores.log_softmax(-1)
    for token in forbidden:
        scores[:, token] = float("-inf")
    if ending is not None:
        ends = scores[ending, eos]
        scores[ending] = float("-inf")
        scores[ending, eos] = ends
    return scores


def rule_out(
    scores: Tensor, filters: Sequence[Filter], history: Tensor, live: list[int], eos: int
) -> None:
    """Apply filters to scores (R, V), in place; the rows belong to the sentences `live`, as many to
    each.

    Where nothing would be left, the end token is.
    """
    sentences = torch.tensor(live, device=scores.device).repeat_interleave(len(scores) // len(live))
    ends = scores[:, eos].clone()
    for each in filters:
        each(scores, history, sentences)
    scores[:, eos] = torch.where(scores.amax(-1) == float("-inf"), ends, scores[:, eos])
