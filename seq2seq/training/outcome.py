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
class Measure:
    """Figure of a validation that ranks weights, and how to name it.

    Attributes:
        metric: Name in the metrics file.
        label: Name for people, such as "BLEU".
        lower_is_better: True for a figure such as perplexity, whose score is its negative.
    """

    metric: str
    label: str
    lower_is_better: bool = False

    def value(self, score: float) -> float:
        """Return the figure of a score."""
        return -score if self.lower_is_better else score


DEV_BLEU = Measure("dev_bleu", "BLEU")


@dataclass(frozen=True)
class Outcome:
    """Result of a training run.

    Attributes:
        step: Last step, counted from 1.
        best_score: Best figure on the dev text (BLEU; perplexity per word of a language model), or
            None if there was no validation.
        best_step: Step of the best score, or None if there was no validation.
        seconds: Training time in seconds, over all sessions of a resumed run.
        stopped_by: Name of the signal that stopped the run, such as "SIGINT", or None.
        measure: What `best_score` is.
    """

    step: int
    best_score: float | None
    best_step: int | None
    seconds: float
    stopped_by: str | None = None
    measure: Measure = DEV_BLEU
