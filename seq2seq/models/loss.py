"""Training loss: label-smoothed cross-entropy from features, as a sum over positions.

The loss includes the output layer. Logits are computed, turned into loss and gradient, and
discarded in chunks of positions. The logits of a large vocabulary are therefore never all in memory
at once, and each chunk stays in the processor's cache.

In plain code: `cross_entropy` and `r_drop` in docs/learn/plain.py.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from seq2seq.kernels import cross_entropy_, has_cross_entropy

CHUNK_LOGITS = 1 << 22
"""Number of logits per chunk on a CPU, for at least MIN_POSITIONS positions; 64 times on a GPU."""

MIN_POSITIONS = 256
"""Minimum number of positions per chunk.

With fewer, reading the weight for each chunk costs more than a chunk saves.
"""

POSITION_MULTIPLE = 32
"""Multiple that positions are padded to, because libraries compile a kernel per product size."""


def cross_entropy(
    features: Tensor,
    weight: Tensor,
    bias: Tensor,
    targets: Tensor,
    label_smoothing: float,
    r_drop: float = 0.0,
) -> Tensor:
    """Compute the label-smoothed cross-entropy of the logits `features @ weight.T + bias`.

    Under autocast, products are in its dtype; everything else is in float32 or wider.

    Args:
        features: Features (P, F) of P positions.
        weight: Weight of the output layer (V, F).
        bias: Bias of the output layer (V,).
        targets: Correct ids (P,).
        label_smoothing: Probability that is spread over all V ids instead of being assigned to the
            correct one (Szegedy et al. 2016).
        r_drop: Weight a of R-Drop (Liang et al. 2021). Positions then come in pairs, whose
            distributions p and q differ only by dropout, and each pair adds
            a / 2 (KL(p || q) + KL(q || p)).

    Returns:
        Sum over the positions, a scalar, in nats.
    """
    if torch.is_autocast_enabled(features.device.type):
        features = features.to(torch.get_autocast_dtype(features.device.type))
    with_gradients = torch.is_grad_enabled()
    loss: Tensor = _CrossEntropy.apply(
        features, weight, bias, targets, label_smoothing, r_drop, with_gradients
    )  # type: ignore[no-untyped-call]
    return loss


class _CrossEntropy(torch.autograd.Function):
    """Function that computes gradients in the forward pass, with each chunk's logits in memory."""

    @staticmethod
    def forward(
        ctx: Any,
        features: Tensor,
        weight: Tensor,
        bias: Tensor,
        targets: Tensor,
        label_smoothing: float,
        r_drop: float,
        with_gradients: bool,
    ) -> Tensor:
        with_gradients = with_gradients and any(ctx.needs_input_grad)
        matrix = weight.to(features.dtype)
        offset = bias.to(features.dtype)
        wide = torch.promote_types(features.dtype, torch.float32)
        count = len(targets)
        chunk = _chunk(count, len(weight), features.device.type)
        kernel = not r_drop and has_cross_entropy(features.dtype, features.device)
        with torch.autocast(features.device.type, enabled=False):
            features = functional.pad(features, (0, 0, 0, -count % POSITION_MULTIPLE))
            loss = torch.zeros((), dtype=wide, device=features.device)
            if with_gradients:
                features_gradient = torch.empty_like(features)
                weight_gradient = torch.zeros_like(weight)
                bias_gradient = torch.zeros_like(bias)
            for first in range(0, count, chunk):
                part = features[first : first + chunk]
                correct = targets[first : first + chunk]
                logits = torch.addmm(offset, part, matrix.t())
                if kernel:
                    error = _error_by_kernel(logits, correct, label_smoothing, with_gradients)
                else:
                    error = _error(logits, correct, label_smoothing, r_drop, with_gradients)
                loss += error.loss
                if with_gradients:
                    rows = error.gradient
                    torch.mm(rows, matrix, out=features_gradient[first : first + chunk])
                    product = rows.t() @ part
                    if first:
                        weight_gradient.add_(product)
                    else:
                        weight_gradient = product.to(weight.dtype)
                    bias_gradient.add_(error.bias_gradient)
                    del rows
                del logits, error  # before the next chunk's are computed
        if with_gradients:
            ctx.gradients = features_gradient[:count], weight_gradient, bias_gradient
        return loss

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        gradients = ctx.gradients
        if gradients is None:
            raise RuntimeError(
                "the gradients of this loss were given away by its first backward pass; compute "
                "the loss again"
            )
        ctx.gradients = None  # the receiver may keep them without a copy
        return *(part.mul_(gradient) for part in gradients), None, None, None, None


class _Error(NamedTuple):
    """Loss of a chunk of positions, and its gradient.

    Attributes:
        loss: Sum over the positions, without label smoothing, a scalar.
        gradient: Gradient with respect to the logits (P, V), 0 at padding.
        bias_gradient: Its sum over the positions (V,).
    """

    loss: Tensor
    gradient: Tensor
    bias_gradient: Tensor


def _error(
    logits: Tensor, correct: Tensor, label_smoothing: float, r_drop: float, with_gradients: bool
) -> _Error:
    """Return the loss of a chunk.

    Args:
        logits: Logits (P, V); those after the last target are of padding.
        correct: Ids of the targets, up to P.
        label_smoothing: Probability that is spread over the whole vocabulary.
        r_drop: Weight of R-Drop.
        with_gradients: Also compute the gradients.

    Returns:
        The loss; without gradients, the gradients are meaningless.
    """
    wide = torch.promote_types(logits.dtype, torch.float32)
    count = len(correct)
    vocabulary = logits.shape[1]
    spread = label_smoothing / vocabulary
    p = logits.softmax(-1)
    # The log-sum-exp is computed from the most probable token, whose probability is never too
    # small.
    totals = logits.amax(-1).to(wide) - p.amax(-1).to(wide).log()
    places = torch.arange(count, device=correct.device) * vocabulary + correct
    correct_logits = logits.view(-1)[places].sum(dtype=wide)
    loss = totals[:count].sum() - (1 - label_smoothing) * correct_logits
    if spread:
        loss = loss - spread * logits[:count].sum(dtype=wide)
    if r_drop:
        divergence, divergence_gradient = _divergence(logits, p, totals)
        loss = loss + r_drop / 2 * divergence
    if not with_gradients:
        return _Error(loss, p, p)
    # From here on, p is turned into the gradient with respect to the logits.
    flat = p.view(-1)
    flat[places] = (flat[places].to(wide) - (1 - label_smoothing)).to(flat.dtype)
    p.sub_(spread)
    p[count:] = 0
    if r_drop:
        p.add_(divergence_gradient, alpha=r_drop / 2)
    # On a CPU, a product takes a fraction of the time of a sum over the rows.
    return _Error(loss, p, (p.new_ones(1, len(p)) @ p).squeeze(0))


def _error_by_kernel(
    logits: Tensor, correct: Tensor, label_smoothing: float, with_gradients: bool
) -> _Error:
    """Return the loss of a chunk, computed in the place of the logits; see `_error`."""
    count = len(correct)
    losses = cross_entropy_(
        logits[:count], correct, label_smoothing=label_smoothing, gradients=with_gradients
    )
    logits[count:] = 0
    return _Error(losses.losses.sum(), logits, losses.bias_gradient)


def _divergence(logits: Tensor, p: Tensor, totals: Tensor) -> tuple[Tensor, Tensor]:
    """Return KL(p || q) + KL(q || p), summed over pairs of rows, and its gradient.

    Args:
        logits: Logits (P, V); the rows come in pairs.
        p: Softmax of the logits (P, V).
        totals: Log-sum-exp of each row (P,).

    Returns:
        The sum, a scalar, and its gradient with respect to the logits (P, V).
    """
    log_p, log_q = (logits - totals.unsqueeze(1)).view(-1, 2, logits.shape[-1]).unbind(1)
    p_rows, q_rows = p.view(-1, 2, p.shape[-1]).to(log_p.dtype).unbind(1)
    log_ratio = log_p - log_q
    difference = p_rows - q_rows
    forward = (p_rows * log_ratio).sum(-1, keepdim=True)
    backward = -(q_rows * log_ratio).sum(-1, keepdim=True)
    gradient = torch.stack(
        [
            p_rows * (log_ratio - forward) + difference,
            -q_rows * (log_ratio + backward) - difference,
        ],
        1,
    )
    return forward.sum() + backward.sum(), gradient.view(p.shape).to(p.dtype)


def _chunk(positions: int, vocabulary: int, device: str) -> int:
    """Return the number of positions per chunk, such that chunks have similar sizes."""
    logits = CHUNK_LOGITS * (1 if device == "cpu" else 64)
    largest = max(MIN_POSITIONS, logits // vocabulary)
    chunks = max(1, -(-positions // largest))
    return max(1, -(-positions // (chunks * POSITION_MULTIPLE))) * POSITION_MULTIPLE
