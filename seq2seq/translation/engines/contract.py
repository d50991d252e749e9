"""Contract of an engine, which holds the weights of a model and searches for translations in ids.

docs/reference/search-rules.md says what a search finds. All engines keep to these rules, so that
they differ only where rounding decides between two hypotheses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from seq2seq.config.settings import DecodingConfig
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search_trace import SearchTrace
from seq2seq.translation.constraints import Constraints


@dataclass(frozen=True)
class Search(ABC):
    """Search with certain decoding settings.

    Attributes:
        width: Number of rows that the search carries per sentence.
        is_random: True if it draws random numbers.
        takes_terms: True if it can make translations contain terms.
    """

    width: int
    is_random: bool
    takes_terms: bool

    @abstractmethod
    def __call__(
        self, sources: Sequence[Sequence[int]], constraints: Constraints, *, attention: bool
    ) -> list[list[Hypothesis]]:
        """Search for translations.

        Args:
            sources: Ids of N sources, without end tokens; none is empty.
            constraints: Constraints on the N translations.
            attention: If true, hypotheses carry their attention weights.

        Returns:
            The hypotheses of each of the N sources, best first.

        Raises:
            ConfigError: There are terms, and the strategy has no constrained form.
        """

    @abstractmethod
    def trace(
        self, source: Sequence[int], constraints: Constraints, *, attention: bool
    ) -> SearchTrace:
        """Search for translations of one sentence, and write down everything on the way.

        Args:
            source: Ids of the source, without its end token; not empty.
            constraints: Constraints on the translation.
            attention: If true, hypotheses carry their attention weights.

        Returns:
            The trace, with the hypotheses that `__call__` returns.

        Raises:
            ConfigError: As for `__call__`; or the search cannot be traced, or its trace would be
                too large.
        """


class Engine(ABC):
    """Engine of a model, or of an ensemble of several.

    Attributes:
        name: Name that selects the engine.
        dtype: Precision of the decoder's weights.
    """

    name: ClassVar[str]
    dtype: str

    @abstractmethod
    def search(self, decoding: DecodingConfig) -> Search:
        """Return a search.

        Args:
            decoding: Decoding settings.

        Raises:
            ConfigError: The settings cannot be combined, or the engine does not support one.
        """

    @abstractmethod
    def score(
        self, sources: Sequence[Sequence[int]], targets: Sequence[Sequence[int]]
    ) -> list[float]:
        """Score given translations.

        Args:
            sources: Ids of N sources, without end tokens; none is empty.
            targets: Ids of N translations, without end tokens.

        Returns:
            Log-probability of each translation and its end token, in nats.
        """
