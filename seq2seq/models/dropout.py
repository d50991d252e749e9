"""Dropout that draws random numbers four at a time on a CPU.

torch draws them one by one on a CPU, where a mask takes as long as a small matrix product, and five
to six times as long as with this module (docs/NOTES.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Dropout(nn.Module):
    """Dropout, which zeroes random inputs in training and scales the others.

    See Srivastava et al. (2014). Masks are drawn from torch's generator. On a CPU, p is rounded to
    the nearest multiple of 2^-16.

    Args:
        p: Probability of zeroing an input.
        over_time: Zero the same inputs at all time steps of a sequence (Gal and Ghahramani 2016).
    """

    def __init__(self, p: float = 0.5, over_time: bool = False) -> None:
        super().__init__()
        self.p = p
        self.over_time = over_time

    def forward(self, x: Tensor, sequence_mask: Tensor | None = None) -> Tensor:
        """Apply dropout.

        Args:
            x: A sequence (N, T, H) or one time step (N, H).
            sequence_mask: Mask of the whole sequence (N, H), from `sequence_masks`; None to draw
                one.

        Returns:
            A tensor like `x`.
        """
        if sequence_mask is not None:
            mask = sequence_mask if x.dim() == 2 else sequence_mask.unsqueeze(1)
            return x * mask.to(x.dtype)
        if not self.training or self.p == 0:
            return x
        if self.over_time:
            assert x.dim() == 3, "a single time step needs the sequence's mask"
            return x * self.draw(x[:, :1])
        return x * random_mask(x, self.p) if x.device.type == "cpu" else F.dropout(x, self.p)

    def sequence_masks(self, like: Tensor, widths: Sequence[int]) -> tuple[Tensor, ...]:
        """Draw masks for whole sequences, to be applied at each of their steps.

        Args:
            like: Tensor (N, …) with the number of rows, the dtype and the device of the masks.
            widths: Width H of each mask.

        Returns:
            A mask (N, H) per width; empty in eval mode or without `over_time`.
        """
        if not (self.training and self.p and self.over_time):
            return ()
        return tuple(self.draw(like.new_empty(len(like), width)) for width in widths)

    def draw(self, like: Tensor) -> Tensor:
        """Draw a mask with the shape and dtype of `like`."""
        if like.device.type == "cpu":
            return random_mask(like, self.p)
        return F.dropout(torch.ones_like(like), self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}{', over_time=True' if self.over_time else ''}"


def drop_words(vectors: Tensor, p: float) -> Tensor:
    """Zero random tokens and scale the others (Sennrich et al. 2016).

    Args:
        vectors: Embedded tokens (N, T, E) or (N, E).
        p: Probability of zeroing a token.

    Returns:
        A tensor like `vectors`.
    """
    return vectors * Dropout(p).draw(vectors[..., :1])


def random_mask(like: Tensor, p: float) -> Tensor:
    """Draw a mask like `like` on the CPU: 0 with probability p, else 1 / (1 - p)."""
    dropped = min(round(p * 2**16), 2**16 - 1)
    words = torch.empty(-(-like.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    numbers = words.view(torch.int16)[: like.numel()].view(like.shape)
    mask = torch.empty_like(like, memory_format=torch.contiguous_format)
    torch.ge(numbers, dropped - 2**15, out=mask)
    return mask.mul_(2**16 / (2**16 - dropped))
