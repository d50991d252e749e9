"""R-Drop: two passes over a batch, and a loss that brings their distributions together (Liang et
al. 2021)."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from seq2seq.config.settings import ModelConfig
from seq2seq.models import loss as module
from seq2seq.models.decoders import DECODERS
from seq2seq.models.loss import cross_entropy
from seq2seq.models.model import Seq2SeqModel, build_model

every_order = pytest.mark.parametrize("order", sorted(DECODERS))
SIZES = [
    (1, 1, 2),
    (7, 5, 11),
    (32, 8, 13),
    (33, 16, 100),
]  # pairs of positions, features, vocabulary


class Pairs:
    """Three sources with targets of 3, 5 and 2 tokens."""

    source = torch.tensor([[3, 4, 5, 6], [7, 8, 9, 2], [10, 2, 0, 0]])
    source_lengths = torch.tensor([4, 4, 2])
    target_inputs = torch.tensor([[1, 3, 4, 0, 0], [1, 9, 8, 7, 6], [1, 5, 0, 0, 0]])
    target_outputs = torch.tensor([[3, 4, 2, 0, 0], [9, 8, 7, 6, 2], [5, 2, 0, 0, 0]])


def problem(
    pairs: int, width: int, vocabulary: int, dtype: torch.dtype
) -> tuple[list[Tensor], Tensor]:
    """Make features, weight and bias with gradients, and targets of paired positions."""
    torch.manual_seed(pairs)
    inputs = torch.randn(2 * pairs, width), torch.randn(vocabulary, width), torch.randn(vocabulary)
    targets = torch.randint(vocabulary, (pairs,)).repeat_interleave(2)
    return [tensor.to(dtype).requires_grad_() for tensor in inputs], targets


def whole(
    features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor, smoothing: float, r_drop: float
) -> Tensor:
    """Compute the loss with torch from all logits at once."""
    logits = F.linear(features, weight, bias).to(torch.promote_types(features.dtype, torch.float32))
    p, q = logits.log_softmax(-1).view(-1, 2, len(weight)).unbind(1)
    apart = sum(F.kl_div(a, b, log_target=True, reduction="sum") for a, b in ((p, q), (q, p)))
    return (
        F.cross_entropy(logits, targets, reduction="sum", label_smoothing=smoothing)
        + r_drop / 2 * apart
    )


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("rows", [None, 4, 10])
def test_loss_and_gradients_are_torchs(
    size: tuple[int, int, int], smoothing: float, rows: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rows is not None:  # positions in a chunk
        for name, value in (
            ("MIN_POSITIONS", 1),
            ("POSITION_MULTIPLE", 2),
            ("CHUNK_LOGITS", rows * size[2]),
        ):
            monkeypatch.setattr(module, name, value)
    inputs, targets = problem(*size, torch.float64)
    expected, found = (loss(*inputs, targets, smoothing, 3.0) for loss in (whole, cross_entropy))
    torch.testing.assert_close(found, expected, rtol=1e-11, atol=1e-11)
    for a, b in zip(
        torch.autograd.grad(found, inputs), torch.autograd.grad(expected, inputs), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-11)


def test_under_autocast_it_is_as_accurate_as_torch() -> None:
    inputs, targets = problem(66, 16, 100, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        expected, found = (loss(*inputs, targets, 0.1, 3.0) for loss in (whole, cross_entropy))
    exact = [tensor.detach().double().requires_grad_() for tensor in inputs]
    truth = whole(*exact, targets, 0.1, 3.0)
    torch.testing.assert_close(found, expected, rtol=2e-3, atol=0)
    gradients = [
        torch.autograd.grad(loss, of)
        for loss, of in ((found, inputs), (expected, inputs), (truth, exact))
    ]
    for a, b, c in zip(*gradients, strict=True):
        assert (a - c).norm() < 2 * (b - c).norm() + 1e-3 * c.norm()


def make(order: str, dropout: float) -> Seq2SeqModel:
    torch.manual_seed(3)
    config = ModelConfig(
        cell="gru",
        attention="bahdanau",
        decoder_order=order,
        coverage=True,
        embedding_size=6,
        hidden_size=8,
        dropout=dropout,
    )
    model = build_model(config, 13, 13).double().train()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.4)
    return model


@every_order
@torch.no_grad()
def test_without_dropout_two_passes_cost_what_one_does(order: str) -> None:
    model = make(order, dropout=0.0)
    torch.testing.assert_close(
        model.loss(Pairs(), 0.1, r_drop=5.0), model.loss(Pairs(), 0.1), rtol=0, atol=1e-11
    )


@every_order
@torch.no_grad()
def test_the_loss_equals_a_reference(order: str) -> None:
    """Half of both passes' cross-entropies, and 5 times a quarter of both divergences; nothing for
    padding."""
    model = make(order, dropout=0.4)
    pairs = Pairs()
    torch.manual_seed(4)
    twice = (
        t.repeat_interleave(2, 0) for t in (pairs.source, pairs.source_lengths, pairs.target_inputs)
    )
    passes = model(*twice).log_softmax(-1).view(3, 2, 5, 13)
    expected = 0.0
    for (p, q), targets in zip(passes, pairs.target_outputs, strict=True):
        assert not torch.equal(p, q)
        for time, target in enumerate(targets[targets > 0]):
            one = p[time]
            other = q[time]
            expected -= 0.5 * float(one[target] + other[target])
            expected += 5 / 4 * float(((one.exp() - other.exp()) * (one - other)).sum())
    torch.manual_seed(4)
    assert float(model.loss(pairs, coverage_loss=0.0, r_drop=5.0)) == pytest.approx(
        expected, abs=1e-10
    )
