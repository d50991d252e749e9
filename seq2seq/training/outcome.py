"""Results of a validation and of a training run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Validation:
    """Result of a validation.

    Attributes:
        score: Score that ranks weights; higher is better.
        metrics: All figures for the log, by name.
    """

    score: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Outcome:
    """Result of a training run.

    Attributes:
        step: The last step, counted from 1.
        best_score: The best validation score (dev BLEU), or None if there was no validation.
        best_step: The step of the best score, or None.
        seconds: Training time in seconds, of all sessions of a resumed run together.
        stopped_by: Name of the signal that stopped it, such as "SIGINT", or None.
    """

    step: int
    best_score: float | None
    best_step: int | None
    seconds: float
    stopped_by: str | None = None
