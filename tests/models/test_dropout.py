"""Dropout: the right fraction and mean, the same mask in the gradient, and torch's seed."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor, nn

from seq2seq.config.settings import ModelConfig
from seq2seq.models.decoders import DECODERS
from seq2seq.models.dropout import Dropout, random_mask
from seq2seq.models.model import build_model

FRACTIONS = [0.1, 0.2, 0.5, 0.9]
every_dtype = pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16], ids=str
)


def masks(
    p: float, shape: tuple[int, ...], seed: int = 1, dtype: torch.dtype = torch.float32
) -> Tensor:
    torch.manual_seed(seed)
    return random_mask(torch.empty(shape, dtype=dtype), p)


@pytest.mark.parametrize("p", FRACTIONS)
def test_the_fraction_is_zeroed_and_the_mean_stays(p: float) -> None:
    count = 400_000
    made = masks(p, (count,), dtype=torch.float64)
    deviation = (p * (1 - p) / count) ** 0.5
    assert abs(float((made == 0).double().mean()) - p) < 4 * deviation + 2**-16
    assert abs(float(made.mean()) - 1) < (4 * deviation + 2**-16) / (1 - p)
    assert len(made.unique()) == 2
    assert float(made.max()) == pytest.approx(1 / (1 - p), rel=2**-16 / (1 - p))


@pytest.mark.parametrize("p", FRACTIONS)
def test_neighbors_are_independent(p: float) -> None:
    """Four 16-bit numbers come from one draw of 64 bits."""
    kept = masks(p, (100_000, 4)).ne(0).double()
    correlation = torch.corrcoef(torch.cat([kept, kept.roll(1, 0)], 1).t()) - torch.eye(
        8, dtype=torch.float64
    )
    assert correlation.abs().max() < 5 / 100_000**0.5


@pytest.mark.parametrize("p", [0.0, 1e-9])
def test_a_fraction_of_zero_drops_nothing(p: float) -> None:
    x = torch.randn(1001)
    assert torch.equal(Dropout(p)(x), x)
    assert masks(p, (70_000,)).eq(1).all()


def test_in_eval_mode_it_is_the_identity_and_draws_nothing() -> None:
    x = torch.randn(5, 7)
    before = torch.get_rng_state()
    assert Dropout(0.5).eval()(x) is x
    assert Dropout(0.0)(x) is x
    assert torch.equal(torch.get_rng_state(), before)


def test_seeds_repeat_and_calls_differ() -> None:
    assert torch.equal(masks(0.5, (1000,)), masks(0.5, (1000,)))
    assert not torch.equal(masks(0.5, (1000,)), masks(0.5, (1000,), seed=2))
    torch.manual_seed(1)
    like = torch.empty(1000)
    assert not torch.equal(random_mask(like, 0.5), random_mask(like, 0.5))


@every_dtype
def test_the_dtype_does_not_change_the_mask(dtype: torch.dtype) -> None:
    made = masks(0.3, (7, 143), dtype=dtype)
    assert made.dtype == dtype
    assert torch.equal(made != 0, masks(0.3, (7, 143)) != 0)
    torch.testing.assert_close(
        made.max().double(), torch.tensor(1 / 0.7, dtype=torch.float64), rtol=4e-3, atol=0
    )


@pytest.mark.parametrize(
    "shape", [(), (0,), (1,), (3,), (4,), (5,), (3, 0, 2), (2, 3, 5), (1, 1, 7)], ids=str
)
@every_dtype
def test_any_shape(shape: tuple[int, ...], dtype: torch.dtype) -> None:
    x = torch.randn(shape, dtype=dtype)
    y = Dropout(0.5)(x)
    assert (y.shape, y.dtype) == (x.shape, x.dtype)
    assert ((y == 0) | (y == 2 * x)).all()


def test_any_layout() -> None:
    base = torch.randn(6, 5, 4)
    for x in (
        base.transpose(0, 2),
        base[:, ::2],
        base[1:, 1],
        base[:, :, :1].expand(6, 5, 4),
        base[0].t(),
    ):
        torch.manual_seed(3)
        found = Dropout(0.5)(x)
        torch.manual_seed(3)
        assert torch.equal(found, Dropout(0.5)(x.contiguous()))
        assert 0 < int((found == 0).sum()) < x.numel()


@every_dtype
def test_the_gradient_passes_the_same_mask(dtype: torch.dtype) -> None:
    x = torch.randn(20, 31, dtype=dtype, requires_grad=True)
    upstream = torch.randn(20, 31, dtype=dtype)
    torch.manual_seed(4)
    y = Dropout(0.4)(x)
    (gradient,) = torch.autograd.grad(y, x, upstream)
    torch.manual_seed(4)
    expected = random_mask(x, 0.4)
    assert not expected.requires_grad
    assert torch.equal(y, x * expected)
    assert torch.equal(gradient, upstream * expected)


def test_the_input_is_left_as_it_was() -> None:
    x = torch.ones(100)
    Dropout(0.5)(x)
    assert x.eq(1).all()


def test_it_can_replace_torchs_dropout() -> None:
    ours = Dropout(0.25)
    theirs = nn.Dropout(0.25)
    assert repr(ours) == "Dropout(p=0.25)"
    assert ours.p == theirs.p
    assert ours.state_dict() == theirs.state_dict() == {}
    assert not copy.deepcopy(ours).eval().training


def test_over_time_each_step_of_a_row_drops_the_same_inputs_and_rows_differ() -> None:
    torch.manual_seed(1)
    made = Dropout(0.5, over_time=True)(torch.ones(4, 7, 50))
    assert torch.equal(made, made[:, :1].expand_as(made))
    assert not torch.equal(made[0], made[1])
    assert set(made.unique().tolist()) == {0.0, 2.0}


@pytest.mark.parametrize("order", sorted(DECODERS))
def test_over_time_a_fused_pass_equals_the_steps_even_in_training(order: str) -> None:
    config = ModelConfig(
        cell="lstm",
        decoder_layers=2,
        decoder_order=order,
        dropout=0.5,
        dropout_over_time=True,
        embedding_size=6,
        hidden_size=8,
    )
    torch.manual_seed(1)
    model = build_model(config, 11, 11).train()
    source = torch.tensor([[3, 4, 5], [7, 2, 0]])
    lengths = torch.tensor([3, 2])
    target = torch.tensor([[1, 5], [1, 9]])
    state = model.start(source, lengths)
    assert len(state.decoder.dropout_masks) == 4  # embedding, two layers, features
    whole = model.decoder(target, state.decoder, state.memory).features
    decoder = state.decoder
    for time, tokens in enumerate(target.unbind(1)):
        features, decoder, _ = model.decoder.step(tokens, decoder, state.memory)
        torch.testing.assert_close(features, whole[:, time])
    assert (whole[0, 0] == 0).equal(whole[0, 1] == 0)
    rows = torch.tensor([1, 0, 1])
    taken = state.decoder.select(rows)
    assert all(
        torch.equal(a, b[rows])
        for a, b in zip(taken.dropout_masks, state.decoder.dropout_masks, strict=True)
    )
