"""Batch plan: the pairs, order and padded widths of the batches of an epoch.

All ranks make the same plan, which depends only on lengths, seed and epoch. Each rank then takes
its own rows of every global batch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seq2seq.data.ragged import Ints
from seq2seq.runtime.seeds import batch_order, row_order

_STEPS = ((16, 2), (32, 4), (64, 8), (128, 16), (1 << 62, 32))
"""Pairs (limit, step): widths up to the limit are padded to a multiple of the step."""


def round_width(width: int) -> int:
    """Round a width up to one of a few values.

    They are the even numbers up to 16, then multiples of 4 up to 32, of 8 up to 64, of 16 up to
    128, and of 32 beyond. Kernels are compiled and cached for each new shape, so arbitrary widths
    cost memory and time (docs/NOTES.md).
    """
    for limit, step in _STEPS:
        if width <= limit:
            return -(-max(width, 2) // step) * step
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class PlannedBatch:
    """Global batch, over all ranks.

    Attributes:
        rows: (N,) rows of the corpus.
        source_width: Padded width of the sources, special tokens included.
        target_width: Padded width of the targets, special tokens included.
    """

    rows: Ints
    source_width: int
    target_width: int

    def of_rank(self, rank: int, world: int) -> Ints:
        """Return the rows of one of `world` ranks. Together the ranks take each row once."""
        return self.rows[rank::world]


def plan_batches(
    source_lengths: Ints,
    target_lengths: Ints,
    batch_tokens: int,
    seed: int,
    epoch: int,
    *,
    batch_sentences: int | None = None,
    shuffle: bool = True,
    rows: Ints | None = None,
) -> list[PlannedBatch]:
    """Divide a corpus into batches of at most `batch_tokens` padded positions on the longer side.

    Pairs are pooled by the rounded width of their longer side, so that all batches of a pool have
    the same number of rows. The remainder of a pool joins the next wider one. A pair longer than
    `batch_tokens` is a batch by itself.

    Args:
        source_lengths: (N,) lengths of the sources without special tokens; widths have room for
            one.
        target_lengths: (N,) lengths of the targets, likewise.
        batch_tokens: Maximum number of padded positions of a batch on its longer side.
        seed: Random seed for shuffling.
        epoch: Index of the epoch, from 0.
        batch_sentences: Number of pairs per batch, whatever their lengths. It replaces
            `batch_tokens`.
        shuffle: Shuffle pairs and batches.
        rows: Rows to take, in this order. By default, all rows.

    Returns:
        Batches that together contain each row once.
    """
    order = np.arange(len(source_lengths)) if rows is None else rows
    if shuffle and rows is None:
        order = row_order(seed, epoch=epoch).permutation(order)
    longest = np.maximum(source_lengths, target_lengths) + 1
    widths = np.array([round_width(width) for width in range(int(longest.max(initial=0)) + 1)])[
        longest[order]
    ]
    batches: list[Ints] = []
    left: Ints = order[:0]
    for width in np.unique(widths).tolist():
        pool = np.concatenate([left, order[widths == width]])
        size = batch_sentences or max(1, batch_tokens // width)
        full = len(pool) // size * size
        batches.extend(pool[:full].reshape(-1, size))
        left = pool[full:]
    if len(left):
        batches.append(left)
    if shuffle:
        arrangement = batch_order(seed, epoch=epoch).permutation(len(batches))
        batches = [batches[index] for index in arrangement]
    return [
        PlannedBatch(
            batch,
            round_width(int(source_lengths[batch].max()) + 1),
            round_width(int(target_lengths[batch].max()) + 1),
        )
        for batch in batches
    ]
