"""Finished hypothesis of a search, in plain Python, so that no caller needs PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Hypothesis:
    """A finished hypothesis.

    Attributes:
        tokens: The L token ids, without the start and the end token.
        score: Score by which hypotheses are ranked.
        log_probability: Sum of the log-probabilities of the tokens and the end token, in nats.
        attention: Attention weights of the tokens and the end token, if requested: L + 1 rows of at
            least S weights, one per source token and its end token. Others belong to padding.
    """

    tokens: list[int]
    score: float
    log_probability: float
    attention: Sequence[Sequence[float]] | None = field(default=None, compare=False, repr=False)
