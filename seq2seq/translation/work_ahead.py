"""Work on the next item in a thread, while the caller is busy with the last one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def work_ahead(
    work: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[Item, Result]]:
    """Do some work on items in order, always one item ahead of the caller.

    This pays if the work runs without Python's lock.

    Args:
        work: Function of an item; it is called in another thread, one call at a time.
        items: The items.

    Yields:
        Each item with its result. An exception is raised in place of the item that caused it.
    """
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(work, items[0]) if items else None
        for place, item in enumerate(items, 1):
            assert following is not None
            result = following.result()
            if place < len(items):
                following = pool.submit(work, items[place])
            yield item, result
