"""The loss in chunks and its gradients equal torch's cross-entropy of all logits."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seq2seq.models import loss as module
from seq2seq.models.loss import cross_entropy

Four = tuple[Tensor, Tensor, Tensor, Tensor]

SIZES = [(1, 1, 2), (7, 5, 11), (64, 8, 13), (33, 16, 100)]  # positions, features, vocabulary


def problem(
    positions: int, width: int, vocabulary: int, dtype: torch.dtype = torch.float64
) -> Four:
    """Make features, weight and bias with gradients, and targets."""
    torch.manual_seed(positions)
    features = torch.randn(positions, width, dtype=dtype) * 2
    weight = torch.randn(vocabulary, width, dtype=dtype)
    bias = torch.randn(vocabulary, dtype=dtype)
    targets = torch.randint(vocabulary, (positions,))
    return features.requires_grad_(), weight.requires_grad_(), bias.requires_grad_(), targets


def whole(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, label_smoothing: float
) -> Tensor:
    """Compute the loss with torch from all logits at once."""
    logits = F.linear(features, weight, bias).to(torch.promote_types(features.dtype, torch.float32))
    return F.cross_entropy(logits, targets, reduction="sum", label_smoothing=label_smoothing)


def close(a: Tensor, b: Tensor, tolerance: float = 1e-11) -> None:
    torch.testing.assert_close(a, b, rtol=tolerance, atol=tolerance)


def chunks_of(rows: int | None, vocabulary: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chunk hold this many positions; None leaves it as it is."""
    if rows is not None:
        monkeypatch.setattr(module, "MIN_POSITIONS", 1)
        monkeypatch.setattr(module, "POSITION_MULTIPLE", max(1, rows // 2))
        monkeypatch.setattr(module, "CHUNK_LOGITS", rows * vocabulary)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("label_smoothing", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("rows", [None, 0, 1, 4, 10])  # 0: one position is more than a chunk
def test_loss_and_gradients_are_torchs(
    size: tuple[int, int, int],
    label_smoothing: float,
    rows: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chunks_of(rows, size[2], monkeypatch)
    *inputs, targets = problem(*size)
    expected = whole(*inputs, targets, label_smoothing)
    found = cross_entropy(*inputs, targets, label_smoothing)
    assert found.shape == ()
    close(found, expected)
    for a, b in zip(
        torch.autograd.grad(found, inputs), torch.autograd.grad(expected, inputs), strict=True
    ):
        close(a, b)


def test_loss_and_gradients_are_torchs_in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(10, 100, monkeypatch)
    *inputs, targets = problem(33, 16, 100, torch.float32)
    expected = whole(*inputs, targets, 0.1)
    found = cross_entropy(*inputs, targets, 0.1)
    assert found.dtype == torch.float32
    close(found, expected, 1e-5)
    for a, b in zip(
        torch.autograd.grad(found, inputs), torch.autograd.grad(expected, inputs), strict=True
    ):
        assert a.dtype == torch.float32
        close(a, b, 2e-5)


@pytest.mark.parametrize("rows", [None, 10])
def test_under_autocast_it_is_as_accurate_as_torch(
    rows: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunks_of(rows, 100, monkeypatch)
    *inputs, targets = problem(133, 16, 100, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        expected = whole(*inputs, targets, 0.1)
        found = cross_entropy(*inputs, targets, 0.1)
    exact = [tensor.detach().double().requires_grad_() for tensor in inputs]
    truth = whole(*exact, targets, 0.1)
    assert found.dtype == torch.float32
    close(found, expected, 2e-3)
    for a, b, c in zip(
        torch.autograd.grad(found, inputs),
        torch.autograd.grad(expected, inputs),
        torch.autograd.grad(truth, exact),
        strict=True,
    ):
        assert a.dtype == torch.float32
        assert (a - c).norm() < 2 * (b - c).norm() + 1e-3 * c.norm()
        assert (a - c).norm() < 0.02 * c.norm()


def test_a_factor_after_the_loss_scales_the_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    chunks_of(4, 11, monkeypatch)
    *inputs, targets = problem(7, 5, 11)
    plain = torch.autograd.grad(cross_entropy(*inputs, targets, 0.1), inputs)
    scaled = torch.autograd.grad(cross_entropy(*inputs, targets, 0.1) * -2.5 + 1, inputs)
    for a, b in zip(plain, scaled, strict=True):
        close(a * -2.5, b)


def test_a_second_pass_over_one_graph_is_refused_and_not_wrong() -> None:
    """The stored gradients are scaled in place by the first pass."""
    *inputs, targets = problem(7, 5, 11)
    found = cross_entropy(*inputs, targets, 0.1)
    torch.autograd.grad(found * 3, inputs, retain_graph=True)
    with pytest.raises(RuntimeError, match="given away"):
        torch.autograd.grad(found, inputs)


def test_gradients_add_up_over_two_losses_and_flow_through_the_features() -> None:
    *inputs, targets = problem(7, 5, 11)
    features, weight, bias = inputs

    def gradients(loss_of: object) -> tuple[Tensor, ...]:
        assert callable(loss_of)
        first = loss_of(features.tanh(), weight, bias, targets, 0.1)
        second = loss_of(features[:3] * 2, weight, bias, targets[:3], 0.0)
        return torch.autograd.grad(first / 7 + second, inputs)

    for a, b in zip(gradients(cross_entropy), gradients(whole), strict=True):
        close(a, b)


def test_one_weight_used_twice_gets_both_gradients() -> None:
    *inputs, targets = problem(7, 5, 11)
    _, weight, bias = inputs

    def gradients(loss_of: object) -> tuple[Tensor, ...]:
        assert callable(loss_of)
        return torch.autograd.grad(
            loss_of(weight[targets], weight, bias, targets.flip(0), 0.1), (weight, bias)
        )

    for a, b in zip(gradients(cross_entropy), gradients(whole), strict=True):
        close(a, b)


@pytest.mark.parametrize(
    "wanted", [(True, False, False), (False, True, False), (False, False, True)]
)
def test_each_gradient_may_be_left_out(wanted: tuple[bool, bool, bool]) -> None:
    *inputs, targets = problem(7, 5, 11)
    inputs = [
        tensor.detach().requires_grad_(want) for tensor, want in zip(inputs, wanted, strict=True)
    ]
    (leaf,) = [tensor for tensor in inputs if tensor.requires_grad]
    (found,) = torch.autograd.grad(cross_entropy(*inputs, targets, 0.1), leaf)
    (expected,) = torch.autograd.grad(whole(*inputs, targets, 0.1), leaf)
    close(found, expected)


def test_without_gradients_the_loss_is_the_same() -> None:
    *inputs, targets = problem(7, 5, 11)
    expected = cross_entropy(*inputs, targets, 0.1).detach()
    for mode in (torch.inference_mode, torch.no_grad):
        with mode():
            found = cross_entropy(*inputs, targets, 0.1)
        assert not found.requires_grad
        assert torch.equal(found, expected)
    found = cross_entropy(*(tensor.detach() for tensor in inputs), targets, 0.1)
    assert not found.requires_grad
    assert torch.equal(found, expected)


def test_inputs_are_not_changed() -> None:
    *inputs, targets = problem(7, 5, 11)
    before = [tensor.detach().clone() for tensor in (*inputs, targets)]
    cross_entropy(*inputs, targets, 0.1).backward()  # type: ignore[no-untyped-call]
    assert all(torch.equal(a, b) for a, b in zip(before, (*inputs, targets), strict=True))


def test_the_loss_of_no_positions_is_zero() -> None:
    *inputs, targets = problem(7, 5, 11)
    features, weight, bias = inputs
    found = cross_entropy(features[:0], weight, bias, targets[:0], 0.1)
    assert found.detach().eq(0)
    assert all(not gradient.any() for gradient in torch.autograd.grad(found, inputs))


def test_features_of_any_layout_will_do() -> None:
    *inputs, targets = problem(7, 5, 11)
    features, weight, bias = inputs
    turned = features.detach().t().contiguous().t().requires_grad_()
    wide = weight.detach().repeat(1, 2)[:, :5].requires_grad_()
    found = torch.autograd.grad(
        cross_entropy(turned, wide, bias, targets, 0.1), (turned, wide, bias)
    )
    for a, b in zip(found, torch.autograd.grad(whole(*inputs, targets, 0.1), inputs), strict=True):
        close(a, b)
