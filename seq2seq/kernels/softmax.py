"""Cross-entropy of logits, with the gradient in their place, in one pass over each row."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from seq2seq.kernels.library import LossCall, load_library


class Losses(NamedTuple):
    """Cross-entropy of P rows, in parts.

    Attributes:
        losses: Loss of each row (P,), in nats.
        bias_gradient: Sum of the gradients over the rows (V,); zeros without gradients.
    """

    losses: Tensor
    bias_gradient: Tensor


def has_cross_entropy(dtype: torch.dtype, device: torch.device) -> bool:
    """Return whether `cross_entropy_` can be called for logits of a type on a device."""
    library = load_library() if device.type == "cpu" else None
    return library is not None and library.supports(dtype)


def cross_entropy_(
    logits: Tensor, targets: Tensor, *, label_smoothing: float, gradients: bool
) -> Losses:
    """Compute the label-smoothed cross-entropy of rows of logits.

    Args:
        logits: Logits (P, V), contiguous. With gradients, they become their own gradient.
        targets: Ids of the targets (P,).
        label_smoothing: Probability that is spread over the whole vocabulary.
        gradients: Compute the gradients.

    Returns:
        The parts of the loss, in float32 or wider.
    """
    library = load_library()
    assert library is not None, "there is no kernel; ask `has_cross_entropy` first"
    assert logits.is_contiguous()
    rows, vocabulary = logits.shape
    assert targets.shape == (rows,)
    assert not rows or (int(targets.min()) >= 0 and int(targets.max()) < vocabulary)
    wide = torch.promote_types(logits.dtype, torch.float32)
    losses = torch.empty(rows, dtype=wide)
    threads = min(torch.get_num_threads(), rows)
    sums = torch.zeros(threads, vocabulary, dtype=wide)
    targets = targets.contiguous()
    call = LossCall(
        rows=rows,
        vocabulary=vocabulary,
        block=-(-rows // threads),
        gradients=gradients,
        smoothing=label_smoothing,
        logits=logits.data_ptr(),
        targets=targets.data_ptr(),
        losses=losses.data_ptr(),
        sums=sums.data_ptr(),
    )
    library.run("the loss", call, logits.dtype, 8 * logits.numel())
    return Losses(losses, sums.sum(0) if threads > 1 else sums[0])
