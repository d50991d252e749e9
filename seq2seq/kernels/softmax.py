"""Cross-entropy of logits, with the gradient in their place, in one pass over each row."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq.kernels.library import LossCall, load_library


class Losses(NamedTuple):
    """Cross-entropy of P rows, in parts.

    Attributes:
        totals: Logarithm of the sum of the exponentials of each row's logits (P,).
        correct: Logit of each row's target (P,).
        bias_gradient: Sum of the gradients over the rows (V,); zeros without gradients.
    """

    totals: Tensor
    correct: Tensor
    bias_gradient: Tensor


def has_cross_entropy(dtype: torch.dtype, device: torch.device) -> bool:
    """Return whether `cross_entropy_` can be called for logits of a type on a device."""
    library = load_library() if device.type == "cpu" else None
    return library is not None and library.supports(dtype)


def cross_entropy_(
    logits: Tensor, targets: Tensor, *, confidence: float, gradients: bool
) -> Losses:
    """Compute the softmax cross-entropy of rows of logits.

    Args:
        logits: Logits (P, V), contiguous. With gradients, they become the softmax minus the
            confidence at the target.
        targets: Ids of the targets (P,).
        confidence: Probability of the target.
        gradients: Compute the gradients.

    Returns:
        The parts of the loss, in float32 or wider.
    """
    library = load_library()
    assert library is not None, "there is no kernel; ask `has_cross_entropy` first"
    assert logits.is_contiguous()
    rows, vocabulary = logits.shape
    assert targets.shape == (rows,)
    assert not rows or 0 <= int(targets.min()) and int(targets.max()) < vocabulary
    wide = torch.promote_types(logits.dtype, torch.float32)
    totals, correct = torch.empty(2, rows, dtype=wide)
    threads = min(torch.get_num_threads(), rows)
    sums = torch.zeros(threads, vocabulary, dtype=wide)
    targets = targets.contiguous()
    call = LossCall(
        rows=rows,
        vocabulary=vocabulary,
        block=-(-rows // threads),
        gradients=gradients,
        confidence=confidence,
        logits=logits.data_ptr(),
        targets=targets.data_ptr(),
        totals=totals.data_ptr(),
        correct=correct.data_ptr(),
        sums=sums.data_ptr(),
    )
    library.run("the loss", call, logits.dtype)
    return Losses(totals, correct, sums.sum(0) if threads > 1 else sums[0])
