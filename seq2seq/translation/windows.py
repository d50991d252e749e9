"""Windows: groups of items that are processed together, from a file or an input that may pause.

The first windows are small, so the first results come soon.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

MAX_WINDOW = 2048
"""Maximum number of items per window."""

PAUSE = 0.1
"""Time that an item waits for a window to fill, in seconds."""


def sizes() -> Iterator[int]:
    """Yield the maximum number of items of each window."""
    return itertools.chain((32, 256), itertools.repeat(MAX_WINDOW))


def full_windows(items: Iterable[Item]) -> Iterator[list[Item]]:
    """Yield full windows, each read when it is requested; the last one holds the rest."""
    rest = iter(items)
    for size in sizes():
        window = list(itertools.islice(rest, size))
        if not window:
            return
        yield window


def windows_at_hand(items: Iterable[Item], pause: float = PAUSE) -> Iterator[list[Item]]:
    """Yield windows of an input that may pause.

    A thread reads one window ahead while the last one is processed. It is a daemon, so the program
    can end while the thread waits for input. An exception of the input is raised here, after all
    items before it.

    Args:
        items: The input.
        pause: Time to wait for a window to fill before a smaller one is yielded, in seconds.

    Yields:
        Windows of at least one item.
    """
    reader = _Reader(items)
    threading.Thread(target=reader.read, daemon=True).start()
    for size in sizes():
        window = reader.take(size, pause)
        if not window:
            return
        yield window


class _Reader(Generic[Item]):
    """Reader that runs in a thread and buffers items until they are taken."""

    def __init__(self, items: Iterable[Item]) -> None:
        self._items = items
        self._ready: list[Item] = []
        self._ended = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def read(self) -> None:
        """Read all items, at most one window ahead."""
        try:
            for item in self._items:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._ready) < MAX_WINDOW)
                    self._ready.append(item)
                    self._changed.notify()
        except BaseException as error:
            self._error = error
        with self._changed:
            self._ended = True
            self._changed.notify()

    def take(self, size: int, pause: float) -> list[Item]:
        """Return the next items: at least one, unless the input has ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._ready or self._ended)
            self._changed.wait_for(lambda: len(self._ready) >= size or self._ended, pause)
            window = self._ready[:size]
            del self._ready[:size]
            self._changed.notify()
        if not window and self._error is not None:
            raise self._error
        return window
