"""Groups of pairs that share a sentence or a near-duplicate of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq.data.inspection.near_duplicates import folded, near_duplicates
from seq2seq.data.ragged import Ints


def group_pairs(sources: Sequence[str], targets: Sequence[str]) -> Ints:
    """Put pairs that share a sentence on a side, folded or nearly, into one group.

    Args:
        sources: N sources.
        targets: N targets.

    Returns:
        (N,) the group of each pair, as the row of one of its pairs.
    """
    parents = list(range(len(sources)))
    for texts in (sources, targets):
        first: dict[str, int] = {}
        for row, text in enumerate(texts):
            _join(parents, row, first.setdefault(folded(text), row))
        distinct = list(first)
        rows = list(first.values())
        for one, other in near_duplicates(distinct):
            _join(parents, rows[one], rows[other])
    return np.array([_root(parents, row) for row in range(len(parents))], np.int64)


def _root(parents: list[int], row: int) -> int:
    while parents[row] != row:
        parents[row] = parents[parents[row]]
        row = parents[row]
    return row


def _join(parents: list[int], row: int, other: int) -> None:
    one = _root(parents, row)
    two = _root(parents, other)
    parents[max(one, two)] = min(one, two)
