"""Additive scores in chunks and their gradients equal those computed by torch at once."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from seq2seq.models import additive as module
from seq2seq.models.additive import additive_scores, exponentials

SIZES = [(1, 1, 1, 2), (3, 5, 4, 6), (2, 7, 1, 3), (4, 1, 9, 5)]  # sentences, target, source, width


def problem(
    sentences: int, target: int, source: int, width: int, dtype: torch.dtype = torch.float64
) -> list[Tensor]:
    torch.manual_seed(target)
    shapes = (sentences, target, width), (sentences, source, width), (width,)
    return [torch.randn(shape, dtype=dtype).requires_grad_() for shape in shapes]


def ours(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    return additive_scores(exponentials(queries), exponentials(keys), weight)


def whole(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    return torch.tanh(queries.unsqueeze(2) + keys.unsqueeze(1)) @ weight


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("chunk", [1, 20, 60, 250, 1 << 20])
def test_scores_and_gradients_are_torchs(
    size: tuple[int, int, int, int], chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHUNK", chunk)
    inputs = problem(*size)
    found = ours(*inputs)
    expected = whole(*inputs)
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-12)
    error = torch.randn_like(expected)
    for a, b in zip(
        torch.autograd.grad(found, inputs, error),
        torch.autograd.grad(expected, inputs, error),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-11)


def test_in_bfloat16_gradients_are_as_accurate_as_torchs() -> None:
    exact = problem(8, 10, 12, 32)
    narrow = [exact[0].detach().bfloat16(), exact[1].detach().bfloat16(), exact[2].detach().float()]
    narrow = [tensor.requires_grad_() for tensor in narrow]
    error = torch.randn(8, 10, 12, dtype=torch.float64)
    truth = torch.autograd.grad(whole(*exact), exact, error)
    with torch.autocast("cpu", torch.bfloat16):
        found = ours(*narrow)
        expected = whole(*narrow)
    assert found.dtype == torch.float32
    gradients = torch.autograd.grad(found, narrow, error.float())
    torchs = torch.autograd.grad(expected, narrow, error.to(expected.dtype))
    for a, b, c in zip(gradients, torchs, truth, strict=True):
        assert (a - c).norm() < 2 * (b - c).norm() + 1e-3 * c.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_large_and_small_values_are_as_accurate(dtype: torch.dtype) -> None:
    values = torch.tensor([-1e9, -50, -19, -3, -1e-3, 0, 1e-3, 3, 19, 50, 1e9], dtype=dtype)
    queries = values.view(1, -1, 1).requires_grad_()
    keys = values.view(1, -1, 1).detach().requires_grad_()
    weight = torch.ones(1, dtype=dtype)
    found = ours(queries, keys, weight)
    expected = whole(queries.clamp(-20, 20), keys.clamp(-20, 20), weight)
    tolerance = 1e-6 if dtype == torch.float32 else 1e-13
    torch.testing.assert_close(found, expected, rtol=0, atol=tolerance)
    inner = slice(2, 9)
    for a, b in zip(
        torch.autograd.grad(found[:, inner, inner].sum(), (queries, keys)),
        torch.autograd.grad(expected[:, inner, inner].sum(), (queries, keys)),
        strict=True,
    ):
        torch.testing.assert_close(a, b, rtol=0, atol=tolerance * 10)


def test_long_sentences_take_no_more_memory_than_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    largest = 0
    reciprocals = module._reciprocals

    def watched(*arguments: Tensor) -> Tensor:
        nonlocal largest
        result = reciprocals(*arguments)
        largest = max(largest, result.numel())
        return result

    monkeypatch.setattr(module, "_reciprocals", watched)
    monkeypatch.setattr(module, "CHUNK", 1000)
    ours(*problem(5, 40, 30, 8)).sum().backward()  # type: ignore[no-untyped-call]
    assert 0 < largest <= 1000
