"""Learning-rate schedules: factors of the configured learning rate, by step.

A schedule depends on the step only, so that a resumed run needs no state of it. `plateau` is
constant here: `learning_rate` multiplies it by `plateau_scale`, which depends on the validations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from seq2seq.config.settings import TrainingConfig
from seq2seq.registry import Registry

Schedule = Callable[[int, int, int], float]
"""(step, counted from 1; warm-up steps; maximum steps) -> factor of the learning rate."""

SCHEDULES: Registry[Schedule] = Registry("schedule")


def warmup(step: int, warmup_steps: int) -> float:
    """Rise linearly to 1 during the warm-up."""
    return min(1.0, step / warmup_steps) if warmup_steps else 1.0


@SCHEDULES.register("constant")
def constant(step: int, warmup_steps: int, max_steps: int) -> float:
    """Stay at 1 after the warm-up."""
    return warmup(step, warmup_steps)


@SCHEDULES.register("inverse-sqrt")
def inverse_sqrt(step: int, warmup_steps: int, max_steps: int) -> float:
    """Fall with the square root of the step after the warm-up (Vaswani et al. 2017)."""
    turn = max(warmup_steps, 1)
    return warmup(step, warmup_steps) * math.sqrt(turn / max(step, turn))


@SCHEDULES.register("linear")
def linear(step: int, warmup_steps: int, max_steps: int) -> float:
    """Fall linearly to 0 at the last step."""
    return warmup(step, warmup_steps) * max(0.0, 1 - _progress(step, warmup_steps, max_steps))


@SCHEDULES.register("cosine")
def cosine(step: int, warmup_steps: int, max_steps: int) -> float:
    """Fall along half a cosine to 0 at the last step (Loshchilov and Hutter 2017)."""
    angle = math.pi * _progress(step, warmup_steps, max_steps)
    return warmup(step, warmup_steps) * 0.5 * (1 + math.cos(angle))


@SCHEDULES.register("plateau")
def plateau(step: int, warmup_steps: int, max_steps: int) -> float:
    """Stay at 1 after the warm-up; `learning_rate` lowers it when validation stops improving."""
    return warmup(step, warmup_steps)


def plateau_scale(scores: Sequence[float], patience: int, factor: float) -> float:
    """Return the factor of the learning rate after validations with these scores.

    Args:
        scores: Scores of all validations so far; higher is better.
        patience: Number of validations in a row without a new best after which the factor falls.
        factor: The factor is multiplied by this each time it falls.
    """
    scale = 1.0
    best = -math.inf
    waited = 0
    for score in scores:
        if score > best:
            best = score
            waited = 0
        else:
            waited += 1
        if waited == patience:
            scale *= factor
            waited = 0
    return scale


def _progress(step: int, warmup_steps: int, max_steps: int) -> float:
    """Return the fraction of the steps after the warm-up that have been taken."""
    return min(1.0, max(0, step - warmup_steps) / max(1, max_steps - warmup_steps))


def learning_rate(settings: TrainingConfig, step: int, scores: Sequence[float]) -> float:
    """Return the learning rate at a step, counted from 1, after validations with these scores."""
    schedule = SCHEDULES[settings.schedule]
    rate = settings.learning_rate * schedule(step, settings.warmup_steps, settings.max_steps)
    if settings.schedule == "plateau":
        rate *= plateau_scale(scores, settings.plateau_patience, settings.plateau_factor)
    return rate
