"""Polling of signals between steps, so an interrupted training can save a checkpoint first."""

from __future__ import annotations

import signal
import time
from types import FrameType, TracebackType
from typing import Any, Self

_CAUGHT = ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP")
"""Ctrl-C, `kill`, the warning of a scheduler before it ends a job, and the end of a terminal."""

SAME = 2.0
"""Seconds in which further signals count as the first one: a scheduler and a launcher that it has
started both send one."""


class Interrupt:
    """Context manager that records signals in `signal` instead of ending the program.

    A later signal, after `SAME` seconds, has its usual effect. One that is ignored, such as SIGHUP
    under nohup, stays ignored.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self._noted = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _CAUGHT:
            number = getattr(signal, name, None)  # Windows lacks some
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.signal is None or time.monotonic() >= self._noted + SAME:
            self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        """Record the first signal; let a later one have its usual effect.

        Handlers stay as they are while two signals may arrive in the same instant: Python reports
        one whose handler is gone as an error.
        """
        if self.signal is None:
            self.signal = signal.Signals(number)
            self._noted = time.monotonic()
        elif time.monotonic() >= self._noted + SAME:
            self._restore()
            signal.raise_signal(number)

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
