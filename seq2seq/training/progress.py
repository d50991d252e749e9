"""Progress display of a training: a live bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from seq2seq.runtime.terminal import note, shown

log = logging.getLogger("seq2seq.training")


class TrainingProgress(Protocol):
    """Interface of the progress displays."""

    def step(self, step: int, status: str | None) -> None:
        """Show a step, counted from 1; `status` has its figures if the step is logged."""

    def line(self, text: str) -> None:
        """Show a permanent line of text."""

    def close(self) -> None:
        """Stop the display."""


def training_progress(total: int, done: int) -> TrainingProgress:
    """Return a progress bar if standard error is a terminal, plain lines otherwise.

    Args:
        total: Number of steps of the training.
        done: Number of steps already taken.
    """
    return _Bar(total, done) if sys.stderr.isatty() else _Lines(total)


class Silent:
    """Display that shows nothing, for all ranks except the main process."""

    def step(self, step: int, status: str | None) -> None:
        pass

    def line(self, text: str) -> None:
        pass

    def close(self) -> None:
        pass


class _Bar:
    """Live progress bar with the figures of the last logged step."""

    def __init__(self, total: int, done: int) -> None:
        self._progress = Progress(
            TextColumn("training"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[status]}"),
            console=Console(stderr=True),
        )
        self._task = self._progress.add_task("training", total=total, completed=done, status="")
        self._progress.start()

    def step(self, step: int, status: str | None) -> None:
        if status is None:
            self._progress.update(self._task, completed=step)
        else:
            self._progress.update(self._task, completed=step, status=status)

    def line(self, text: str) -> None:
        self._progress.console.print(shown(text, sys.stderr), highlight=False, markup=False)

    def close(self) -> None:
        self._progress.stop()


class _Lines:
    """One line of text per logged step."""

    def __init__(self, total: int) -> None:
        self._total = total

    def step(self, step: int, status: str | None) -> None:
        if status is not None:
            self.line(f"step {step:,} of {self._total:,}  {status}")

    def line(self, text: str) -> None:
        note(text)

    def close(self) -> None:
        pass
