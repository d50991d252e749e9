"""Dropout, with the random numbers of a CPU drawn four at a time.

torch draws a CPU's random numbers one by one, and a mask costs it as much as a small matrix product: five to six times
what this one costs (docs/NOTES.md).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Dropout(nn.Module):
    """Zero a share `p` of the inputs in training and scale the rest, so that the mean stays (Srivastava et al. 2014).

    On a CPU the share is the nearest multiple of 2^-16. The mask comes from torch's generator.
    """

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        return x * mask(x, self.p) if x.device.type == "cpu" else F.dropout(x, self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"


def mask(like: Tensor, p: float) -> Tensor:
    """A tensor of the shape and type of `like`: 0 with probability p, else 1 / (1 - p)."""
    dropped = min(round(p * 2**16), 2**16 - 1)
    words = torch.empty(-(-like.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    numbers = words.view(torch.int16)[: like.numel()].view(like.shape)
    kept = torch.ge(numbers, dropped - 2**15, out=torch.empty_like(like, memory_format=torch.contiguous_format))
    return kept.mul_(2**16 / (2**16 - dropped))
