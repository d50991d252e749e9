"""Progress bar around an iteration, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from seq2seq.runtime.notes import shows_progress
from seq2seq.runtime.terminal import shown

Item = TypeVar("Item")


def track(items: Iterable[Item], what: str, *, total: int | None = None) -> Iterator[Item]:
    """Yield the items, with a progress bar if standard error is a terminal.

    Args:
        items: Items to iterate over.
        what: Label of the bar.
        total: Number of items, if it is known.

    Yields:
        The items.
    """
    if not shows_progress():
        yield from items
        return
    # Imported here, since a translation seldom needs it and would wait for it.
    from rich import progress as bars
    from rich.console import Console

    columns = (
        bars.TextColumn(shown(what, sys.stderr)),
        bars.BarColumn(bar_width=30),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
    )
    with bars.Progress(
        *columns, bars.TimeRemainingColumn(), console=Console(stderr=True)
    ) as progress:
        yield from progress.track(items, total=total)
