"""Quantized weights and shortlists: all models decode with both, and rows stay independent."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from seq2seq.config.settings import ModelConfig
from seq2seq.decoding.beam import BeamSearch
from seq2seq.decoding.greedy import GreedySearch, most_likely
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, StepOutput, Strategy
from seq2seq.models.attention import ATTENTIONS, Attention
from seq2seq.models.cells import CELLS, Cell, State
from seq2seq.models.decoders import DECODERS
from seq2seq.models.model import ModelState, Seq2SeqModel, build_model
from seq2seq.models.quantization import (
    DTYPES,
    BFloat16Linear,
    Int8Linear,
    Linear,
    quantize_modules,
)
from tests.support.examples import few

PAD = 0
BOS = 1
EOS = 2
VOCAB = 40
SOURCE = torch.tensor([[5, 9, 11, 2], [7, 2, 0, 0], [30, 31, 2, 0]])
LENGTHS = torch.tensor([4, 2, 3])
every_dtype = pytest.mark.parametrize("dtype", sorted(DTYPES))
strategies: list[Strategy] = [GreedySearch(), BeamSearch(beam=3)]


def make(
    cell: str = "lstm",
    attention: str = "luong-general",
    order: str = "fused",
    scale_embeddings: bool = False,
) -> Seq2SeqModel:
    torch.manual_seed(4)
    config = ModelConfig(
        cell=cell,
        decoder_layers=2,
        attention=attention,
        attention_heads=2,
        decoder_order=order,
        embedding_size=16,
        hidden_size=24,
        readout_size=20,
        weight_tying="none",
        scale_embeddings=scale_embeddings,
    )
    model = build_model(config, VOCAB, VOCAB).eval()
    for parameter in (
        model.parameters()
    ):  # no two outputs are near each other, as those of a trained model are not
        parameter.data.mul_(2.0)
    return model


def search(
    model: Seq2SeqModel,
    strategy: Strategy,
    rows: Tensor,
    ids: Tensor | None = None,
    allowed: Tensor | None = None,
) -> list[list[Hypothesis]]:
    def step(tokens: Tensor, state: object) -> StepOutput:
        assert isinstance(state, ModelState)
        return StepOutput(*model.step(tokens, state))

    with torch.inference_mode():
        state = model.start(SOURCE[rows], LENGTHS[rows])
        bos = BOS
        eos = EOS
        forbidden = (PAD, BOS)
        if ids is not None and allowed is not None:
            state = model.shortlisted(state, ids, allowed[rows])
            bos = (ids == BOS).nonzero().item()  # type: ignore[assignment]
            eos = (ids == EOS).nonzero().item()  # type: ignore[assignment]
            forbidden = ((ids == PAD).nonzero().item(), bos)  # type: ignore[assignment]
        return strategy(step, state, SearchBatch(torch.full((len(rows),), 6), bos, eos, forbidden))


@every_dtype
@pytest.mark.parametrize(
    ("cell", "attention", "order"),
    itertools.product(sorted(CELLS), sorted(ATTENTIONS), sorted(DECODERS)),
)
def test_a_quantized_model_gives_almost_the_same_logits(
    cell: str, attention: str, order: str, dtype: str
) -> None:
    # The encoder of a cell without a kernel for sequences is rounded too.
    amplifies = cell in ("elman-relu", "jordan", "ln-gru", "ln-lstm")
    limit = 0.25 if amplifies else 0.1
    check_quantized(make(cell, attention, order), make(cell, attention, order), dtype, limit)


@every_dtype
@pytest.mark.parametrize("order", sorted(DECODERS))
def test_so_does_one_with_scaled_embeddings(order: str, dtype: str) -> None:
    models = (make("gru", order=order, scale_embeddings=True) for _ in range(2))
    check_quantized(*models, dtype, limit=0.1)


def check_quantized(exact: Seq2SeqModel, quantized: Seq2SeqModel, dtype: str, limit: float) -> None:
    quantized.quantize(dtype)
    with torch.inference_mode():
        states = exact.start(SOURCE, LENGTHS), quantized.start(SOURCE, LENGTHS)
        for tokens in torch.tensor([[BOS] * 3, [6, 8, 10], [12, 20, 39]]):
            outputs = exact.step(tokens, states[0]), quantized.step(tokens, states[1])
            states = outputs[0].state, outputs[1].state
            error = (outputs[0].logits - outputs[1].logits).norm() / outputs[0].logits.norm()
            assert 0 < error < limit
            assert outputs[1].logits.dtype == torch.float32


@every_dtype
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_an_encoder_is_quantized_unless_its_cells_have_a_kernel_for_sequences(
    cell: str, dtype: str
) -> None:
    model = make(cell)
    kernel = not model.encoder.forward_cells[0].loops_over_steps()
    before = {name: weight.clone() for name, weight in model.encoder.named_parameters()}
    model.quantize(dtype)
    kind: type = DTYPES[dtype]  # type: ignore[assignment]
    assert any(isinstance(module, kind) for module in model.encoder.modules()) != kernel
    if kernel:
        after = dict(model.encoder.named_parameters())
        assert all(torch.equal(after[name], weight) for name, weight in before.items())


@every_dtype
def test_a_quantized_model_has_no_float32_map(dtype: str) -> None:
    model = make()
    model.quantize(dtype)
    linears = [name for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    assert linears == []
    kind: type = DTYPES[dtype]  # type: ignore[assignment]
    quantized = [module for module in model.modules() if isinstance(module, kind)]
    assert len(quantized) == 2 * 2 + 4, "two maps a cell, keys, bridge, readout, output"


class MinimalGatedUnit(Cell):
    """Cell from outside the package (Zhou et al. 2016)."""

    def __init__(self, input_size: int, hidden_size: int, forget_bias: float = 1.0) -> None:
        super().__init__(input_size, hidden_size)
        self.input = nn.Linear(input_size, 2 * hidden_size)
        self.gate = nn.Linear(hidden_size, hidden_size, bias=False)
        self.candidate = nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.Tanh())

    def project_inputs(self, x: Tensor) -> Tensor:
        return self.input(x)

    def update(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        gate_input, candidate_input = inputs.chunk(2, -1)
        gate = torch.sigmoid(gate_input + self.gate(state[0]))
        h = state[0] + gate * (self.candidate(gate * state[0]) + candidate_input - state[0])
        return h, (h,)


class PlainAttention(Attention):
    """Attention from outside the package."""

    def __init__(
        self, query_size: int, memory_size: int, heads: int = 1, coverage: bool = False
    ) -> None:
        super().__init__(query_size, memory_size, coverage=coverage)
        self.query = nn.Linear(query_size, memory_size)
        self.one_column = nn.Linear(1, 1)

    def keys(self, memory: Tensor) -> Tensor:
        return memory

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        scores = self.query(query) @ keys.transpose(1, 2)
        return self.one_column(scores.unsqueeze(-1)).squeeze(-1)


@every_dtype
@pytest.mark.parametrize("order", sorted(DECODERS))
def test_a_cell_and_an_attention_from_outside_are_quantized_without_code_of_their_own(
    monkeypatch: pytest.MonkeyPatch, order: str, dtype: str
) -> None:
    monkeypatch.setitem(CELLS._entries, "mgu", MinimalGatedUnit)
    monkeypatch.setitem(ATTENTIONS._entries, "plain", PlainAttention)
    exact = make("mgu", "plain", order)
    quantized = make("mgu", "plain", order)
    quantized.quantize(dtype)
    kept = [
        name for name, module in quantized.decoder.named_modules() if isinstance(module, nn.Linear)
    ]
    assert kept == ["attention.one_column"], "a single column cannot be int8"
    kind: type = DTYPES[dtype]  # type: ignore[assignment]
    rounded = [module for module in quantized.modules() if isinstance(module, kind)]
    cells = 4  # two directions of the encoder, which run in a loop too, and two decoder layers
    assert len(rounded) == cells * 3 + 4, "three maps a cell, query, bridge, readout, output"
    with torch.inference_mode():
        logits = [
            model.step(torch.tensor([BOS] * 3), model.start(SOURCE, LENGTHS)).logits
            for model in (exact, quantized)
        ]
    assert 0 < (logits[0] - logits[1]).norm() / logits[0].norm() < 0.1


def test_a_subclass_of_a_linear_map_is_left_as_it_is() -> None:
    class Halved(nn.Linear):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) / 2

    model = nn.Sequential(nn.Linear(3, 3), Halved(3, 3), nn.MultiheadAttention(4, 2))
    quantize_modules(model, DTYPES["bf16"])
    assert [type(module) for module in model] == [BFloat16Linear, Halved, nn.MultiheadAttention]
    assert isinstance(model[2].out_proj, nn.Linear)


@given(st.integers(1, 7), st.integers(2, 70), st.integers(1, 50), st.integers(0, 10_000))
@few(40)
def test_an_int8_map_is_close_to_the_exact_one_and_rows_are_independent(
    rows: int, inputs: int, outputs: int, seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(outputs, inputs, generator=generator)
    bias = torch.randn(outputs, generator=generator)
    x = torch.randn(rows, inputs, generator=generator) * torch.logspace(-3, 3, rows).unsqueeze(1)
    linear = Int8Linear(weight, bias)
    y = linear(x)
    # Each factor is off by at most half a step of 1/127 of its row's largest.
    bound = (x.abs().amax(1, keepdim=True) * weight.abs().amax(1)) * inputs / 120 + 1e-5
    assert bool(((y - (x @ weight.T + bias)).abs() <= bound).all())
    assert torch.equal(torch.cat([linear(row.unsqueeze(0)) for row in x]), y)
    ids = torch.arange(outputs - 1, -1, -2)
    assert torch.equal(linear.rows(ids)(x), y[:, ids])


def test_an_int8_map_of_zeros_is_its_bias() -> None:
    linear = Int8Linear(torch.zeros(3, 4), torch.tensor([1.0, 2.0, 3.0]))
    assert linear(torch.zeros(2, 5, 4)).tolist() == [[[1.0, 2.0, 3.0]] * 5] * 2
    assert linear(torch.ones(1, 4)).tolist() == [[1.0, 2.0, 3.0]]


@pytest.mark.parametrize("make_linear", [lambda w, b: _linear(w, b), *DTYPES.values()])
def test_rows_of_an_output_layer(make_linear: object) -> None:
    weight = torch.randn(9, 5)
    bias = torch.randn(9)
    x = torch.randn(4, 5)
    layer = make_linear(weight, bias)  # type: ignore[operator]
    ids = torch.tensor([7, 0, 3])
    torch.testing.assert_close(layer.rows(ids)(x), layer(x)[:, ids])


def _linear(weight: Tensor, bias: Tensor) -> Linear:
    linear = Linear(weight.shape[1], weight.shape[0])
    linear.load_state_dict({"weight": weight, "bias": bias})
    return linear


@pytest.mark.parametrize("strategy", strategies)
@pytest.mark.parametrize("dtype", ["fp32", *sorted(DTYPES)])
def test_a_shortlist_of_everything_changes_nothing(strategy: Strategy, dtype: str) -> None:
    model = make()
    if dtype != "fp32":
        model.quantize(dtype)
    rows = torch.arange(3)
    everything = search(
        model, strategy, rows, torch.arange(VOCAB), torch.ones(3, VOCAB, dtype=torch.bool)
    )
    plain = search(model, strategy, rows)
    assert [[h.tokens for h in hs] for hs in everything] == [[h.tokens for h in hs] for hs in plain]


@pytest.mark.parametrize("strategy", strategies)
@pytest.mark.parametrize("dtype", ["fp32", *sorted(DTYPES)])
def test_each_sentence_keeps_to_its_own_shortlist_whatever_its_batch(
    strategy: Strategy, dtype: str
) -> None:
    model = make()
    if dtype != "fp32":
        model.quantize(dtype)
    ids = torch.tensor([PAD, BOS, EOS, 4, 8, 9, 15, 22, 23, 37])
    allowed = torch.rand(3, len(ids), generator=torch.Generator().manual_seed(2)) < 0.5
    allowed[:, :3] = torch.tensor([False, False, True])
    together = search(model, strategy, torch.arange(3), ids, allowed)
    for row, hypotheses in enumerate(together):
        alone = search(model, strategy, torch.tensor([row]), ids, allowed)[0]
        assert [h.tokens for h in hypotheses] == [h.tokens for h in alone]
        own = set(allowed[row].nonzero().flatten().tolist())
        assert all(set(h.tokens) <= own for h in hypotheses)


@given(st.integers(1, 6), st.integers(1, 30), st.integers(0, 1000))
@few(40)
def test_most_likely_is_the_first_maximum_of_each_row(rows: int, columns: int, seed: int) -> None:
    scores = torch.randint(
        -3, 3, (rows, columns), generator=torch.Generator().manual_seed(seed)
    ).float()
    scores[scores == -3] = float("-inf")
    best, places = most_likely(scores)
    assert torch.equal(best, scores.max(1).values)
    assert places.tolist() == [row.index(max(row)) for row in scores.tolist()]
