"""A progress bar around an iteration, on a terminal alone. It knows nothing of what is iterated."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

Item = TypeVar("Item")


def shown(items: Iterable[Item], what: str, total: int | None = None) -> Iterator[Item]:
    """Yield the items; if standard error is a terminal, show there how many have been, of how many, and since when."""
    if not sys.stderr.isatty():
        yield from items
        return
    columns = (TextColumn(what), BarColumn(bar_width=30), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True)) as progress:
        yield from progress.track(items, total=total)
