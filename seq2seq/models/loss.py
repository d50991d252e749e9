"""The training loss: label-smoothed cross-entropy from features, as a sum, so that no mean of means
is ever taken.

The output layer is a part of it. Logits are made, turned into loss and gradient, and dropped again
a chunk of positions at a time: those of a large vocabulary are never held whole, and what is worked
on stays in the processor's cache."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

CHUNK_LOGITS = 1 << 22
"""Logits held at once on a CPU, if that is FEWEST positions at least; on a GPU, 64 times as
many."""

FEWEST = 256
"""Fewer positions at once would cost more in reading the weight than they spare."""

ROUND = 32
"""Positions are filled up to a multiple of this: a library compiles and keeps a kernel for each
size of a product."""


def cross_entropy(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    targets: Tensor,
    label_smoothing: float,
    r_drop: float = 0.0,
) -> Tensor:
    """The loss summed over P positions, in nats, of the logits features (P, F) @ weight (V, F).T +
    bias (V,).

    With smoothing s the target distribution is 1 - s on the right token of targets (P,) and s
    spread over all V (Szegedy et al. 2016). Products are in autocast's type where it is on, all
    else at least in float32.

    With `r_drop` a, positions come in twos, of which dropout alone tells the distributions p and q
    apart, and each two also pay a / 2 (KL(p || q) + KL(q || p)) (R-Drop, Liang et al. 2021)."""
    if torch.is_autocast_enabled(features.device.type):
        features = features.to(torch.get_autocast_dtype(features.device.type))
    wanted = torch.is_grad_enabled()
    loss: Tensor = _CrossEntropy.apply(
        features, weight, bias, targets, label_smoothing, r_drop, wanted
    )  # type: ignore[no-untyped-call]
    return loss


class _CrossEntropy(torch.autograd.Function):
    """The gradients are made in the forward pass, while each chunk's logits are at hand."""

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        label_smoothing: float,
        r_drop: float,
        wanted: bool,
    ) -> Tensor:
        wanted = wanted and any(ctx.needs_input_grad)
        matrix, offset = weight.to(features.dtype), bias.to(features.dtype)
        wide = torch.promote_types(features.dtype, torch.float32)
        count, spread = len(targets), label_smoothing / len(weight)
        chunk = _chunk(count, len(weight), features.device.type)
        with torch.autocast(features.device.type, enabled=False):
            features = functional.pad(features, (0, 0, 0, -count % ROUND))
            loss = torch.zeros((), dtype=wide, device=features.device)
            if (
                label_smoothing
            ):  # the sum of all logits is a product of sums, and so are its gradients
                summed = features.sum(0, dtype=wide), matrix.sum(0, dtype=wide)
                loss -= spread * (summed[0] @ summed[1] + count * offset.sum(dtype=wide))
            if wanted:
                gradients = [
                    torch.empty_like(features),
                    torch.zeros_like(weight),
                    torch.zeros_like(bias),
                ]
            for first in range(0, count, chunk):
                part, right = features[first : first + chunk], targets[first : first + chunk]
                logits = torch.addmm(offset, part, matrix.t())
                shares = logits.softmax(-1)
                # The logarithm of the sum of exponentials, from the likeliest token: its share is
                # never too small.
                totals = logits.amax(-1).to(wide) - shares.amax(-1).to(wide).log()
                places = torch.arange(len(right), device=right.device) * len(weight) + right
                if r_drop:
                    apart, together = _divergence(logits, shares, totals)
                    loss += r_drop / 2 * apart
                loss += totals[: len(right)].sum() - (1 - label_smoothing) * logits.view(-1)[
                    places
                ].sum(dtype=wide)
                if wanted:
                    shares[len(right) :] = 0
                    error = shares.view(-1)
                    error[places] = (error[places].to(wide) - (1 - label_smoothing)).to(error.dtype)
                    if r_drop:
                        shares.add_(together, alpha=r_drop / 2)
                    torch.mm(shares, matrix, out=gradients[0][first : first + chunk])
                    product = shares.t() @ part
                    gradients[1] = gradients[1].add_(product) if first else product.to(weight.dtype)
                    # As a product, the sum over the rows takes a CPU a fraction of the time.
                    gradients[2].add_((shares.new_ones(1, len(shares)) @ shares).squeeze(0))
                    del error
                del logits, shares  # before the next chunk's are made
            if wanted and label_smoothing:
                gradients[0].sub_(summed[1] * spread)
                gradients[1].sub_(summed[0] * spread)
                gradients[2].sub_(count * spread)
        if wanted:
            ctx.gradients = gradients[0][:count], *gradients[1:]
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        if ctx.gradients is None:
            raise RuntimeError(
                "the gradients of this loss were given away by the first backward pass over it"
            )
        gradients, ctx.gradients = (
            ctx.gradients,
            None,
        )  # whoever gets them may keep them, and need not copy
        return *(part.mul_(gradient) for part in gradients), None, None, None, None


def _divergence(logits: Tensor, shares: Tensor, totals: Tensor) -> tuple[Tensor, Tensor]:
    """KL(p || q) + KL(q || p), summed over rows (P, V) that come in twos, and its gradient by the
    logits (P, V)."""
    logs = (logits - totals.unsqueeze(1)).view(-1, 2, logits.shape[-1])
    p, q = shares.view(logs.shape).to(logs.dtype).unbind(1)
    apart, gap = logs[:, 0] - logs[:, 1], p - q  # of logarithms, and of probabilities
    forth, back = (p * apart).sum(-1, keepdim=True), -(q * apart).sum(-1, keepdim=True)
    gradient = torch.stack([p * (apart - forth) + gap, -q * (apart + back) - gap], 1)
    return forth.sum() + back.sum(), gradient.view(shares.shape).to(shares.dtype)


def _chunk(positions: int, vocabulary: int, device: str) -> int:
    """Positions whose logits are held at once: a multiple of ROUND, as many in each chunk as nearly
    as can be."""
    most = max(FEWEST, CHUNK_LOGITS * (1 if device == "cpu" else 64) // vocabulary)
    chunks = max(1, -(-positions // most))
    return max(1, -(-positions // (chunks * ROUND))) * ROUND
