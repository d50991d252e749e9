"""Every cell with every attention in every decoder order: fused pass, steps and gradient agree.

Searches and loss agree with them for each part in each order.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from seq2seq.config.settings import ModelConfig
from seq2seq.decoding.beam import BeamSearch, length_penalty
from seq2seq.decoding.greedy import GreedySearch
from seq2seq.decoding.hypothesis import Hypothesis
from seq2seq.decoding.search import SearchBatch, StepFn, StepOutput, Strategy
from seq2seq.errors import ConfigError
from seq2seq.models.attention import ATTENTIONS
from seq2seq.models.cells import CELLS
from seq2seq.models.decoders import DECODERS
from seq2seq.models.embedding import PADDING
from seq2seq.models.model import ModelState, Seq2SeqModel, build_model

BOS = 1
EOS = 2
VOCAB = 11
VARIANTS: dict[str, dict[str, Any]] = {
    "gru in a row of 2": {"cell": "gru", "transition_depth": 2},
    "lstm of normalised weights": {"cell": "lstm", "weight_norm": True},
    "gru of normalised weights": {"cell": "gru", "weight_norm": True},
    "bahdanau with coverage": {"attention": "bahdanau", "coverage": True},
    "luong-concat with coverage": {"attention": "luong-concat", "coverage": True},
    "lexical_model bahdanau": {"attention": "bahdanau", "lexical_model": True},
    "lexical_model multi-head": {"attention": "multi-head", "lexical_model": True},
    "lexical_model bahdanau with coverage": {
        "attention": "bahdanau",
        "lexical_model": True,
        "coverage": True,
    },
}
VARIANT_CELLS = [name for name in VARIANTS if "cell" in VARIANTS[name]]
VARIANT_ATTENTIONS = [name for name in VARIANTS if "attention" in VARIANTS[name]]
variants = [
    *itertools.product(VARIANT_CELLS, ["luong-general"], sorted(DECODERS)),
    *itertools.product(["lstm"], VARIANT_ATTENTIONS, sorted(DECODERS)),
]
combinations = [*itertools.product(sorted(CELLS), sorted(ATTENTIONS), sorted(DECODERS)), *variants]
# Effects of a cell or an attention only show in combination with each order.
kinds = [
    *itertools.product(sorted(CELLS), ["luong-general"], sorted(DECODERS)),
    *itertools.product(["gru"], sorted(set(ATTENTIONS) - {"luong-general"}), sorted(DECODERS)),
    *variants,
]
every_combination = pytest.mark.parametrize(("cell", "attention", "order"), combinations)
every_kind = pytest.mark.parametrize(("cell", "attention", "order"), kinds)


@dataclass(frozen=True)
class Pairs:
    """A batch of padded ids."""

    source: Tensor
    source_lengths: Tensor
    target_inputs: Tensor
    target_outputs: Tensor

    @staticmethod
    def of(
        pairs: list[tuple[list[int], list[int]]], extra_source: int = 0, extra_target: int = 0
    ) -> Pairs:
        def pad(rows: list[list[int]], extra: int) -> Tensor:
            width = max(map(len, rows)) + extra
            return torch.tensor([row + [PADDING] * (width - len(row)) for row in rows])

        return Pairs(
            pad([source for source, _ in pairs], extra_source),
            torch.tensor([len(source) for source, _ in pairs]),
            pad([[BOS, *target] for _, target in pairs], extra_target),
            pad([[*target, EOS] for _, target in pairs], extra_target),
        )


PAIRS = [
    ([3, 4, 5, 6], [6, 5, 4]),
    ([7], [8, 3, 9, 10, 7]),
    ([8, 9, 3, 3, 10, 4], []),
    ([5, 3], [3]),
]


def make(
    cell: str,
    attention: str,
    order: str,
    layers: int = 2,
    tying: str = "two-way",
    dropout: float = 0.0,
    readout: int | None = None,
    **more: Any,
) -> Seq2SeqModel:
    """Make a float64 model in eval mode without zero parameters, not even for padding."""
    torch.manual_seed(8)
    settings: dict[str, Any] = {
        "cell": cell,
        "attention": attention,
        "decoder_order": order,
        "embedding_size": 6,
        "hidden_size": 8,
        "attention_heads": 2,
        "encoder_layers": layers,
        "decoder_layers": layers,
        "readout_size": readout,
        "weight_tying": tying,
        "dropout": dropout,
    }
    config = ModelConfig(
        **{**settings, **VARIANTS.get(cell, {}), **VARIANTS.get(attention, {}), **more}
    )
    model = build_model(config, VOCAB, VOCAB).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model


def equal(a: Tensor, b: Tensor, tolerance: float = 1e-11) -> None:
    assert a.shape == b.shape
    assert float((a - b).detach().abs().max()) <= tolerance


@every_combination
@torch.no_grad()
def test_teacher_forcing_equals_the_loop_of_steps(cell: str, attention: str, order: str) -> None:
    # With one layer, also features of a width of their own.
    own_width = not attention.startswith("lexical_model")
    shape: dict[str, Any] = {"tying": "none", "readout": 5} if own_width else {}
    one_layer = make(cell, attention, order, 1, **shape)
    assert one_layer.output.in_features == (5 if own_width else 6)
    batch = Pairs.of(PAIRS)
    real = torch.arange(batch.source.shape[1]) < batch.source_lengths.unsqueeze(1)
    for model in (one_layer, make(cell, attention, order, 2)):
        weights = compared_steps(model, batch)
        assert len(weights) == (0 if attention == "none" else batch.target_inputs.shape[1])
        for one in weights:
            assert one.shape == batch.source.shape
            assert not one[~real].any()
            equal(one.sum(-1), torch.ones(len(one)).double())


def compared_steps(model: Seq2SeqModel, batch: Pairs) -> list[Tensor]:
    """Compare the fused pass with the loop of steps; return the attention weights of each step."""
    whole = model(batch.source, batch.source_lengths, batch.target_inputs)
    assert whole.shape == (*batch.target_inputs.shape, VOCAB)
    state = model.start(batch.source, batch.source_lengths)
    steps: list[Tensor] = []
    attention: list[Tensor] = []
    for tokens in batch.target_inputs.unbind(1):
        logits, state, weights = model.step(tokens, state)
        steps.append(logits)
        attention += [] if weights is None else [weights]
    equal(torch.stack(steps, 1), whole)
    return attention


@pytest.mark.parametrize("attention", sorted(ATTENTIONS))
@pytest.mark.parametrize("order", sorted(DECODERS))
@torch.no_grad()
def test_the_orders_of_attention_and_recurrence_equal_a_reference(
    order: str, attention: str
) -> None:
    """Two residual layers.

    Fused: attention between them, from the first one. Input feeding: after both, from the sum, fed
    back. Bahdanau: before both, from the second one's last state."""
    model = make("gru", attention, order)
    batch = Pairs.of(PAIRS)
    start = model.start(batch.source, batch.source_lengths)
    decoder = model.decoder
    memory = start.memory
    feed = torch.zeros(len(PAIRS), 6).double()
    (first,), (second,) = start.decoder.layers

    def attend(query: Tensor) -> Tensor:
        read: Tensor = decoder.attention(
            query.unsqueeze(1), memory.keys, memory.states, memory.mask
        )[0]
        return read.squeeze(1)

    expected = []
    for tokens in batch.target_inputs.unbind(1):
        before = {"fused": [], "input-feeding": [feed], "bahdanau": [attend(second)]}[order]
        first, _ = decoder.cells[0].step(
            torch.cat([decoder.embedding(tokens), *before], 1), (first,)
        )
        below = torch.cat([first, attend(first)], 1) if order == "fused" else first
        context = before[0] if order == "bahdanau" else attend(first)
        second, _ = decoder.cells[1].step(below, (second,))
        top = first + second
        context = attend(top) if order == "input-feeding" else context
        feed = torch.tanh(decoder.readout(torch.cat([top, context], 1)))
        expected.append(model.output(feed))
    equal(model(batch.source, batch.source_lengths, batch.target_inputs), torch.stack(expected, 1))


@every_kind
@torch.no_grad()
def test_padding_changes_nothing(cell: str, attention: str, order: str) -> None:
    model = make(cell, attention, order)
    batch = Pairs.of(PAIRS)
    loss = model.loss(batch, 0.1)
    equal(torch.stack([model.loss(Pairs.of([pair]), 0.1) for pair in PAIRS]).sum(), loss)
    equal(model.loss(Pairs.of(PAIRS, extra_source=3), 0.1), loss)
    equal(model.loss(Pairs.of(PAIRS, extra_target=2), 0.1), loss)
    equal(model.loss(Pairs.of(PAIRS, extra_source=2, extra_target=5), 0.1), loss)


@every_kind
@torch.no_grad()
def test_the_loss_equals_a_reference(cell: str, attention: str, order: str) -> None:
    model = make(cell, attention, order)
    batch = Pairs.of(PAIRS)
    log_p = model(batch.source, batch.source_lengths, batch.target_inputs).log_softmax(-1)
    for smoothing in (0.0, 0.3):
        expected = 0.0
        for row, (_, target) in enumerate(PAIRS):
            for time, token in enumerate([*target, EOS]):
                right = float(log_p[row, time, token])
                others = float(log_p[row, time].sum()) / VOCAB
                expected -= (1 - smoothing) * right + smoothing * others
        assert float(model.loss(batch, smoothing, coverage_loss=0)) == pytest.approx(
            expected, abs=1e-10
        )


@every_combination
def test_the_gradient_of_the_loss_equals_finite_differences(
    cell: str, attention: str, order: str
) -> None:
    model = make(cell, attention, order)
    batch = Pairs.of(PAIRS)
    parameters = list(model.parameters())
    gradients = torch.autograd.grad(model.loss(batch, 0.1), parameters)
    generator = torch.Generator().manual_seed(9)
    direction = [torch.randn(p.shape, generator=generator, dtype=p.dtype) for p in parameters]
    slope = sum(float((g * d).sum()) for g, d in zip(gradients, direction, strict=True))
    step = 1e-6
    with torch.no_grad():
        losses = []
        for move in (step, -2 * step):
            torch._foreach_add_(parameters, direction, alpha=move)
            losses.append(float(model.loss(batch, 0.1)))
    assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(slope, rel=1e-5, abs=1e-6)


@every_kind
def test_every_parameter_is_trained(cell: str, attention: str, order: str) -> None:
    model = make(cell, attention, order, tying="none")
    model.loss(Pairs.of(PAIRS)).backward()
    assert [
        name
        for name, p in model.named_parameters()
        if p.numel() and (p.grad is None or not p.grad.any())
    ] == []


def log_probabilities(model: Seq2SeqModel, pairs: list[tuple[list[int], list[int]]]) -> list[float]:
    """Return the log-probability of each forced translation."""
    batch = Pairs.of(pairs)
    log_p = model(batch.source, batch.source_lengths, batch.target_inputs).log_softmax(-1)
    of_tokens = log_p.gather(-1, batch.target_outputs.unsqueeze(-1)).squeeze(-1)
    of_tokens = of_tokens.masked_fill(batch.target_outputs == PADDING, 0.0)
    found: list[float] = of_tokens.sum(-1).tolist()
    return found


def step_function(model: Seq2SeqModel) -> StepFn:
    def step(tokens: Tensor, state: ModelState) -> StepOutput:
        return StepOutput(*model.step(tokens, state))

    return step


def translate(
    model: Seq2SeqModel, sources: list[list[int]], search: Strategy
) -> list[list[Hypothesis]]:
    batch = Pairs.of([(source, []) for source in sources])
    start = model.start(batch.source, batch.source_lengths)
    lengths = batch.source_lengths + 3
    return search(
        step_function(model),
        start,
        SearchBatch(lengths, bos=BOS, eos=EOS, forbidden=(PADDING, BOS)),
    )


@every_kind
@torch.no_grad()
def test_the_score_of_a_hypothesis_equals_forced_decoding_and_is_independent_of_the_batch(
    cell: str, attention: str, order: str
) -> None:
    model = make(cell, attention, order)
    sources = [source for source, _ in PAIRS]
    for search in (GreedySearch(), BeamSearch(beam=3, nbest=2, length_penalty=0.6)):
        together = translate(model, sources, search)
        for source, hypotheses in zip(sources, together, strict=True):
            assert hypotheses
            (alone,) = translate(model, [source], search)
            assert [one.tokens for one in alone] == [one.tokens for one in hypotheses]
            assert [one.score for one in alone] == pytest.approx(
                [one.score for one in hypotheses], abs=1e-10
            )
        forced = log_probabilities(
            model,
            [
                (source, one.tokens)
                for source, hypotheses in zip(sources, together, strict=True)
                for one in hypotheses
            ],
        )
        for one, expected in zip(itertools.chain(*together), forced, strict=True):
            assert one.log_probability == pytest.approx(expected, abs=1e-10)
            penalty = (
                length_penalty(len(one.tokens) + 1, 0.6) if isinstance(search, BeamSearch) else 1.0
            )
            assert one.score == pytest.approx(expected / penalty, abs=1e-10)


@every_kind
@torch.no_grad()
def test_beams_that_share_a_memory_equal_each_one_alone(
    cell: str, attention: str, order: str
) -> None:
    model = make(cell, attention, order)
    batch = Pairs.of(PAIRS)
    beams = 3
    start = model.start(batch.source, batch.source_lengths)
    tokens = torch.randint(
        1, VOCAB, (2, len(PAIRS) * beams), generator=torch.Generator().manual_seed(2)
    )
    shared = start.select(torch.arange(len(PAIRS)).repeat_interleave(beams))
    assert shared.memory is start.memory
    first, shared, _ = model.step(tokens[0], shared)
    second, _, _ = model.step(tokens[1], shared)
    for beam in range(beams):
        alone, state, _ = model.step(tokens[0, beam::beams], start)
        equal(first[beam::beams], alone)
        equal(second[beam::beams], model.step(tokens[1, beam::beams], state)[0])


@every_kind
@torch.no_grad()
def test_selected_rows_and_sentences_continue_unchanged(
    cell: str, attention: str, order: str
) -> None:
    model = make(cell, attention, order)
    batch = Pairs.of(PAIRS)
    _, state, _ = model.step(
        batch.target_inputs[:, 0], model.start(batch.source, batch.source_lengths)
    )
    tokens = torch.tensor([3, 4, 5, 6])
    kept = torch.tensor([3, 1])
    expected, _, _ = model.step(tokens, state)
    found, _, _ = model.step(tokens[kept], state.select(kept, kept))
    equal(found, expected[kept])


@every_kind
def test_a_few_steps_on_a_copy_task_lower_the_loss(cell: str, attention: str, order: str) -> None:
    model = make(cell, attention, order).float().train()
    batch = Pairs.of([(source, source) for source, _ in PAIRS])
    optimizer = torch.optim.Adam(model.parameters(), lr=0.06, fused=True)
    losses = []
    for _ in range(5):
        loss = model.loss(batch)
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert losses[-1] < 0.9 * losses[0]


@every_kind
def test_under_bf16_autocast_the_loss_is_near_and_the_gradients_finite(
    cell: str, attention: str, order: str
) -> None:
    model = make(cell, attention, order).float()
    batch = Pairs.of(PAIRS)
    exact = float(model.loss(batch, 0.1).detach())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = model.loss(batch, 0.1)
        found = translate(model, [source for source, _ in PAIRS], BeamSearch(beam=2))
        whole = model(batch.source, batch.source_lengths, batch.target_inputs)
        stepped, _, _ = model.step(
            batch.target_inputs[:, 0], model.start(batch.source, batch.source_lengths)
        )
    assert loss.dtype == torch.float32
    assert float(loss.detach()) == pytest.approx(exact, rel=5e-2)
    torch.testing.assert_close(stepped.float(), whole[:, 0].float(), rtol=0.05, atol=0.05)
    loss.backward()
    assert all(
        p.grad is not None and p.grad.isfinite().all()
        for p in model.parameters()
        if p.requires_grad
    )
    assert all(found)


@every_kind
def test_a_batch_of_padding_has_no_loss_and_no_gradient(
    cell: str, attention: str, order: str
) -> None:
    """A rank without rows computes this to join the others' backward pass."""
    model = make(cell, attention, order)
    padding = torch.zeros(1, 2, dtype=torch.long)
    loss = model.loss(Pairs(padding, torch.tensor([1]), padding, padding), 0.1)
    assert float(loss.detach()) == 0
    loss.backward()
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())
    assert all(p.grad is not None for p in model.encoder.parameters())


@every_kind
def test_a_row_of_padding_beside_real_rows_has_no_loss(
    cell: str, attention: str, order: str
) -> None:
    model = make(cell, attention, order)
    batch = Pairs.of(PAIRS)
    wider = Pairs(
        F.pad(batch.source, (0, 0, 0, 1)),
        F.pad(batch.source_lengths, (0, 1), value=1),
        F.pad(batch.target_inputs, (0, 0, 0, 1)),
        F.pad(batch.target_outputs, (0, 0, 0, 1)),
    )
    equal(model.loss(wider, 0.1), model.loss(batch, 0.1))


@pytest.mark.parametrize("order", sorted(DECODERS))
def test_dropout_comes_from_torchs_seed_and_is_off_in_eval(order: str) -> None:
    dropping = make("lstm", "luong-general", order, dropout=0.4)
    batch = Pairs.of(PAIRS)
    plain = make("lstm", "luong-general", order, dropout=0.0)
    equal(dropping.loss(batch), plain.loss(batch), tolerance=0)
    dropping.train()
    losses = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        losses.append(float(dropping.loss(batch).detach()))
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize("order", sorted(DECODERS))
def test_an_initial_model_comes_from_torchs_seed(order: str) -> None:
    one, same = (make("gru", "bahdanau", order).state_dict() for _ in range(2))
    assert one.keys() == same.keys()
    assert all(torch.equal(one[key], same[key]) for key in one)


def storages(model: Seq2SeqModel) -> list[int]:
    decoder_embedding = model.decoder.embedding.weight
    return [
        weight.data_ptr()
        for weight in (model.encoder.embedding.weight, decoder_embedding, model.output.weight)
    ]


def parameters(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("order", sorted(DECODERS))
def test_tied_weights_are_one_storage_counted_once(order: str) -> None:
    models = [
        make("lstm", "luong-dot", order, tying=tying) for tying in ("none", "two-way", "three-way")
    ]
    assert [len(set(storages(model))) for model in models] == [3, 2, 1]
    two_way = storages(models[1])
    assert two_way[1] == two_way[2]
    counts = [parameters(model) for model in models]
    matrix = VOCAB * 6
    assert [counts[0] - count for count in counts] == [0, matrix, 2 * matrix]


def test_three_way_tying_of_unequal_vocabularies_is_refused() -> None:
    config = ModelConfig(weight_tying="three-way", embedding_size=4, hidden_size=4)
    with pytest.raises(AssertionError, match="three-way"):
        build_model(config, VOCAB, VOCAB + 1)


def test_vocabularies_may_differ_in_size() -> None:
    model = build_model(
        ModelConfig(embedding_size=4, hidden_size=8, weight_tying="two-way"), VOCAB, VOCAB + 3
    )
    batch = Pairs.of(PAIRS)
    assert model(batch.source, batch.source_lengths, batch.target_inputs).shape[-1] == VOCAB + 3


def test_an_unknown_part_is_a_config_error_with_the_nearest_name() -> None:
    for setting, message in {
        "cell": "unknown cell 'lsmt'; did you mean 'lstm'",
        "attention": "unknown attention 'luong-dott'; did you mean 'luong-dot'",
        "decoder_order": "unknown decoder order 'input-feed'; did you mean 'input-feeding'",
    }.items():
        name = message.split("'")[1]
        unchecked = ModelConfig(embedding_size=4, hidden_size=8).model_copy(update={setting: name})
        with pytest.raises(ConfigError, match=message):
            build_model(unchecked, VOCAB, VOCAB)
