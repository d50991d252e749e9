"""Results of validations and training runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Validation:
    """Result of a validation.

    Attributes:
        score: Score that ranks weights; higher is better.
        metrics: All figures to log, by name.
    """

    score: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Outcome:
    """Result of a training run.

    Attributes:
        step: Last step, counted from 1.
        best_score: Best validation score (dev BLEU), or None if there was no validation.
        best_step: Step of the best score, or None if there was no validation.
        seconds: Training time in seconds, over all sessions of a resumed run.
        stopped_by: Name of the signal that stopped the run, such as "SIGINT", or None.
    """

    step: int
    best_score: float | None
    best_step: int | None
    seconds: float
    stopped_by: str | None = None
