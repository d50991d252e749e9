"""Matrix products in float32 by oneDNN where it is as exact as the default library.

PyTorch multiplies float32 matrices with MKL, which leaves half of the registers of an AMD processor
with AVX-512 unused. oneDNN does not, but PyTorch asks it only if products may be in bfloat16. On a
processor without AMX, oneDNN then computes in float32 all the same: a product of known matrices
tells.
"""

from __future__ import annotations

import functools

import torch

SIZE = 256
"""Size of the matrices of the trial."""

TOLERANCE = 1e-5
"""Largest error of the trial, relative to the largest element; bfloat16 is off by over 1e-3."""


@functools.cache
def use_fast_products() -> bool:
    """Let oneDNN compute the float32 products of this process, if it does so in float32.

    Returns:
        True if it does from now on.
    """
    settings = getattr(torch.backends.mkldnn, "matmul", None)
    if not torch.backends.mkldnn.is_available() or settings is None:  # type: ignore[no-untyped-call]
        return False
    if torch.backends.cpu.get_cpu_capability() != "AVX512":
        return False
    before = settings.fp32_precision
    settings.fp32_precision = "bf16"
    if _error() > TOLERANCE:
        settings.fp32_precision = before
        return False
    return True


def _error() -> float:
    """Return the largest error of a product in float32, relative to its largest element."""
    numbers = torch.arange(SIZE * SIZE, dtype=torch.float64).view(SIZE, SIZE)
    left = torch.sin(numbers)
    right = torch.cos(numbers)
    exact = left.float().double() @ right.float().double()
    found = (left.float() @ right.float()).double()
    return float((found - exact).abs().max() / exact.abs().max())
