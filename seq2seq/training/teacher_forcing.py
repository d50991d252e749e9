"""Teacher-forcing schedules: the fraction of decoder inputs that are reference tokens, by step.

The other inputs are the model's own predictions: scheduled sampling (Bengio et al. 2015), with the
three schedules of that paper. Each falls from 1 to a minimum over a number of steps, and stays
there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from seq2seq.config.settings import TrainingConfig
from seq2seq.registry import Registry

TeacherForcing = Callable[[float, float], float]
"""(progress from 0 to 1, minimum) -> fraction of reference tokens."""

TEACHER_FORCING: Registry[TeacherForcing] = Registry("teacher-forcing schedule")

STEEPNESS = 10.0
"""Slope of the inverse sigmoid. It starts and ends within 0.01 of the values it should have."""


@TEACHER_FORCING.register("constant")
def constant(progress: float, minimum: float) -> float:
    """Return the minimum at every step."""
    return minimum


@TEACHER_FORCING.register("linear")
def linear(progress: float, minimum: float) -> float:
    """Fall by the same amount at each step."""
    return 1 - (1 - minimum) * progress


@TEACHER_FORCING.register("exponential")
def exponential(progress: float, minimum: float) -> float:
    """Fall by the same factor at each step; a minimum below 0.01 counts as 0.01."""
    return float(max(minimum, 0.01) ** progress) if minimum < 1 else 1.0


@TEACHER_FORCING.register("inverse-sigmoid")
def inverse_sigmoid(progress: float, minimum: float) -> float:
    """Fall slowly at first, fast in the middle, and slowly at the end."""
    return minimum + (1 - minimum) / (1 + math.exp(STEEPNESS * (progress - 0.5)))


def teacher_forcing_ratio(settings: TrainingConfig, step: int) -> float:
    """Return the fraction of reference tokens among the inputs at a step, counted from 1."""
    steps = settings.teacher_forcing_steps or settings.max_steps
    progress = min(1.0, (step - 1) / steps)
    return TEACHER_FORCING[settings.teacher_forcing](progress, settings.teacher_forcing_min)
