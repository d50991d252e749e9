"""Contracts between a search and what it searches.

A search takes a step function, never a model: a Markov chain, a model, an ensemble or an exported
graph will do. Every hypothesis ends with the end token, whose log-probability counts in its score.
A hypothesis that reaches its sentence's maximum length is ended there. Finished sentences leave the
batch, and the result of a sentence never depends on the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.errors import ConfigError
from seq2seq.registry import Registry


class SearchState(Protocol):
    """State that a search carries from step to step.

    It has R rows, one per hypothesis: B = R / N rows for each of N sentences, sentence by sentence.
    """

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> Self:
        """Reorder the rows.

        Args:
            rows: Indices (R',) of the rows to keep, in their new order; a row may repeat.
            sentences: Indices (N',) of the sentences to keep, if some have left the batch.

        Returns:
            The state of the rows kept.
        """
        ...


class StepOutput(NamedTuple):
    """Result of one step of the model.

    Attributes:
        logits: Unnormalized scores (R, V) of the next token.
        state: The state after the step.
        attention: Attention weights (R, S) on the source, or None.
    """

    logits: Tensor
    state: SearchState
    attention: Tensor | None = None


class StepFn(Protocol):
    """Function that reads the last tokens and scores what may follow."""

    def __call__(self, tokens: Tensor, state: SearchState) -> StepOutput:
        """Take a step.

        Args:
            tokens: Last token (R,) of each hypothesis.
            state: The state before the step.

        Returns:
            Scores of the next tokens and the new state.
        """
        ...


@dataclass(frozen=True)
class SearchBatch:
    """Limits that hold for the sentences of a batch, whatever the strategy.

    Attributes:
        max_lengths: Maximum length (N,) of each sentence's hypotheses, without the end token.
        bos: Id of the start token.
        eos: Id of the end token.
        forbidden: Ids that are never chosen.
        filters: Rules that may exclude other ids as a hypothesis grows.
        keys: Numbers (N,) that tell the random streams of the sentences apart, for a strategy that
            draws random numbers.
        attention: If true, hypotheses carry their attention weights.
    """

    max_lengths: Tensor
    bos: int
    eos: int
    forbidden: Sequence[int] = ()
    filters: Sequence[Filter] = ()
    keys: Tensor | None = None
    attention: bool = False


@dataclass(frozen=True)
class Hypothesis:
    """A finished hypothesis.

    Attributes:
        tokens: Its L token ids, without the end token.
        score: The score by which hypotheses are ranked.
        log_probability: Sum of the log-probabilities of its tokens and the end token, in nats.
        attention: Weights (L + 1, S) of each token and the end token on the source, if requested.
    """

    tokens: list[int]
    score: float
    log_probability: float
    attention: Tensor | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """Base class for search strategies.

    A strategy is a frozen dataclass. Its field names are names of decoding settings, from which
    `from_settings` fills them. `__post_init__` raises ConfigError for values that cannot work
    together. A strategy that is entered in STRATEGIES can be chosen by `decoding.strategy`.

    Attributes:
        nbest: Maximum number of hypotheses returned per sentence.
        is_random: True for a strategy that draws random numbers; its batches then have `keys`.
    """

    nbest: int = 1
    is_random: ClassVar[bool] = False

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of rows that the search carries per sentence."""

    @abstractmethod
    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search.

        Args:
            step: The step function of the model.
            state: The state before the first token, with one row per sentence.
            batch: Limits of the N sentences.

        Returns:
            For each of the N sentences at most `nbest` hypotheses, best first.
        """

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Strategy:
        """Build the strategy from decoding settings.

        Args:
            settings: Values by the names of the settings; those that are not fields are ignored.

        Returns:
            The strategy, which may be of another class if that is equal and faster.

        Raises:
            ConfigError: The values cannot work together.
        """
        names = [each.name for each in fields(cls)]
        return cls(**{name: settings[name] for name in names})

    def with_terms(
        self, terms: Sequence[Sequence[Sequence[int]]], continuation_ids: frozenset[int]
    ) -> Strategy:
        """Return a strategy whose hypotheses contain given phrases.

        Args:
            terms: For each sentence the phrases, as token ids, that must appear.
            continuation_ids: Ids that continue the word before them, so that none of them may
                follow a phrase.

        Returns:
            The constrained strategy.

        Raises:
            ConfigError: The strategy has no constrained form.
        """
        raise ConfigError("terms need strategy=beam, without a coverage_penalty")


STRATEGIES: Registry[type[Strategy]] = Registry("search strategy")
"""Search strategies by the name that `decoding.strategy` gives them."""
