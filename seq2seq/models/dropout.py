"""Dropout, with the random numbers of a CPU drawn four at a time.

torch draws a CPU's random numbers one by one, and a mask costs it as much as a small matrix
product: five to six times what this one costs (docs/NOTES.md)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Dropout(nn.Module):
    """Zero a share `p` of the inputs in training and scale the rest, so that the mean stays
    (Srivastava et al. 2014).

    With `over_time` what is zeroed is the same at all time steps of a sequence (Gal and Ghahramani
    2016). On a CPU the share is the nearest multiple of 2^-16. The mask comes from torch's
    generator."""

    def __init__(self, p: float = 0.5, over_time: bool = False) -> None:
        super().__init__()
        self.p = p
        self.over_time = over_time

    def forward(self, x: Tensor, held: Tensor | None = None) -> Tensor:
        """Drop from x (N, T, H), or from one time step (N, H) of it by the mask `held` (N, H) for
        the sequence."""
        if held is not None:
            return x * (held if x.dim() == 2 else held.unsqueeze(1)).to(x.dtype)
        if not self.training or self.p == 0:
            return x
        if self.over_time:
            assert x.dim() == 3, "a single time step needs the sequence's mask"
            return x * self.draw(x[:, :1])
        return x * mask(x, self.p) if x.device.type == "cpu" else F.dropout(x, self.p)

    def hold(self, like: Tensor, widths: list[int]) -> tuple[Tensor, ...]:
        """Masks (N, H) for sequences of N rows, as `like` (N, …) has, of each width; none where
        none is to be held."""
        if not (self.training and self.p and self.over_time):
            return ()
        return tuple(self.draw(like.new_empty(len(like), width)) for width in widths)

    def draw(self, like: Tensor) -> Tensor:
        """A mask of the shape and type of `like`."""
        return (
            mask(like, self.p)
            if like.device.type == "cpu"
            else F.dropout(torch.ones_like(like), self.p)
        )

    def extra_repr(self) -> str:
        return f"p={self.p}{', over_time=True' if self.over_time else ''}"


def drop_words(vectors: Tensor, p: float) -> Tensor:
    """Zero a share p of the embedded tokens (N, T, E) or (N, E) whole and scale the others
    (Sennrich et al. 2016)."""
    return vectors * Dropout(p).draw(vectors[..., :1])


def mask(like: Tensor, p: float) -> Tensor:
    """A tensor of the shape and type of `like`: 0 with probability p, else 1 / (1 - p)."""
    dropped = min(round(p * 2**16), 2**16 - 1)
    words = torch.empty(-(-like.numel() // 4), dtype=torch.int64).random_(-(2**63), None)
    numbers = words.view(torch.int16)[: like.numel()].view(like.shape)
    kept = torch.ge(
        numbers, dropped - 2**15, out=torch.empty_like(like, memory_format=torch.contiguous_format)
    )
    return kept.mul_(2**16 / (2**16 - dropped))
