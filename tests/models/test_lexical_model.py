"""Lexical model: the attended source words, added to the features of the next token."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from seq2seq.config.settings import ModelConfig
from seq2seq.models.attention import ATTENTIONS
from seq2seq.models.decoders import DECODERS
from seq2seq.models.model import Seq2SeqModel, build_model

SOURCE = torch.tensor([[3, 4, 5, 6], [7, 8, 2, 0]])
LENGTHS = torch.tensor([4, 3])
TARGET = torch.tensor([[1, 5, 6, 3, 4], [1, 9, 8, 7, 3]])
SIZE = 6
every_order = pytest.mark.parametrize("order", sorted(DECODERS))


def make(order: str = "fused", **more: Any) -> Seq2SeqModel:
    torch.manual_seed(4)
    settings: dict[str, Any] = {
        "cell": "gru",
        "embedding_size": SIZE,
        "hidden_size": 8,
        "attention_heads": 2,
    }
    config = ModelConfig(**{**settings, "decoder_order": order, "lexical_model": True, **more})
    return build_model(config, 11, 11).double().eval()


@every_order
@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("attention", sorted(set(ATTENTIONS) - {"none", "luong-dot"}))
@torch.no_grad()
def test_features_include_what_the_attended_words_predict(
    attention: str, scaled: bool, order: str
) -> None:
    model = make(order, attention=attention, scale_embeddings=scaled)
    lexical = model.decoder.lexical_model
    assert lexical is not None
    joined: list[Tensor] = []
    model.decoder.readout.register_forward_hook(lambda module, args, result: joined.append(result))
    state = model.start(SOURCE, LENGTHS)
    for tokens in TARGET.unbind(1):
        logits, state, weights = model.step(tokens, state)
        assert weights is not None
        vectors = (
            model.encoder.embedding.weight[SOURCE] * SIZE**0.5
        )  # whether or not the encoder reads them so
        words = torch.tanh((weights.unsqueeze(-1) * vectors).sum(1))
        said = torch.tanh(words @ lexical.map.weight.T + lexical.map.bias) + words
        torch.testing.assert_close(logits, model.output(torch.tanh(joined.pop()) + said))


@every_order
@torch.no_grad()
def test_only_input_feeding_passes_it_to_the_next_step(order: str) -> None:
    model = make(order)
    state = model.start(SOURCE, LENGTHS)
    before = model.step(TARGET[:, 0], state).state
    assert model.decoder.lexical_model is not None
    model.decoder.lexical_model.map.bias.add_(1.0)
    after = model.step(TARGET[:, 0], state).state
    assert torch.equal(before.decoder.layers[0][0], after.decoder.layers[0][0])
    assert (after.decoder.attentional is not None) == (order == "input-feeding")
    if before.decoder.attentional is not None and after.decoder.attentional is not None:
        assert not torch.equal(before.decoder.attentional, after.decoder.attentional)


def test_words_are_dropped_like_the_encoders_input() -> None:
    model = make(dropout=0.5, word_dropout=0.2).train()
    memory = model.start(SOURCE, LENGTHS).memory
    assert memory.words is not None
    vectors = model.encoder.embedding.weight[SOURCE]
    kept = memory.words != 0
    assert 0 < kept.sum() < kept.numel()
    torch.testing.assert_close(memory.words[kept], (vectors * 2 / 0.8)[kept], rtol=1e-4, atol=0)


def test_without_it_a_model_keeps_no_source_words() -> None:
    plain = make(lexical_model=False)
    assert plain.start(SOURCE, LENGTHS).memory.words is None
    spare = {name for name, _ in make().named_parameters()} - {
        name for name, _ in plain.named_parameters()
    }
    assert spare == {"decoder.lexical_model.map.weight", "decoder.lexical_model.map.bias"}


@every_order
def test_the_gradient_reaches_source_embeddings_past_an_encoder_of_zeros(
    order: str,
) -> None:
    model = make(order, weight_tying="two-way", attention="luong-general")
    for cells in (model.encoder.forward_cells, model.encoder.backward_cells, model.decoder.bridge):
        assert cells is not None
        for parameter in cells.parameters():
            with torch.no_grad():
                parameter.zero_()  # the states do not depend on the source
    model(SOURCE, LENGTHS, TARGET).pow(2).sum().backward()
    gradient = model.encoder.embedding.weight.grad
    assert gradient is not None
    assert gradient[SOURCE[0]].abs().sum(-1).min() > 0


def test_it_needs_an_attention_and_features_as_wide_as_the_embedding() -> None:
    with pytest.raises(ValidationError, match="lexical_model needs an attention"):
        make(attention="none")
    with pytest.raises(ValidationError, match="readout_size must be left out with lexical"):
        make(readout_size=5, weight_tying="none")
    make(readout_size=SIZE, weight_tying="none")


@pytest.mark.parametrize("dtype", ["bf16", "int8"])
@torch.no_grad()
def test_a_quantized_model_gives_almost_the_same(dtype: str) -> None:
    exact = make().float()
    quantized = make().float()
    quantized.quantize(dtype)
    logits, close = (
        one.step(TARGET[:, 0], one.start(SOURCE, LENGTHS)).logits for one in (exact, quantized)
    )
    torch.testing.assert_close(close, logits, rtol=0, atol=0.05)
    assert not torch.equal(close, logits)
