"""The batch plan: which pairs make which batch, in which order, and how large each batch is.

One plan is made for all ranks from lengths, seed and epoch alone; a rank then takes its rows of
each global batch. The plan knows no text and no tensors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seq2seq.data.ragged import Ints

_STEPS = ((16, 2), (32, 4), (64, 8), (128, 16), (1 << 62, 32))


def round_width(width: int) -> int:
    """The next width of a small set: even to 16, then by 4 to 32, 8 to 64, 16 to 128, 32 beyond.

    Kernels are compiled and kept for each new shape: free widths cost memory and time
    (docs/NOTES.md)."""
    for limit, step in _STEPS:
        if width <= limit:
            return -(-max(width, 2) // step) * step
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class PlannedBatch:
    """A global batch: its rows in the corpus and the widths, special tokens included, that all of
    them fit in."""

    rows: Ints
    source_width: int
    target_width: int

    def of_rank(self, rank: int, world: int) -> Ints:
        """The rows that rank `rank` of `world` takes; together the ranks take each row once."""
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
    """Cut a corpus into batches of at most `batch_tokens` padded positions on the longer side.

    With `batch_sentences`, into batches of so many pairs instead, however long they are.

    Lengths (pairs,) are without special tokens; the widths have room for one on each side. Pairs
    are pooled by the rounded width of their longer side, so that a pool's batches have one number
    of rows; what is left over of a pool joins the next wider one. Every pair (or, where `rows` are
    given, every one of these) is in exactly one batch, alone if it is longer than the budget."""
    order = np.arange(len(source_lengths)) if rows is None else rows
    if shuffle and rows is None:
        order = np.random.default_rng((seed, epoch)).permutation(order)
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
        arrangement = np.random.default_rng((seed, epoch, 1)).permutation(len(batches))
        batches = [batches[index] for index in arrangement]
    return [
        PlannedBatch(
            batch,
            round_width(int(source_lengths[batch].max()) + 1),
            round_width(int(target_lengths[batch].max()) + 1),
        )
        for batch in batches
    ]
