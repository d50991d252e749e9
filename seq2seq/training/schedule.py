"""Learning-rate schedules: the share of the configured rate at each step, and the rate that comes
of it.

A schedule is a function of the step alone, so that a resumed run needs no state of it. `plateau` is
constant here: `rate` multiplies in what the validations earned (`plateau_scale`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from seq2seq.config.settings import TrainingConfig
from seq2seq.registry import Registry

Schedule = Callable[[int, int, int], float]
"""(step from 1, warm-up steps, all steps) -> factor of the learning rate."""

SCHEDULES: Registry[Schedule] = Registry("schedule")


def warmup(step: int, warmup_steps: int) -> float:
    """Rise linearly to 1 over the warm-up."""
    return min(1.0, step / warmup_steps) if warmup_steps else 1.0


@SCHEDULES.register("constant")
def constant(step: int, warmup_steps: int, max_steps: int) -> float:
    """1 after the warm-up."""
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
    return (
        warmup(step, warmup_steps)
        * 0.5
        * (1 + math.cos(math.pi * _progress(step, warmup_steps, max_steps)))
    )


@SCHEDULES.register("plateau")
def plateau(step: int, warmup_steps: int, max_steps: int) -> float:
    """1 after the warm-up; `rate` lowers it when validation stops improving."""
    return warmup(step, warmup_steps)


def plateau_scale(scores: Sequence[float], patience: int, factor: float) -> float:
    """The share of the rate left after validations with these scores, higher is better.

    After each `patience` validations in a row without a new best, the rate is multiplied by
    `factor`."""
    scale, best, waited = 1.0, -math.inf, 0
    for score in scores:
        best, waited = (score, 0) if score > best else (best, waited + 1)
        if waited == patience:
            scale, waited = scale * factor, 0
    return scale


def _progress(step: int, warmup_steps: int, max_steps: int) -> float:
    return min(1.0, max(0, step - warmup_steps) / max(1, max_steps - warmup_steps))


def learning_rate(settings: TrainingConfig, step: int, scores: Sequence[float]) -> float:
    """The learning rate at a step, counted from 1, after validations with these scores."""
    found = settings.learning_rate * SCHEDULES[settings.schedule](
        step, settings.warmup_steps, settings.max_steps
    )
    if settings.schedule == "plateau":
        found *= plateau_scale(scores, settings.plateau_patience, settings.plateau_factor)
    return found
