"""Move labels in one column apart, so that none overlaps another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass
class _Block:
    """Labels that touch, by where the first of them begins."""

    labels: list[int]
    height: float
    total: float
    """Sum of the beginnings that the labels ask for, each less its offset in the block."""

    def begin(self, low: float, high: float) -> float:
        """Return the place nearest to what all labels ask for, within the limits."""
        wanted = self.total / len(self.labels)
        return max(low, min(wanted, high - self.height))


def spread(
    wanted: Sequence[float], heights: Sequence[float], *, low: float, high: float
) -> list[float]:
    """Return the middles of labels that do not overlap, as near as possible to the wanted ones.

    The sum of squared distances is the least possible (pool adjacent violators). Labels keep their
    order.

    Args:
        wanted: Wanted middle of each label.
        heights: Height of each label, with the gap that it needs.
        low: Lower limit of all labels.
        high: Upper limit. If there is not enough room, labels exceed it rather than overlap.

    Returns:
        The middle of each label.
    """
    blocks: list[_Block] = []
    for label in sorted(range(len(wanted)), key=lambda label: (wanted[label], label)):
        block = _Block([label], heights[label], wanted[label] - heights[label] / 2)
        while blocks and _end(blocks[-1], low, high) > block.begin(low, high):
            block = _joined(blocks.pop(), block)
        blocks.append(block)
    middles = [0.0] * len(wanted)
    end = low
    for block in blocks:
        end = max(end, block.begin(low, high))
        for label in block.labels:
            middles[label] = end + heights[label] / 2
            end += heights[label]
    return middles


def _end(block: _Block, low: float, high: float) -> float:
    return block.begin(low, high) + block.height


def _joined(above: _Block, below: _Block) -> _Block:
    """Return two blocks as one, the second directly after the first."""
    return _Block(
        [*above.labels, *below.labels],
        above.height + below.height,
        above.total + below.total - above.height * len(below.labels),
    )
