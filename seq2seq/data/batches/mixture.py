"""Mixture of corpora of different sizes: sampling frequency of each, and its pairs in an epoch.

A corpus is sampled in proportion to its size to the power of 1 / temperature (Arivazhagan et al.
2019): in proportion to its size at temperature 1, and as often as any other at a high one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seq2seq.data.ragged import Ints
from seq2seq.runtime.seeds import pass_order, row_order


def pairs_of_epoch(sizes: Sequence[int], temperature: float) -> list[int]:
    """Return the number of pairs per corpus in an epoch of the total size of all corpora."""
    total = sum(sizes)
    weights = np.array(sizes, np.float64) ** (1 / temperature)
    reached = np.cumsum(weights / weights.sum() * total).round().astype(np.int64)
    reached[-1] = total
    return [int(count) for count in np.diff(reached, prepend=0)]


def rows_of_epoch(sizes: Sequence[int], temperature: float, seed: int, epoch: int) -> Ints:
    """Return the shuffled rows of an epoch, as indices into the concatenated corpora.

    At temperature 1, or with a single corpus, each row occurs once. Otherwise each corpus is read
    in shuffled passes that continue from epoch to epoch, so that its pairs are seen equally often.
    """
    shuffled = row_order(seed, epoch=epoch).permutation(sum(sizes))
    counts = pairs_of_epoch(sizes, temperature)
    if counts == list(sizes):
        return shuffled
    parts = []
    for index, (size, count) in enumerate(zip(sizes, counts, strict=True)):
        first = epoch * count
        passes = range(first // size, -(-(first + count) // size))
        order = [
            pass_order(seed, corpus=index, number=number).permutation(size) for number in passes
        ]
        place = first - first // size * size
        parts.append(
            np.concatenate([*order, np.zeros(0, np.int64)])[place : place + count]
            + sum(sizes[:index])
        )
    return np.concatenate(parts)[shuffled]
