"""Learning-rate schedules: factors of the configured learning rate, by step.

A schedule depends only on the step, so a resumed run needs no state for it. `plateau` is constant
here: `learning_rate` multiplies it by `plateau_scale`, which depends on the validations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from seq2seq.config.settings import TrainingConfig
from seq2seq.registry import Registry

Schedule = Callable[[int, int, int], float]
"""Learning-rate schedule: a function that is called with positional arguments.

Args:
    step: Step, counted from 1.
    warmup_steps: Number of warm-up steps, `training.warmup_steps`.
    max_steps: Number of steps of the training, `training.max_steps`.

Returns:
    Factor of `training.learning_rate` at this step, from 0 to 1.
"""

SCHEDULES: Registry[Schedule] = Registry("schedule")
"""Schedules by name; `training.schedule` chooses one."""


def warmup(step: int, warmup_steps: int) -> float:
    """Return a factor that rises linearly to 1 during the warm-up."""
    return min(1.0, step / warmup_steps) if warmup_steps else 1.0


@SCHEDULES.register("constant")
def constant(step: int, warmup_steps: int, max_steps: int) -> float:
    """Return 1 after the warm-up."""
    return warmup(step, warmup_steps)


@SCHEDULES.register("inverse-sqrt")
def inverse_sqrt(step: int, warmup_steps: int, max_steps: int) -> float:
    """Decay with the inverse square root of the step after the warm-up (Vaswani et al. 2017)."""
    turn = max(warmup_steps, 1)
    return warmup(step, warmup_steps) * math.sqrt(turn / max(step, turn))


@SCHEDULES.register("linear")
def linear(step: int, warmup_steps: int, max_steps: int) -> float:
    """Decay linearly to 0 at the last step."""
    return warmup(step, warmup_steps) * max(0.0, 1 - _progress(step, warmup_steps, max_steps))


@SCHEDULES.register("cosine")
def cosine(step: int, warmup_steps: int, max_steps: int) -> float:
    """Decay along half a cosine to 0 at the last step (Loshchilov and Hutter 2017)."""
    angle = math.pi * _progress(step, warmup_steps, max_steps)
    return warmup(step, warmup_steps) * 0.5 * (1 + math.cos(angle))


@SCHEDULES.register("plateau")
def plateau(step: int, warmup_steps: int, max_steps: int) -> float:
    """Return 1 after the warm-up; `learning_rate` lowers it when validation stops improving."""
    return warmup(step, warmup_steps)


def plateau_scale(scores: Sequence[float], patience: int, factor: float) -> float:
    """Return the factor of the learning rate after validations with these scores.

    Args:
        scores: Scores of all validations so far; higher is better.
        patience: Number of consecutive validations without a new best before the rate is lowered.
        factor: Multiplier applied each time the rate is lowered.

    Returns:
        Product of the multipliers applied so far; 1 if there were none.
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
    """Return the fraction of the steps after the warm-up that are done."""
    return min(1.0, max(0, step - warmup_steps) / max(1, max_steps - warmup_steps))


def learning_rate(settings: TrainingConfig, step: int, scores: Sequence[float]) -> float:
    """Return the learning rate at a step.

    Args:
        settings: The `training` section of the configuration.
        step: Step, counted from 1.
        scores: Scores of all validations so far, for `plateau`.

    Raises:
        ConfigError: If there is no schedule named `settings.schedule`.
    """
    schedule = SCHEDULES[settings.schedule]
    rate = settings.learning_rate * schedule(step, settings.warmup_steps, settings.max_steps)
    if settings.schedule == "plateau":
        rate *= plateau_scale(scores, settings.plateau_patience, settings.plateau_factor)
    return rate
