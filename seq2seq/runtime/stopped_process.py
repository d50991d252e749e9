"""Processes that are stopped (SIGSTOP): they do not end, and others wait for them without end.

Only Linux tells of them; elsewhere nothing is noticed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

PERIOD = 0.5
"""Seconds between two checks."""

CHECKS = 10
"""Number of checks in a row that must find a process stopped. Ctrl-Z and a scheduler stop all
processes of a command, and they go on one after the other."""


def is_stopped(pid: int) -> bool:
    """Return whether a process is stopped; False for none, and where that is not known."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except (OSError, IndexError):
        return False


@contextlib.contextmanager
def watch_stopped(
    processes: Callable[[], Collection[int]], act: Callable[[int], None]
) -> Iterator[None]:
    """Call a function once for each process that stays stopped for a few seconds.

    Checks are counted, and not seconds, since time goes on while this process is stopped as well.

    Args:
        processes: Function that returns the ids of the processes to watch.
        act: Function to call with the id of a stopped process, in another thread.
    """
    left = threading.Event()

    def watch() -> None:
        found: dict[int, int] = {}
        while not left.wait(PERIOD):
            found = {pid: found.get(pid, 0) + 1 for pid in processes() if is_stopped(pid)}
            for pid in [pid for pid, checks in found.items() if checks == CHECKS]:
                act(pid)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        left.set()
