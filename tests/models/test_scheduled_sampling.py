"""Scheduled sampling: the model predicts a fraction of the input tokens, in every order."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from seq2seq.config.settings import ModelConfig
from seq2seq.models.decoder import ScheduledSampling
from seq2seq.models.decoders import DECODERS
from seq2seq.models.model import Seq2SeqModel, build_model

BOS = 1
VOCAB = 13
every_order = pytest.mark.parametrize("order", sorted(DECODERS))


class Pairs:
    """Three sources with targets of 3, 5 and 2 tokens."""

    source = torch.tensor([[3, 4, 5, 6], [7, 8, 9, 2], [10, 2, 0, 0]])
    source_lengths = torch.tensor([4, 4, 2])
    target_inputs = torch.tensor([[BOS, 3, 4, 0, 0], [BOS, 9, 8, 7, 6], [BOS, 5, 0, 0, 0]])
    target_outputs = torch.tensor([[3, 4, 2, 0, 0], [9, 8, 7, 6, 2], [5, 2, 0, 0, 0]])


def make(order: str, **settings: object) -> Seq2SeqModel:
    torch.manual_seed(3)
    config = ModelConfig(
        decoder_order=order, attention="bahdanau", embedding_size=6, hidden_size=8, **settings
    )  # type: ignore[arg-type]
    model = build_model(config, VOCAB, VOCAB).double().eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.4)
    return model


def most_probable(model: Seq2SeqModel, features: Tensor) -> Tensor:
    return model.output(features).argmax(-1)  # type: ignore[no-any-return]


def decoded(
    model: Seq2SeqModel, pairs: Pairs, keep: Tensor, inputs: Tensor | None = None
) -> Tensor:
    state = model.start(pairs.source, pairs.source_lengths)
    sampling = ScheduledSampling(keep, lambda features: most_probable(model, features))
    known = pairs.target_inputs if inputs is None else inputs
    features: Tensor = model.decoder(known, state.decoder, state.memory, sampling).features
    return features


@every_order
@torch.no_grad()
def test_with_all_tokens_kept_it_is_teacher_forcing(order: str) -> None:
    model = make(order)
    pairs = Pairs()
    keep = torch.ones_like(pairs.target_inputs).bool()
    logits = model(pairs.source, pairs.source_lengths, pairs.target_inputs)
    torch.testing.assert_close(model.output(decoded(model, pairs, keep)), logits)


@pytest.mark.parametrize("settings", [{}, {"coverage": True}])
@every_order
@torch.no_grad()
def test_the_inputs_are_the_most_probable_tokens_where_none_is_kept(
    order: str, settings: dict[str, object]
) -> None:
    model = make(order, **settings)
    pairs = Pairs()
    keep = torch.rand(pairs.target_inputs.shape, generator=torch.Generator().manual_seed(1)) < 0.4
    found = decoded(model, pairs, keep)
    everything = torch.ones_like(keep)
    if order == "fused" and not settings:  # replacements are predicted from known tokens
        own = most_probable(model, decoded(model, pairs, everything))
    else:  # replacements are predicted from earlier ones
        own = most_probable(model, found)
    inputs = pairs.target_inputs.clone()
    inputs[:, 1:] = torch.where(keep[:, 1:], inputs[:, 1:], own[:, :-1])
    assert (inputs != pairs.target_inputs).any()
    torch.testing.assert_close(found, decoded(model, pairs, everything, inputs))


@every_order
def test_the_loss_is_of_the_known_outputs_and_its_gradient_reaches_every_weight(order: str) -> None:
    model = make(order, weight_tying="none")
    pairs = Pairs()
    torch.manual_seed(1)
    loss = model.loss(pairs, teacher_forcing=0.0)
    with torch.no_grad():
        features = decoded(model, pairs, torch.zeros_like(pairs.target_inputs).bool())
        log_p = model.output(features).log_softmax(-1)
        real = pairs.target_outputs > 0
        expected = -log_p.gather(-1, pairs.target_outputs.unsqueeze(-1)).squeeze(-1)[real].sum()
    torch.testing.assert_close(loss.detach(), expected)
    loss.backward()
    assert all(p.grad is not None and p.grad.any() for p in model.parameters())


@every_order
def test_a_fraction_of_one_draws_no_random_numbers_and_others_repeat_from_the_seed(
    order: str,
) -> None:
    model = make(order)
    pairs = Pairs()
    before = torch.get_rng_state()
    full = float(model.loss(pairs, teacher_forcing=1.0).detach())
    assert torch.equal(torch.get_rng_state(), before)
    losses = []
    for seed in (1, 1, 2, 3, 4):
        torch.manual_seed(seed)
        losses.append(float(model.loss(pairs, teacher_forcing=0.5).detach()))
    assert losses[0] == losses[1]
    assert len({full, *losses}) > 2
