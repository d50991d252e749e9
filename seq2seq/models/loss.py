"""The training loss: label-smoothed cross-entropy as a sum and a count, so that no mean of means is ever taken."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F


def cross_entropy(logits: Tensor, targets: Tensor, label_smoothing: float, ignore: int) -> Tensor:
    """The summed loss, in nats, of logits (P, V) against targets (P,) that are not `ignore`.

    With smoothing s the target distribution is 1 - s on the right token and s spread over all V (Szegedy et al. 2016).
    """
    return F.cross_entropy(
        logits.float() if logits.dtype.itemsize < 4 else logits,
        targets,
        ignore_index=ignore,
        reduction="sum",
        label_smoothing=label_smoothing,
    )
