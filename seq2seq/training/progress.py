"""Progress display of a training: a live line on a terminal, plain lines elsewhere.

Either has at most 80 columns and shows the step, how much is done, the time left, the loss and the
figure of the last validation, such as BLEU.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Protocol

from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.table import Column

from seq2seq.runtime.notes import note, shows_progress
from seq2seq.runtime.terminal import shown
from seq2seq.training.outcome import DEV_BLEU, Measure

COLUMNS = 80
"""Maximum width of a line."""

UNKNOWN = "-"
"""Stands for a figure that is not known yet."""


class TrainingProgress(Protocol):
    """Interface of the progress displays."""

    def step(self, step: int, figures: Mapping[str, float] | None = None) -> None:
        """Show a step, counted from 1; `figures` has its line of metrics if the step is logged."""

    def validated(self, step: int, metrics: Mapping[str, float], *, best: bool) -> None:
        """Show the result of a validation."""

    def line(self, text: str) -> None:
        """Show a permanent line of text."""

    def close(self) -> None:
        """Stop the display."""


def training_progress(
    total: int,
    done: int,
    seconds: float | None = None,
    *,
    value: float | None = None,
    measure: Measure = DEV_BLEU,
) -> TrainingProgress:
    """Return a live line if standard error is a terminal, plain lines otherwise.

    Args:
        total: Number of steps of the training.
        done: Number of steps already taken.
        seconds: Seconds after which the training ends, whatever its step.
        value: Figure of the last validation of a run that is resumed.
        measure: What that figure is.
    """
    status = Status(total, done, seconds, value=value, measure=measure)
    return _Live(status) if shows_progress() else _Lines(status)


class Silent:
    """Display that shows nothing, for all ranks except the main process."""

    def step(self, step: int, figures: Mapping[str, float] | None = None) -> None:
        pass

    def validated(self, step: int, metrics: Mapping[str, float], *, best: bool) -> None:
        pass

    def line(self, text: str) -> None:
        pass

    def close(self) -> None:
        pass


class Status:
    """State of a training in one line.

    Args:
        total: Number of steps of the training.
        done: Number of steps already taken.
        seconds: Seconds after which the training ends, whatever its step.
        value: Figure of the last validation.
        measure: What that figure is.
    """

    def __init__(
        self,
        total: int,
        done: int,
        seconds: float | None = None,
        *,
        value: float | None = None,
        measure: Measure = DEV_BLEU,
    ) -> None:
        self.step = done
        self.loss: float | None = None
        self.value = value
        self.measure = measure
        self.rate: float | None = None
        self._total = total
        self._first = done
        self._started = time.perf_counter()
        self._end = None if seconds is None else self._started + seconds

    def text(self, columns: int = COLUMNS) -> str:
        """Return the line; what does not fit is left out, beginning with the last figure."""
        loss = UNKNOWN if self.loss is None else f"{self.loss:.3f}"
        value = UNKNOWN if self.value is None else f"{self.value:.1f}"
        parts = [
            f"step {self.step:,}/{self._total:,}",
            f"{100 * self.step // self._total}%",
            f"left {self._left()}",
            f"loss {loss}",
            f"{self.measure.label} {value}",
        ]
        if self.rate is not None:
            parts.append(f"{self.rate:,.0f} tok/s")
        line = parts[0]
        for part in parts[1:]:
            if len(line) + len(part) + 2 > columns:
                break
            line += f"  {part}"
        return line

    def _left(self) -> str:
        """Return the time left, if the rest takes as long per step as what was done so far."""
        taken = self.step - self._first
        if not taken:
            return UNKNOWN
        now = time.perf_counter()
        seconds = (now - self._started) / taken * max(0, self._total - self.step)
        if self._end is not None:
            seconds = min(seconds, max(0.0, self._end - now))
        minutes, rest = divmod(round(seconds), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


class _Shown:
    """Display of a status; subclasses say how."""

    def __init__(self, status: Status) -> None:
        self._status = status

    def step(self, step: int, figures: Mapping[str, float] | None = None) -> None:
        self._status.step = step
        if figures is not None:
            self._status.loss = figures["loss"]
            self._status.rate = figures["tokens_per_second"]
        self._refresh(logged=figures is not None)

    def validated(self, step: int, metrics: Mapping[str, float], *, best: bool) -> None:
        status = self._status
        status.value = metrics.get(status.measure.metric, status.value)
        text = "  ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in metrics.items())
        self.line(f"step {step:,}  {text}{'  (best so far)' if best else ''}")
        self._refresh(logged=False)

    def line(self, text: str) -> None:
        note(text)

    def close(self) -> None:
        pass

    def _refresh(self, *, logged: bool) -> None:
        raise NotImplementedError


class _Live(_Shown):
    """A line that changes in place."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        column = TextColumn(
            "{task.fields[line]}", markup=False, table_column=Column(no_wrap=True, overflow="crop")
        )
        self._progress = Progress(column, console=Console(stderr=True))
        self._task = self._progress.add_task("training", line=self._line())
        self._progress.start()

    def line(self, text: str) -> None:
        self._progress.console.print(shown(text, sys.stderr), highlight=False, markup=False)

    def close(self) -> None:
        self._progress.stop()

    def _refresh(self, *, logged: bool) -> None:
        self._progress.update(self._task, line=self._line())

    def _line(self) -> str:
        return self._status.text(min(COLUMNS, self._progress.console.width))


class _Lines(_Shown):
    """One line of text per logged step."""

    def _refresh(self, *, logged: bool) -> None:
        if logged:
            self.line(self._status.text())
