"""Teacher-forcing schedules: the share of input tokens that are the known ones, at each step of
training.

The others are the model's own: scheduled sampling (Bengio et al. 2015), whose three ways to fall
these are. Each falls from 1 to `least` over `steps` steps and stays there."""

from __future__ import annotations

import math
from collections.abc import Callable

from seq2seq.config.settings import TrainingConfig
from seq2seq.registry import Registry

TeacherForcing = Callable[[float, float], float]
"""(progress from 0 to 1, least share) -> share."""

TEACHER_FORCING: Registry[TeacherForcing] = Registry("teacher-forcing schedule")

STEEPNESS = 10.0
"""Of the inverse sigmoid, from end to end: it begins and ends within a hundredth of where it
should."""


@TEACHER_FORCING.register("constant")
def constant(progress: float, least: float) -> float:
    """The least share all the time."""
    return least


@TEACHER_FORCING.register("linear")
def linear(progress: float, least: float) -> float:
    """Fall by the same amount each step."""
    return 1 - (1 - least) * progress


@TEACHER_FORCING.register("exponential")
def exponential(progress: float, least: float) -> float:
    """Fall by the same factor each step; a least share below a hundredth counts as one."""
    return float(max(least, 0.01) ** progress) if least < 1 else 1.0


@TEACHER_FORCING.register("inverse-sigmoid")
def inverse_sigmoid(progress: float, least: float) -> float:
    """Fall slowly, fast in the middle, and slowly again."""
    return least + (1 - least) / (1 + math.exp(STEEPNESS * (progress - 0.5)))


def teacher_forcing_ratio(settings: TrainingConfig, step: int) -> float:
    """The share of known input tokens at a step, counted from 1."""
    progress = min(1.0, (step - 1) / (settings.teacher_forcing_steps or settings.max_steps))
    return TEACHER_FORCING[settings.teacher_forcing](progress, settings.teacher_forcing_min)
