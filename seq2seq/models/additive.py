"""Scores of additive attention, v . tanh(q + k), for every pair of target and source positions.

Each pair has a vector as wide as the query. Together, these vectors would be the largest tensor of
a training step, and their tanh would take a tenth of its time. They are therefore computed in
chunks that fit into the processor's cache, and recomputed in the backward pass. They are also
computed from exponentials, which each position needs only once for all its pairs:

    tanh(q + k) = 1 - 2 / (1 + e^2q e^2k)

In plain code: `additive_scores` in docs/learn/plain.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from seq2seq.kernels import attention_gradients, attention_scores, supports

CHUNK = 1 << 20
"""Number of elements in memory at once on a CPU; 64 times as many on a GPU."""

LIMIT = 20.0
"""Bound on queries and keys, beyond which tanh of nearly any sum with them is 1 or -1."""


def exponentials(x: Tensor) -> Tensor:
    """Return e^2x of queries or keys of any shape, in float32 or wider, for `additive_scores`."""
    powers: Tensor = _Exponentials.apply(x)  # type: ignore[no-untyped-call]
    return powers


def additive_scores(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Compare queries with keys.

    Args:
        queries: Exponentials of the queries (N, T, Q).
        keys: Exponentials of the keys (N, S, Q).
        weight: The vector v (Q,).

    Returns:
        Scores (N, T, S).
    """
    scores: Tensor = _AdditiveScores.apply(queries, keys, weight)  # type: ignore[no-untyped-call]
    return scores


class _Exponentials(torch.autograd.Function):
    """Function e^2x with half as many passes over memory as torch's operations need."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        ctx.dtype = x.dtype
        wide = x.to(torch.promote_types(x.dtype, torch.float32), copy=True)
        powers = wide.mul_(2).clamp_(-2 * LIMIT, 2 * LIMIT).exp_()
        ctx.save_for_backward(powers)
        return powers

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (powers,) = ctx.saved_tensors
        x_gradient: Tensor = (gradient * powers).mul_(2).to(ctx.dtype)
        return x_gradient


class _AdditiveScores(torch.autograd.Function):
    """Function that saves nothing per pair for the backward pass.

    Below, r is 1 / (1 + q k), so the tanh of a pair is 1 - 2 r.
    """

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(queries, keys, weight)
        if supports(queries.dtype, queries.device, queries.shape[2]):
            return attention_scores(queries, keys, weight.to(queries.dtype))
        scores = queries.new_empty(*queries.shape[:2], keys.shape[1])
        with torch.autocast(queries.device.type, enabled=False):
            column = weight.to(queries.dtype) * -2
            space = queries.new_empty(0)
            for rows, times in _chunks(queries, keys):
                scores[rows, times] = _reciprocals(queries[rows, times], keys[rows], space) @ column
            return scores.add_(weight.sum())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        queries, keys, weight = ctx.saved_tensors
        if supports(queries.dtype, queries.device, queries.shape[2]):
            of_queries, of_keys, of_weight = attention_gradients(
                gradient, queries, keys, weight.to(queries.dtype)
            )
            return of_queries, of_keys, of_weight.to(weight.dtype)
        queries_gradient = torch.empty_like(queries)
        keys_gradient = torch.zeros_like(keys)
        weight_gradient = queries.new_zeros(1, len(weight))
        space = queries.new_empty(0)
        with torch.autocast(queries.device.type, enabled=False):
            for rows, times in _chunks(queries, keys):
                r = _reciprocals(queries[rows, times], keys[rows], space)
                error = gradient[rows, times]
                weight_gradient.sub_(error.reshape(1, -1) @ r.view(-1, len(weight)), alpha=2)
                # r - r^2 is the negative derivative of r with respect to the logarithm of q or k.
                slope = r.addcmul_(r, r, value=-1)
                slope.mul_(error.unsqueeze(-1))
                queries_gradient[rows, times] = slope.sum(2)
                keys_gradient[rows] += slope.sum(1)
            weight_gradient += gradient.sum()
            double = 2 * weight.to(queries.dtype)
            return (
                queries_gradient.mul_(double).div_(queries),
                keys_gradient.mul_(double).div_(keys),
                weight_gradient[0].to(weight.dtype),
            )


def _reciprocals(queries: Tensor, keys: Tensor, space: Tensor) -> Tensor:
    """Return 1 / (1 + q k) for each pair of queries (n, t, Q) and keys (n, S, Q): (n, t, S, Q).

    The result is stored in `space`, which grows as needed. Fresh memory would cost more than the
    arithmetic, because the system has to find and clear it page by page.
    """
    shape = *queries.shape[:2], keys.shape[1], keys.shape[2]
    count = math.prod(shape)
    if space.numel() < count:
        space.resize_(count)
    pairs = space[:count].view(shape)
    return torch.mul(queries.unsqueeze(2), keys.unsqueeze(1), out=pairs).add_(1).reciprocal_()


def _chunks(queries: Tensor, keys: Tensor) -> Iterator[tuple[slice, slice]]:
    """Yield the sentences of each chunk and, if one sentence is too large, its target positions."""
    limit = CHUNK * (1 if queries.device.type == "cpu" else 64)
    sentences, length, width = queries.shape
    per_position = max(1, keys.shape[1] * width)
    rows = max(1, limit // max(1, length * per_position))
    times = max(1, length if rows > 1 else min(length, limit // per_position))
    for first_row in range(0, sentences, rows):
        for first_time in range(0, length, times):
            yield slice(first_row, first_row + rows), slice(first_time, first_time + times)
