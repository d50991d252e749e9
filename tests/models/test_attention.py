"""Rules that every attention of the registry keeps, and the formulas written out."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from seq2seq.models.attention import (
    ATTENTIONS,
    Attention,
    LuongDot,
    LuongGeneral,
    MultiHead,
    masked_softmax,
)

ROWS = 3
TIMES = 4
SOURCES = 5
WIDTH = 6
LENGTHS = torch.tensor([5, 1, 3])
MASK = torch.arange(SOURCES) < LENGTHS.unsqueeze(1)

every_attention = pytest.mark.parametrize("name", sorted(ATTENTIONS))
every_reading_attention = pytest.mark.parametrize("name", sorted(set(ATTENTIONS) - {"none"}))


def normal(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def make(name: str, heads: int = 2) -> Attention:
    """Make a float64 attention without zero parameters."""
    torch.manual_seed(5)
    attention = ATTENTIONS[name](WIDTH, WIDTH, heads=heads).double()
    with torch.no_grad():
        for parameter in attention.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.5)
    return attention


def read(
    attention: Attention, query: Tensor, memory: Tensor, mask: Tensor = MASK
) -> tuple[Tensor, Tensor]:
    context, weights = attention(query, attention.keys(memory), memory, mask)
    return context, query[..., :0] if weights is None else weights


def equal(a: Tensor, b: Tensor, tolerance: float = 1e-12) -> None:
    torch.testing.assert_close(a, b, rtol=0, atol=tolerance)


query = normal(ROWS, TIMES, WIDTH, seed=1)
memory = normal(ROWS, SOURCES, WIDTH, seed=2)


@every_attention
def test_the_context_is_as_wide_as_it_says(name: str) -> None:
    attention = make(name)
    context, _ = read(attention, query, memory)
    assert context.shape == (ROWS, TIMES, attention.context_size)
    assert attention.context_size == (0 if name == "none" else WIDTH)


@every_reading_attention
def test_weights_are_positive_sum_to_one_and_are_exactly_zero_on_padding(name: str) -> None:
    _, weights = read(make(name), query, memory)
    assert weights.shape == (ROWS, TIMES, SOURCES)
    equal(weights.sum(-1), torch.ones(ROWS, TIMES).double())
    shown = MASK.unsqueeze(1).expand_as(weights)
    assert (weights[shown] > 0).all()
    assert (weights[~shown] == 0).all()


@every_reading_attention
def test_scores_far_apart_stay_finite(name: str) -> None:
    context, weights = read(make(name), query * 1e4, memory * 1e4)
    assert context.isfinite().all()
    equal(weights.sum(-1), torch.ones(ROWS, TIMES).double())


@every_attention
def test_values_at_padding_change_nothing(name: str) -> None:
    attention = make(name)
    context, weights = read(attention, query, memory)
    other = torch.where(MASK.unsqueeze(-1), memory, normal(*memory.shape, seed=9) * 1000)
    for changed, expected in zip(read(attention, query, other), (context, weights), strict=True):
        equal(changed, expected)


@every_attention
def test_more_padding_changes_nothing_and_rows_are_independent_of_their_batch(name: str) -> None:
    attention = make(name)
    context, weights = read(attention, query, memory)
    longer = torch.cat([memory, normal(ROWS, 3, WIDTH, seed=8) * 1000], 1)
    padded_context, padded_weights = read(attention, query, longer, F.pad(MASK, (0, 3)))
    equal(padded_context, context)
    equal(padded_weights[..., : weights.shape[-1]], weights)
    assert not padded_weights[..., weights.shape[-1] :].any()
    for row, length in enumerate(LENGTHS.tolist()):
        here = slice(row, row + 1)
        alone_context, alone_weights = read(
            attention, query[here], memory[here, :length], MASK[here, :length]
        )
        equal(alone_context, context[here])
        equal(alone_weights, weights[here, :, :length])


@every_attention
def test_keys_serve_every_query_and_depend_only_on_their_position(name: str) -> None:
    attention = make(name)
    keys = attention.keys(memory)
    together, _ = attention(query, keys, memory, MASK)
    for position in range(SOURCES):
        equal(attention.keys(memory[:, position : position + 1]), keys[:, position : position + 1])
    for time in range(TIMES):
        here = slice(time, time + 1)
        equal(attention(query[:, here], keys, memory, MASK)[0], together[:, here])
    equal(keys, attention.keys(memory), tolerance=0)


@every_attention
def test_the_hypotheses_of_a_beam_as_time_steps_equal_each_one_alone(name: str) -> None:
    attention = make(name)
    keys = attention.keys(memory)
    beams = TIMES
    rows = query.flatten(0, 1)  # row n * B + b reads sentence n
    contexts, weights = attention(rows.unflatten(0, (ROWS, beams)), keys, memory, MASK)
    of_row = torch.arange(ROWS).repeat_interleave(beams)
    alone, alone_weights = attention(rows.unsqueeze(1), keys[of_row], memory[of_row], MASK[of_row])
    equal(contexts.flatten(0, 1), alone.squeeze(1))
    if weights is not None:
        equal(weights.flatten(0, 1), alone_weights.squeeze(1))


class Read(nn.Module):
    """Keys and reading in one call."""

    def __init__(self, attention: Attention) -> None:
        super().__init__()
        self.attention = attention

    def forward(self, query: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        return read(self.attention, query, memory)


@every_reading_attention
def test_gradients_equal_finite_differences(name: str) -> None:
    module = Read(make(name))
    names = [key for key, _ in module.named_parameters()]

    def call(query: Tensor, memory: Tensor, *values: Tensor) -> tuple[Tensor, Tensor]:
        result: tuple[Tensor, Tensor] = functional_call(
            module, dict(zip(names, values, strict=True)), (query, memory)
        )
        return result

    arguments = (
        query.clone().requires_grad_(),
        memory.clone().requires_grad_(),
        *module.parameters(),
    )
    assert torch.autograd.gradcheck(call, arguments, fast_mode=True)


@every_reading_attention
def test_no_gradient_reaches_padding(name: str) -> None:
    attention = make(name)
    source = memory.clone().requires_grad_()
    read(attention, query, source)[0].pow(2).sum().backward()
    assert source.grad is not None
    assert not source.grad[~MASK].any()
    assert source.grad[MASK].abs().sum(-1).min() > 0


@every_attention
def test_a_single_visible_position_gets_all_the_attention(name: str) -> None:
    """The context is that position, whatever the query."""
    attention = make(name)
    mask = torch.arange(SOURCES).expand(ROWS, -1) == 2
    context, _ = read(attention, query, memory, mask)
    other, _ = read(attention, query * -7 + 1, memory, mask)
    equal(context, other)
    if isinstance(attention, LuongDot):
        equal(context, memory[:, 2:3].expand_as(context))


def naive(score: list[list[list[Tensor]]]) -> tuple[Tensor, Tensor]:
    """Contexts and weights from score[n][t][s], one exponential at a time."""
    contexts = torch.zeros(ROWS, TIMES, WIDTH).double()
    weights = torch.zeros(ROWS, TIMES, SOURCES).double()
    for n, length in enumerate(LENGTHS.tolist()):
        for t in range(TIMES):
            exponentials = [math.exp(float(score[n][t][s])) for s in range(length)]
            for s in range(length):
                weights[n, t, s] = exponentials[s] / sum(exponentials)
                contexts[n, t] += weights[n, t, s] * memory[n, s]
    return contexts, weights


@pytest.mark.parametrize("name", ["bahdanau", "luong-dot", "luong-general"])
@torch.no_grad()
def test_the_formula_written_out(name: str) -> None:
    attention = make(name)
    p = dict(attention.named_parameters())

    def score(q: Tensor, m: Tensor) -> Tensor:
        if name == "bahdanau":  # v . tanh(W q + b + U m)
            inner = p["query.weight"] @ q + p["query.bias"] + p["key.weight"] @ m
            return p["energy.weight"][0] @ torch.tanh(inner)
        return q @ (p["key.weight"] @ m if name == "luong-general" else m)

    scores = [
        [[score(query[n, t], memory[n, s]) for s in range(SOURCES)] for t in range(TIMES)]
        for n in range(ROWS)
    ]
    for found, expected in zip(read(attention, query, memory), naive(scores), strict=True):
        equal(found, expected, tolerance=1e-11)


def test_luong_general_with_the_identity_is_luong_dot() -> None:
    general = make("luong-general")
    assert isinstance(general, LuongGeneral)
    with torch.no_grad():
        general.key.weight.copy_(torch.eye(WIDTH))
    for found, expected in zip(
        read(general, query, memory), read(make("luong-dot"), query, memory), strict=True
    ):
        equal(found, expected)


def test_one_head_with_identity_weights_is_scaled_dot_product_attention() -> None:
    attention = make("multi-head", heads=1)
    assert isinstance(attention, MultiHead)
    with torch.no_grad():
        for layer in (attention.query, attention.key_value, attention.output):
            layer.bias.zero_()
        attention.query.weight.copy_(torch.eye(WIDTH))
        attention.key_value.weight.copy_(torch.eye(WIDTH).repeat(2, 1))
        attention.output.weight.copy_(torch.eye(WIDTH))
    context, weights = read(attention, query, memory)
    equal(
        context, F.scaled_dot_product_attention(query, memory, memory, attn_mask=MASK.unsqueeze(1))
    )
    scores = (query @ memory.transpose(1, 2) / math.sqrt(WIDTH)).masked_fill(
        ~MASK.unsqueeze(1), float("-inf")
    )
    equal(weights, scores.softmax(-1))


@pytest.mark.parametrize("heads", [1, 2, 3, 6])
def test_multi_head_equals_torchs_own_with_the_same_weights(heads: int) -> None:
    attention = make("multi-head", heads)
    assert isinstance(attention, MultiHead)
    oracle = nn.MultiheadAttention(WIDTH, heads, batch_first=True).double()
    with torch.no_grad():
        oracle.in_proj_weight.copy_(torch.cat([attention.query.weight, attention.key_value.weight]))
        oracle.in_proj_bias.copy_(torch.cat([attention.query.bias, attention.key_value.bias]))
        oracle.out_proj.load_state_dict(attention.output.state_dict())
    expected = oracle(query, memory, memory, key_padding_mask=~MASK)
    for found, wanted in zip(read(attention, query, memory), expected, strict=True):
        equal(found, wanted)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_the_masked_softmax_keeps_the_type_of_its_scores(dtype: torch.dtype) -> None:
    assert masked_softmax(normal(ROWS, TIMES, SOURCES).to(dtype), MASK.unsqueeze(1)).dtype == dtype
