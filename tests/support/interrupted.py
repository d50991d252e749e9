"""Trainings that break off at some steps, as if the process were killed, and are resumed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from seq2seq.data.batches.stream import StreamBatch
from seq2seq.training.trainer import Trainer

STOPS = (3, 10)
"""Steps before the first checkpoint and after some; the metrics file is longer than they record."""


class StopError(Exception):
    """Simulated crash."""


def interrupt(monkeypatch: pytest.MonkeyPatch, train: Callable[[], Any]) -> None:
    """Train until each of `STOPS` in turn; `train` resumes what has been begun."""
    step = Trainer.take_step
    for stop in STOPS:

        def stopping(self: Trainer, batches: Sequence[StreamBatch], stop: int = stop) -> None:
            if self.state.step == stop:
                raise StopError
            step(self, batches)

        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "take_step", stopping)
            with pytest.raises(StopError):
                train()
