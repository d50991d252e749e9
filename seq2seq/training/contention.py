"""Recognition of other processes that take the processor from a training.

The thread that trains on a processor never waits for anything else, so its processor time falls
short of the time on the clock only if something else has the core.
"""

from __future__ import annotations

import time

import torch

MIN_SECONDS = 10.0
"""Time that a measurement takes at least; a shorter one says little."""

MIN_SHARE = 0.75
"""Fraction of a core below which a note is printed."""


class Contention:
    """Measurement of the processor time that the calling thread gets.

    Args:
        seconds: Time that a measurement takes at least.
    """

    def __init__(self, seconds: float = MIN_SECONDS) -> None:
        self._seconds = seconds
        self._busy = False
        self.restart()

    def restart(self) -> None:
        """Forget the time since the last measurement, which was spent on something else."""
        self._clock = time.perf_counter()
        self._processor = time.thread_time()

    def remark(self) -> str:
        """Return a remark when other processes begin to take the core; otherwise ""."""
        passed = time.perf_counter() - self._clock
        if passed < self._seconds:
            return ""
        share = (time.thread_time() - self._processor) / passed
        self.restart()
        was_busy = self._busy
        self._busy = share < MIN_SHARE
        return remark_on(share) if self._busy and not was_busy else ""


def remark_on(share: float) -> str:
    """Return the remark on a share of a core, in at most 80 columns."""
    advice = "; try --threads 1" if torch.get_num_threads() > 1 else ""
    return f"other processes are busy: training gets {share:.0%} of a core{advice}"
