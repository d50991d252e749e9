"""The training loss: label-smoothed cross-entropy from features, as a sum, so that no mean of means is ever taken.

The output layer is a part of it. Logits are made, turned into loss and gradient, and dropped again a chunk of positions
at a time: those of a large vocabulary are never held whole, and what is worked on stays in the processor's cache.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CHUNK = 1 << 21
"""Logits held at once on a CPU, if that is FEWEST positions at least; on a GPU, 64 times as many."""

FEWEST = 256
"""Fewer positions at once would cost more in reading the weight than they spare."""


def cross_entropy(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
    """The loss summed over P positions, in nats, of the logits features (P, F) @ weight (V, F).T + bias (V,).

    With smoothing s the target distribution is 1 - s on the right token of targets (P,) and s spread over all V
    (Szegedy et al. 2016). Products are in autocast's type where it is on, all else at least in float32.
    """
    if torch.is_autocast_enabled(features.device.type):
        features = features.to(torch.get_autocast_dtype(features.device.type))
    wanted = torch.is_grad_enabled()
    loss: Tensor = _CrossEntropy.apply(features, weight, bias, targets, label_smoothing, wanted)  # type: ignore[no-untyped-call]
    return loss


class _CrossEntropy(torch.autograd.Function):
    """The gradients are made in the forward pass, while each chunk's logits are at hand."""

    @staticmethod
    def forward(
        ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, label_smoothing: float, wanted: bool
    ) -> Tensor:
        wanted = wanted and any(ctx.needs_input_grad)
        matrix, offset = weight.to(features.dtype), bias.to(features.dtype)
        summing = torch.promote_types(features.dtype, torch.float32)
        chunk = max(FEWEST, CHUNK * (1 if features.device.type == "cpu" else 64) // len(weight))
        loss = torch.zeros((), dtype=summing, device=features.device)
        if wanted:
            gradients = torch.empty_like(features), torch.zeros_like(weight), torch.zeros_like(bias)
        with torch.autocast(features.device.type, enabled=False):
            for first in range(0, len(targets), chunk):
                part = slice(first, first + chunk)
                scores = torch.addmm(offset, features[part], matrix.t()).log_softmax(-1, dtype=summing)
                loss -= (1 - label_smoothing) * scores.gather(1, targets[part].unsqueeze(1)).sum()
                if label_smoothing:
                    loss -= label_smoothing / len(weight) * scores.sum()
                if wanted:
                    error = _error(scores, targets[part], label_smoothing).to(features.dtype)
                    torch.mm(error, matrix, out=gradients[0][part])
                    gradients[1].add_(error.t() @ features[part])
                    gradients[2].add_(error.sum(0, dtype=summing))
        if wanted:
            ctx.save_for_backward(*gradients)
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        features, weight, bias = ctx.saved_tensors
        return features.mul_(gradient), weight.mul_(gradient), bias.mul_(gradient), None, None, None


def _error(scores: Tensor, targets: Tensor, label_smoothing: float) -> Tensor:
    """Gradient of the loss in the logits: softmax - target distribution. It takes the place of `scores`."""
    error = scores.exp_()
    if label_smoothing:
        error.sub_(label_smoothing / error.shape[1])
    error.scatter_add_(1, targets.unsqueeze(1), error.new_full((len(error), 1), label_smoothing - 1))
    return error
