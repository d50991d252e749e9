"""Number of threads that a process may use."""

from __future__ import annotations

import os


def processor_threads() -> int:
    """Return what OMP_NUM_THREADS says, or else the number of processors of this process."""
    asked = os.environ.get("OMP_NUM_THREADS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    return len(os.sched_getaffinity(0))
