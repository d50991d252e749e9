"""Teacher-forcing schedules: the fraction of decoder inputs that are reference tokens, by step.

The other inputs are the model's own predictions. This is scheduled sampling (Bengio et al. 2015),
with the three schedules of that paper. Each falls from 1 to a minimum over a number of steps and
stays there.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from seq2seq.config.settings import TrainingConfig
from seq2seq.registry import Registry

TeacherForcing = Callable[[float, float], float]
"""Teacher-forcing schedule: a function that is called with positional arguments.

Args:
    progress: Fraction of `training.teacher_forcing_steps` that is done, from 0 to 1.
    minimum: Fraction at the end of the schedule, `training.teacher_forcing_min`.

Returns:
    Fraction of decoder inputs that are reference tokens, from 0 to 1.
"""

TEACHER_FORCING: Registry[TeacherForcing] = Registry("teacher-forcing schedule")
"""Teacher-forcing schedules by name; `training.teacher_forcing` chooses one."""

STEEPNESS = 10.0
"""Slope of the inverse sigmoid; with it, the ends are within 0.01 of 1 and the minimum."""


@TEACHER_FORCING.register("constant")
def constant(progress: float, minimum: float) -> float:
    """Return the minimum at every step."""
    return minimum


@TEACHER_FORCING.register("linear")
def linear(progress: float, minimum: float) -> float:
    """Decay by the same amount at each step."""
    return 1 - (1 - minimum) * progress


@TEACHER_FORCING.register("exponential")
def exponential(progress: float, minimum: float) -> float:
    """Decay by the same factor at each step; a minimum below 0.01 counts as 0.01."""
    return float(max(minimum, 0.01) ** progress) if minimum < 1 else 1.0


@TEACHER_FORCING.register("inverse-sigmoid")
def inverse_sigmoid(progress: float, minimum: float) -> float:
    """Decay slowly at first, fast in the middle and slowly at the end."""
    return minimum + (1 - minimum) / (1 + math.exp(STEEPNESS * (progress - 0.5)))


def teacher_forcing_ratio(settings: TrainingConfig, step: int) -> float:
    """Return the fraction of decoder inputs that are reference tokens at a step.

    Args:
        settings: The `training` section of the configuration.
        step: Step, counted from 1.

    Raises:
        ConfigError: If there is no schedule named `settings.teacher_forcing`.
    """
    steps = settings.teacher_forcing_steps or settings.max_steps
    progress = min(1.0, (step - 1) / steps)
    return TEACHER_FORCING[settings.teacher_forcing](progress, settings.teacher_forcing_min)
