"""Reversal of the rows of a padded batch.

In plain code: `reversed_rows` in docs/learn/plain.py.
"""

from __future__ import annotations

import torch
from torch import Tensor


def reversal(lengths: Tensor, width: int) -> Tensor:
    """Return the index that reverses each row within its length and leaves its padding in place.

    Args:
        lengths: Number of tokens of each row (N,).
        width: Width S of the batch.

    Returns:
        Positions (N, S), for `gather`.
    """
    positions = torch.arange(width, device=lengths.device).expand(len(lengths), -1)
    reverse = lengths.unsqueeze(1) - 1 - positions
    return torch.where(reverse >= 0, reverse, positions)


def reorder(x: Tensor, index: Tensor) -> Tensor:
    """Return x (N, S, H) with the positions of each row in another order (N, S)."""
    return x.gather(1, index.unsqueeze(-1).expand_as(x))
