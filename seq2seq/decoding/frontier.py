"""Frontier of a search: the live hypotheses of a batch, and the scores of their next tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, SearchState, StepFn


@dataclass(frozen=True)
class Trace:
    """Tokens and attention weights of R hypotheses so far.

    Attributes:
        tokens: Tokens (R, L), without the start token.
        attention: Attention weights (R, L, S), if requested.
    """

    tokens: Tensor
    attention: Tensor | None = None

    @property
    def length(self) -> int:
        """Number of tokens of each row."""
        return self.tokens.shape[1]

    def read(self, weights: Tensor) -> Trace:
        """Return the trace with the attention weights (R, S) of the current step appended."""
        now = weights.unsqueeze(1)
        return Trace(
            self.tokens, now if self.attention is None else torch.cat([self.attention, now], 1)
        )

    def extend(self, rows: Tensor | None, tokens: Tensor) -> Trace:
        """Return the given rows, or all, with a token (R,) appended to each."""
        before = self.tokens
        attention = self.attention
        if rows is not None:
            before = before.index_select(0, rows)
            attention = None if attention is None else attention.index_select(0, rows)
        return Trace(torch.cat([before, tokens.unsqueeze(1)], 1), attention)

    def hypothesis(self, row: int, score: float, log_probability: float) -> Hypothesis:
        """Return one row as a finished hypothesis."""
        attention = None if self.attention is None else self.attention[row].tolist()
        return Hypothesis(self.tokens[row].tolist(), score, log_probability, attention)


class Frontier:
    """Live hypotheses: `width` rows per unfinished sentence, all of the same length.

    Args:
        step: Step function of the model.
        state: State before the first token, with one row per sentence.
        batch: Limits of the N sentences.
        width: Number of rows per sentence.
        attention: Record attention weights even if the batch does not request them.

    Attributes:
        live: Indices of the unfinished sentences, in the order of their rows.
        longest: Maximum length of each sentence's hypotheses, without the end token.
        ending: Mask (R,) of the rows that have reached their maximum length and must end, set by
            `scores`; None if there are none.
        trace: Tokens and attention weights so far.
    """

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
        """Take a step of the model.

        Returns:
            Log-probability (R, V) of each next token, in nats; minus infinity for excluded tokens.
        """
        logits, self._state, weights, added = self._step(self._tokens, self._state)
        if self._attention and weights is not None:
            self.trace = self.trace.read(weights)
        limits = [self.longest[sentence] for sentence in self.live]
        self.ending = ending_rows(limits, self.trace.length, self.width, self.device)
        scores = log_probabilities(
            logits, self._batch.forbidden, self._batch.eos, self.ending, added
        )
        if self._batch.filters:
            rule_out(scores, self._batch.filters, self.trace.tokens, self.live, self._batch.eos)
        return scores

    def advance(
        self, tokens: Tensor, rows: Tensor | None = None, sentences: list[int] | None = None
    ) -> None:
        """Append a token to each row, and drop finished sentences.

        Args:
            tokens: Tokens (R',) to append.
            rows: Rows (R',) to append them to; None means all.
            sentences: Indices into `live` of the sentences to keep; None means all.
        """
        kept = None
        if sentences is not None:
            kept = torch.tensor(sentences, dtype=torch.long, device=self.device)
            self.live = [self.live[index] for index in sentences]
        if rows is not None:
            self._state = self._state.select(rows, kept)
        self.trace = self.trace.extend(rows, tokens)
        self._tokens = tokens


def ending_rows(longest: list[int], length: int, width: int, device: torch.device) -> Tensor | None:
    """Return a mask (N * width,) of the rows that have their maximum length; None if none has."""
    if all(length < limit for limit in longest):
        return None
    return torch.tensor([limit <= length for limit in longest], device=device).repeat_interleave(
        width
    )


def log_probabilities(
    logits: Tensor,
    forbidden: Sequence[int],
    eos: int,
    ending: Tensor | None,
    added: Tensor | None = None,
) -> Tensor:
    """Normalize logits, add what another model says, then exclude forbidden ids.

    Ids are excluded after the softmax, so the score of a token is the model's own. With a
    shortlist, probabilities are normalized over the tokens on the list.

    Args:
        logits: Unnormalized scores (R, V).
        forbidden: Ids to exclude.
        eos: Id of the end token.
        ending: Mask (R,) of the rows that only the end token may follow, or None.
        added: Numbers (R, V) that are added to the log-probabilities, or None.

    Returns:
        Log-probabilities (R, V), in nats.
    """
    scores = logits.float() if logits.dtype.itemsize < 4 else logits
    scores = scores.log_softmax(-1)
    if added is not None:
        scores = scores + added
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
    """Apply filters to scores (R, V) in place.

    Each of the sentences `live` has the same number of rows. If the filters exclude every token of
    a row, its end token remains.
    """
    sentences = torch.tensor(live, device=scores.device).repeat_interleave(len(scores) // len(live))
    ends = scores[:, eos].clone()
    for each in filters:
        each(scores, history, sentences)
    scores[:, eos] = torch.where(scores.amax(-1) == float("-inf"), ends, scores[:, eos])
