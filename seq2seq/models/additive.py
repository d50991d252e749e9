"""The scores of additive attention, v . tanh(q + k), of every target position with every source
position.

Each of these pairs has a vector as wide as the query: all together they would be the largest thing
in a training step, and their tanh a tenth of its time. So they are made a part at a time, small
enough for the processor's cache, and again in the backward pass; and from exponentials, which a
position needs once for all its pairs:

    tanh(q + k) = 1 - 2 / (1 + e^2q e^2k)
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

CHUNK = 1 << 20
"""Numbers held at once on a CPU; on a GPU, 64 times as many."""

LIMIT = 20.0
"""Queries and keys beyond this count as this much, where tanh of anything but their like is 1 or
-1."""


def exponentials(x: Tensor) -> Tensor:
    """e^2x of queries or keys, in float32 at least: what `additive_scores` compares."""
    powers: Tensor = _Exponentials.apply(x)  # type: ignore[no-untyped-call]
    return powers


def additive_scores(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Compare queries (N, T, Q) with keys (N, S, Q), exponentials both, by weight (Q,): (N, T,
    S)."""
    scores: Tensor = _AdditiveScores.apply(queries, keys, weight)  # type: ignore[no-untyped-call]
    return scores


class _Exponentials(torch.autograd.Function):
    """As torch would have it, in half the passes."""

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
        of_x: Tensor = (gradient * powers).mul_(2).to(ctx.dtype)
        return of_x


class _AdditiveScores(torch.autograd.Function):
    """Of the pairs, nothing is kept. Below, r = 1 / (1 + q k), so that the tanh of a pair is 1 - 2
    r."""

    @staticmethod
    def forward(ctx: Any, queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
        ctx.save_for_backward(queries, keys, weight)
        scores = queries.new_empty(*queries.shape[:2], keys.shape[1])
        with torch.autocast(queries.device.type, enabled=False):
            column, space = weight.to(queries.dtype) * -2, queries.new_empty(0)
            for rows, times in _parts(queries, keys):
                scores[rows, times] = _reciprocals(queries[rows, times], keys[rows], space) @ column
            return scores.add_(weight.sum())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        queries, keys, weight = ctx.saved_tensors
        of_queries, of_keys = torch.empty_like(queries), torch.zeros_like(keys)
        of_weight, space = queries.new_zeros(1, len(weight)), queries.new_empty(0)
        with torch.autocast(queries.device.type, enabled=False):
            for rows, times in _parts(queries, keys):
                r, error = (
                    _reciprocals(queries[rows, times], keys[rows], space),
                    gradient[rows, times],
                )
                of_weight.sub_(error.reshape(1, -1) @ r.view(-1, len(weight)), alpha=2)
                slope = r.addcmul_(
                    r, r, value=-1
                )  # r - r^2: of r in the logarithm of q or k, negative
                slope.mul_(error.unsqueeze(-1))
                of_queries[rows, times] = slope.sum(2)
                of_keys[rows] += slope.sum(1)
            of_weight += gradient.sum()
            double = 2 * weight.to(queries.dtype)
            return (
                of_queries.mul_(double).div_(queries),
                of_keys.mul_(double).div_(keys),
                of_weight[0].to(weight.dtype),
            )


def _reciprocals(queries: Tensor, keys: Tensor, space: Tensor) -> Tensor:
    """1 / (1 + q k) of each pair of (n, t, Q) and (n, S, Q): (n, t, S, Q), in `space`, which grows
    to hold them.

    Fresh memory costs more than the arithmetic: the system has to find and clear it, page by page.
    """
    shape = *queries.shape[:2], keys.shape[1], keys.shape[2]
    count = math.prod(shape)
    if space.numel() < count:
        space.resize_(count)
    pairs = space[:count].view(shape)
    return torch.mul(queries.unsqueeze(2), keys.unsqueeze(1), out=pairs).add_(1).reciprocal_()


def _parts(queries: Tensor, keys: Tensor) -> Iterator[tuple[slice, slice]]:
    """Sentences and, of sentences too large for that, target positions to work on at once."""
    most = CHUNK * (1 if queries.device.type == "cpu" else 64)
    sentences, length, width = queries.shape
    of_position = max(1, keys.shape[1] * width)
    rows = max(1, most // max(1, length * of_position))
    times = max(1, length if rows > 1 else min(length, most // of_position))
    for first in range(0, sentences, rows):
        for begin in range(0, length, times):
            yield slice(first, first + rows), slice(begin, begin + times)
