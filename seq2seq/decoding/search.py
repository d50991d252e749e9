"""What a search is made of: the contracts between a search and what it searches.

A search takes a step function, never a model: a Markov chain, a model, an ensemble or an exported
graph will do. Every hypothesis ends with the end token, whose log-probability is counted in its
score; one that reaches its sentence's longest length is ended there. Finished sentences leave the
batch, and no sentence's result depends on the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, Self

from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.registry import Registry


class SearchState(Protocol):
    """What is carried from step to step: one row per hypothesis, B = rows / sentences rows for each
    sentence."""

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> Self:
        """Reorder the rows; where sentences have left, keep those of `sentences` (indices)
        alone."""
        ...


class StepOutput(NamedTuple):
    """logits (R, V), not normalised; the state after the step; attention weights (R, S) or None."""

    logits: Tensor
    state: SearchState
    attention: Tensor | None = None


class StepFn(Protocol):
    """Read the last tokens (R,) and say what follows."""

    def __call__(self, tokens: Tensor, state: SearchState) -> StepOutput: ...


@dataclass(frozen=True)
class SearchBatch:
    """What the searches of a batch keep to, whatever the strategy.

    `max_lengths` (N,) is the longest length of each sentence's hypotheses, the end token not
    counted; `forbidden` are ids never to be chosen, and `filters` may rule out others as a
    hypothesis grows. `keys` (N,) tell the sentences' random numbers apart, in a search that draws
    any. With `attention`, hypotheses say what they were read from."""

    max_lengths: Tensor
    bos: int
    eos: int
    forbidden: Sequence[int] = ()
    filters: Sequence[Filter] = ()
    keys: Tensor | None = None
    attention: bool = False


@dataclass(frozen=True)
class Hypothesis:
    """One translation: its tokens without the end token, its score (by which hypotheses are
    ranked), and the sum of its tokens' log-probabilities, the end token's included, in nats.
    `attention` (L + 1, S), where it was asked for, is what each token and the end token were read
    from."""

    tokens: list[int]
    score: float
    log_probability: float
    attention: Tensor | None = field(default=None, compare=False, repr=False)


class Strategy(Protocol):
    """A way to search: of each sentence its hypotheses, best first. `state` has one row for each
    sentence."""

    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]: ...


STRATEGIES: Registry[type[Strategy]] = Registry("search strategy")
