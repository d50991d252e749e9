"""The loss kernel: the loss and the gradient of plain operations."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seq2seq.kernels import cross_entropy_, has_cross_entropy
from seq2seq.kernels.library import load_library
from tests.support.examples import few

CPU = torch.device("cpu")
TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5, torch.bfloat16: 1e-2}

pytestmark = pytest.mark.skipif(load_library() is None, reason="needs a C compiler at installation")
every_type = pytest.mark.parametrize(
    "dtype", [dtype for dtype in TOLERANCE if has_cross_entropy(dtype, CPU)], ids=str
)


@every_type
@given(
    rows=st.integers(1, 9),
    vocabulary=st.integers(2, 70),
    smoothing=st.sampled_from([0.0, 0.1]),
    scale=st.sampled_from([0.1, 1.0, 40.0]),
    seed=st.integers(0, 99),
)
@few(20)
def test_loss_and_gradients_are_those_of_plain_operations(
    dtype: torch.dtype, rows: int, vocabulary: int, smoothing: float, scale: float, seed: int
) -> None:
    torch.manual_seed(seed)
    logits = (scale * torch.randn(rows, vocabulary)).to(dtype)
    targets = torch.randint(vocabulary, (rows,))
    exact = logits.double().requires_grad_()
    loss = torch.nn.functional.cross_entropy(
        exact, targets, reduction="none", label_smoothing=smoothing
    )
    (gradient,) = torch.autograd.grad(loss.sum(), exact)
    found = cross_entropy_(logits, targets, label_smoothing=smoothing, gradients=True)
    close = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    torch.testing.assert_close(found.losses.double(), loss.detach(), **close)
    torch.testing.assert_close(logits.double(), gradient, **close)
    torch.testing.assert_close(found.bias_gradient.double(), gradient.sum(0), **close)


@every_type
def test_without_gradients_the_logits_stay(dtype: torch.dtype) -> None:
    logits = torch.randn(3, 33).to(dtype)
    before = logits.clone()
    cross_entropy_(logits, torch.tensor([0, 5, 32]), label_smoothing=0.1, gradients=False)
    assert torch.equal(logits, before)


@pytest.mark.parametrize("target", [-1, 4])
def test_targets_outside_the_vocabulary_are_refused(target: int) -> None:
    with pytest.raises(AssertionError):
        cross_entropy_(
            torch.zeros(1, 4), torch.tensor([target]), label_smoothing=0.0, gradients=True
        )
