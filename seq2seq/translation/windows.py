"""Windows: a stream of lines in groups to work on at once, whether of a file or of an input that
pauses.

The first windows are small, so that the first results come soon. This file does not know what a
line is."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

WINDOW = 2048
"""Items that a window holds at most."""

PAUSE = 0.1
"""Seconds that an item waits for others to go with it."""


def sizes() -> Iterator[int]:
    """How many items each window may hold."""
    return itertools.chain((32, 256), itertools.repeat(WINDOW))


def full_windows(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Full windows, each read when it is asked for; the last one holds what is left."""
    rest = iter(items)
    for size in sizes():
        window = list(itertools.islice(rest, size))
        if not window:
            return
        yield window


def windows_at_hand(items: Iterable[Item], pause: float = PAUSE) -> Iterator[list[Item]]:
    """Windows of an input that may pause: full ones, or less when no more has come `pause` seconds
    after being asked.

    A thread reads one window ahead while the last is worked on. It is a daemon, so that the program
    can end while it waits for input. What the input raises is raised here, after all items before
    it."""
    reader = _Reader(items)
    threading.Thread(target=reader.read, daemon=True).start()
    for size in sizes():
        window = reader.take(size, pause)
        if not window:
            return
        yield window


class _Reader(Generic[Item]):
    """Reads items as they come, and keeps those not yet taken."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._ready: list[Item] = []
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def read(self) -> None:
        """Read until the end, never more than a window ahead."""
        try:
            for item in self._items:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._ready) < WINDOW)
                    self._ready.append(item)
                    self._changed.notify()
        except BaseException as error:
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self, size: int, pause: float) -> list[Item]:
        """The next items, one at least, unless the input has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended)
            self._changed.wait_for(lambda: len(self._ready) >= size or self._ended, pause)
            window = self._ready[:size]
            del self._ready[:size]
            self._changed.notify()
        if not window and self._error is not None:
            raise self._error
        return window
