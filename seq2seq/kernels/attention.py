"""Scores of additive attention and their gradients, with nothing kept per pair of positions."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.kernels.library import AttentionCall, KernelLibrary, load_library
from seq2seq.kernels.recurrence import supports


def attention_scores(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Compute v . tanh(q + k) for each pair of queries and keys; see `models/additive.py`.

    Call it only if `supports` is true for the type, the device and the width Q.

    Args:
        queries: Exponentials of the queries, e^2q (N, T, Q).
        keys: Exponentials of the keys, e^2k (N, S, Q).
        weight: The vector v (Q,), of the same type.

    Returns:
        Scores (N, T, S).
    """
    scores = queries.new_empty(*queries.shape[:2], keys.shape[1])
    _run(queries, keys, weight, scores)
    return scores


def attention_gradients(
    gradient: Tensor, queries: Tensor, keys: Tensor, weight: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of queries, keys and weight.

    Args:
        gradient: Gradient of the scores (N, T, S).
        queries: Exponentials of the queries (N, T, Q).
        keys: Exponentials of the keys (N, S, Q).
        weight: The vector v (Q,), of the same type.

    Returns:
        Gradients with the shapes of `queries`, `keys` and `weight`.
    """
    query_gradient = torch.empty_like(queries, memory_format=torch.contiguous_format)
    key_gradient = torch.empty_like(keys, memory_format=torch.contiguous_format)
    sums = _run(
        queries,
        keys,
        weight,
        gradient.contiguous(),
        query_gradient=query_gradient,
        key_gradient=key_gradient,
    )
    return query_gradient, key_gradient, sums


def _run(
    queries: Tensor, keys: Tensor, weight: Tensor, scores: Tensor, **gradients: Tensor
) -> Tensor:
    """Compute the scores, or the gradients and return that of the weight."""
    library: KernelLibrary | None = load_library()
    assert library is not None
    assert supports(queries.dtype, queries.device, queries.shape[2])
    rows = len(queries)
    threads = max(1, min(torch.get_num_threads(), rows))
    sums = queries.new_zeros(threads, len(weight))
    call = AttentionCall(
        rows=rows,
        steps=queries.shape[1],
        sources=keys.shape[1],
        width=len(weight),
        block=-(-rows // threads),
        backward=bool(gradients),
    )
    tensors = {"queries": queries, "keys": keys, "weight": weight, **gradients}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    for name, tensor in {**tensors, "scores": scores, "sums": sums}.items():
        setattr(call, name, tensor.data_ptr())
    library.run("attention", call, queries.dtype, 4 * scores.numel() * len(weight))
    return sums.sum(0)
