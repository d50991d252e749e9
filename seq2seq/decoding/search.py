"""Contracts of a search: step function, state, batch and strategy.

A search takes a step function, never a model, so it works with a Markov chain, a model, an ensemble
or an exported graph. Every hypothesis ends with the end token, whose log-probability counts in its
score. A hypothesis that reaches its sentence's maximum length must end there. Finished sentences
leave the batch, and the result for a sentence never depends on the others.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, NamedTuple, Protocol, Self

from torch import Tensor

from seq2seq.decoding.filters import Filter
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import Candidate
from seq2seq.errors import ConfigError
from seq2seq.registry import Registry


class SearchState(Protocol):
    """State that a search carries from step to step.

    It has R rows, one per hypothesis: B = R / N rows for each of N sentences, sentence by sentence.
    """

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> Self:
        """Select rows.

        Args:
            rows: Indices (R',) of the rows to keep, in their new order; a row may repeat.
            sentences: Indices (N',) of the sentences to keep, if some have left the batch; None
                means all.

        Returns:
            The state of the R' rows.
        """
        ...


class StepOutput(NamedTuple):
    """Result of one step of the model.

    Attributes:
        logits: Unnormalized scores (R, V) of the next token.
        state: State after the step.
        attention: Attention weights (R, S) on the source, or None for a model without attention.
        added: Numbers (R, V), at most 0, that are added to the log-probabilities, or None.
    """

    logits: Tensor
    state: SearchState
    attention: Tensor | None = None
    added: Tensor | None = None


class StepFn(Protocol):
    """Function that scores the next token of each hypothesis."""

    def __call__(self, tokens: Tensor, state: SearchState) -> StepOutput:
        """Take a step.

        Args:
            tokens: Last token (R,) of each hypothesis; the start token at the first step.
            state: State before the step.

        Returns:
            Logits (R, V) of the next token, the state after the step, attention weights (R, S), and
            what is added to the log-probabilities.
        """
        ...


@dataclass(frozen=True)
class SearchBatch:
    """Limits on the hypotheses of N sentences, which hold for every strategy.

    Attributes:
        max_lengths: Maximum length (N,) of each sentence's hypotheses, without the end token.
        bos: Id of the start token.
        eos: Id of the end token.
        forbidden: Ids that are never chosen.
        filters: Filters that exclude further ids, depending on the hypothesis so far.
        keys: Integers (N,) that select the random stream of each sentence, for a strategy that
            draws random numbers.
        attention: If true, hypotheses carry their attention weights.
        tree: Where to write the candidates of each step, for a single sentence and a strategy that
            `records_tree`; None for nowhere.
    """

    max_lengths: Tensor
    bos: int
    eos: int
    forbidden: Sequence[int] = ()
    filters: Sequence[Filter] = ()
    keys: Tensor | None = None
    attention: bool = False
    tree: list[list[Candidate]] | None = None


@dataclass(frozen=True, kw_only=True)
class Strategy(ABC):
    """Base class for search strategies.

    A strategy is a frozen dataclass. Its fields are named after decoding settings, and
    `from_settings` fills them. `__post_init__` raises ConfigError for values that cannot be
    combined. A strategy registered in STRATEGIES can be chosen by `decoding.strategy`.

    Attributes:
        nbest: Maximum number of hypotheses returned per sentence.
        is_random: True if the strategy draws random numbers, for which batches then carry `keys`.
        records_tree: True if the strategy writes its candidates to `SearchBatch.tree`.
    """

    nbest: int = 1
    is_random: ClassVar[bool] = False
    records_tree: ClassVar[bool] = False

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of rows that the search carries per sentence."""

    @abstractmethod
    def __call__(
        self, step: StepFn, state: SearchState, batch: SearchBatch
    ) -> list[list[Hypothesis]]:
        """Search for hypotheses.

        Args:
            step: Step function of the model.
            state: State before the first token, with one row per sentence.
            batch: Limits of the N sentences.

        Returns:
            At most `nbest` hypotheses for each of the N sentences, best first.
        """

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Strategy:
        """Build the strategy from decoding settings.

        Args:
            settings: Decoding settings by name, one for each field; others are ignored.

        Returns:
            The strategy, possibly of another class that finds the same hypotheses faster.

        Raises:
            ConfigError: The values cannot be combined.
        """
        names = [each.name for each in fields(cls)]
        return cls(**{name: settings[name] for name in names})

    @property
    def has_constrained_form(self) -> bool:
        """True if `with_terms` works for this strategy; False by default."""
        return False

    def with_terms(
        self, terms: Sequence[Sequence[Sequence[int]]], continuation_ids: frozenset[int]
    ) -> Strategy:
        """Return a strategy whose hypotheses contain given phrases.

        Args:
            terms: Phrases that must appear, as token ids, for each sentence.
            continuation_ids: Ids that continue the preceding word; none of them may follow a
                phrase.

        Returns:
            The constrained strategy.

        Raises:
            ConfigError: The strategy has no constrained form.
        """
        raise ConfigError("terms need strategy=beam without a coverage_penalty")


STRATEGIES: Registry[type[Strategy]] = Registry("search strategy")
"""Search strategies by name; `decoding.strategy` chooses one."""
