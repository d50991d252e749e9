"""What a validation finds, and how a training ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Validation:
    """What a validation found: the score that ranks checkpoints, higher is better, and all figures
    for the log."""

    score: float
    metrics: Mapping[str, float]


@dataclass(frozen=True)
class Outcome:
    """How `fit` ended: at which step, with which best score, and the name of the signal that
    stopped it, if one did."""

    step: int
    best_score: float | None
    best_step: int | None
    seconds: float
    stopped_by: str | None = None
