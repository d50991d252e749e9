"""Estimate of what a training takes: steps, time, memory and disk space, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass

from seq2seq.config.settings import TrainingConfig


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Estimate of the time, memory and disk of a training, from its first steps.

    Attributes:
        text: Amount of text.
        model: Size of the model, precision, device and processes.
        settings: The `training` section of the configuration.
        steps: Steps that are left to take.
        steps_per_block: Steps until the next block of text is prepared.
        passes: Number of passes over the training text; None if the text is streamed.
        timed: Number of steps that were timed.
        start_seconds: Time to read the text and to build the model.
        block_seconds: Time to prepare a block of text.
        step_seconds: Time of a step of average size.
        validation_seconds: Time of a validation.
        end_seconds: Time of what follows the last step.
        memory: Bytes of memory at most.
        available: Bytes of memory that there are.
        disk: Maximum size of the run directory in bytes.
        remark: What may have disturbed the measurement; "" if nothing has.
    """

    text: str
    model: str
    settings: TrainingConfig
    steps: int
    steps_per_block: float
    passes: float | None
    timed: int
    start_seconds: float
    block_seconds: float
    step_seconds: float
    validation_seconds: float
    end_seconds: float
    memory: int
    available: int
    disk: int
    remark: str = ""

    @property
    def validations(self) -> int:
        """Number of validations."""
        settings = self.settings
        return math.ceil(self.steps / settings.validate_every) + settings.validate_first

    @property
    def seconds(self) -> float:
        """Time of the whole training."""
        blocks = self.steps / max(1.0, self.steps_per_block)
        steps = self.steps * self.step_seconds + blocks * self.block_seconds
        training = steps + self.validations * self.validation_seconds
        if self.settings.max_minutes is not None:
            training = min(training, 60 * self.settings.max_minutes)
        return self.start_seconds + training + self.end_seconds

    def summary(self) -> str:
        """Return the estimate as a table of two columns."""
        passes = "" if self.passes is None else f", about {self.passes:.1f} passes over the text"
        validations = self.validations * self.validation_seconds
        rows = {
            "text": self.text,
            "model": self.model,
            "steps": f"{self.steps:,}{passes}",
            "speed": f"{self.step_seconds:.2g} s per step ({self.timed} steps timed), "
            f"{self.validation_seconds:.2g} s per validation",
            "time": f"{self._bound}{duration(self.seconds)}, of which {duration(validations)} for "
            f"{self.validations:,} validation{'s'[: self.validations != 1]}",
            "memory": f"{size(self.memory)} of {size(self.available)}",
            "disk": f"up to {size(self.disk)}",
        }
        if self.remark:
            rows["note"] = self.remark
        return "\n".join(f"{name:8}{value}" for name, value in rows.items())

    @property
    def _bound(self) -> str:
        return "about " if self.settings.patience is None else "at most about "


def duration(seconds: float) -> str:
    """Return a time in words, such as "1 h 12 min"."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60:,} h {minutes % 60} min"


def size(number: float) -> str:
    """Return a number of bytes in words, such as "812 MiB"."""
    return f"{number / 2**20:,.0f} MiB" if number < 2**30 else f"{number / 2**30:,.1f} GiB"
