"""The kernel of additive attention: scores and gradients of the formula."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from seq2seq.kernels import attention_gradients, attention_scores, supports
from seq2seq.kernels.library import load_library
from tests.support.examples import few

CPU = torch.device("cpu")
TOLERANCE = {torch.float64: 1e-11, torch.float32: 1e-4}

pytestmark = pytest.mark.skipif(load_library() is None, reason="needs a C compiler at installation")
every_type = pytest.mark.parametrize(
    "dtype", [dtype for dtype in TOLERANCE if supports(dtype, CPU, 16)], ids=str
)


def formula(queries: Tensor, keys: Tensor, weight: Tensor) -> Tensor:
    """Return v . tanh(q + k) for exponentials e^2q and e^2k."""
    pairs = queries.log().unsqueeze(2) + keys.log().unsqueeze(1)
    return torch.tanh(pairs / 2) @ weight


@every_type
@given(shape=st.tuples(*[st.integers(1, 5)] * 3), blocks=st.integers(1, 3), seed=st.integers(0, 99))
@few(15)
def test_scores_and_gradients_are_those_of_the_formula(
    dtype: torch.dtype, shape: tuple[int, int, int], blocks: int, seed: int
) -> None:
    torch.manual_seed(seed)
    rows, steps, sources = shape
    width = 16 * blocks
    queries = torch.randn(rows, steps, width).double().mul(2).exp().requires_grad_()
    keys = torch.randn(rows, sources, width).double().mul(2).exp().requires_grad_()
    weight = torch.randn(width).double().requires_grad_()
    exact = formula(queries, keys, weight)
    error = torch.randn_like(exact)
    gradients = torch.autograd.grad(exact, (queries, keys, weight), error)
    ours = [one.detach().to(dtype) for one in (queries, keys, weight)]
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    torch.testing.assert_close(attention_scores(*ours).double(), exact.detach(), **close)
    found = attention_gradients(error.to(dtype), *ours)
    for mine, theirs in zip(found, gradients, strict=True):
        torch.testing.assert_close(mine.double(), theirs, **close)
