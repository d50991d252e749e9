"""Coverage: attention that depends on earlier weights, and a loss for repeated attention."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from seq2seq.config.settings import ModelConfig
from seq2seq.errors import ConfigError
from seq2seq.models.attention import ATTENTIONS, LuongDot
from seq2seq.models.decoders import DECODERS
from seq2seq.models.model import Seq2SeqModel, build_model

SOURCE = torch.tensor([[3, 4, 5, 6], [7, 8, 2, 0]])
LENGTHS = torch.tensor([4, 3])
TARGET = torch.tensor([[1, 5, 6, 3, 4], [1, 9, 8, 7, 3]])
additive = pytest.mark.parametrize("attention", ["bahdanau", "luong-concat"])
every_order = pytest.mark.parametrize("order", sorted(DECODERS))


def make(order: str, attention: str) -> Seq2SeqModel:
    torch.manual_seed(4)
    config = ModelConfig(
        cell="gru",
        decoder_order=order,
        attention=attention,
        coverage=True,
        embedding_size=6,
        hidden_size=8,
    )
    return build_model(config, 11, 11).double().eval()


@additive
@every_order
@torch.no_grad()
def test_the_sum_of_all_attention_so_far_enters_the_scores_as_written(
    order: str, attention: str
) -> None:
    model = make(order, attention)
    state = model.start(SOURCE, LENGTHS)
    read = model.decoder.attention
    memory = state.memory
    covered = torch.zeros(2, 4).double()
    mask = torch.arange(4) < LENGTHS.unsqueeze(1)
    seen: list[tuple[Tensor, Tensor]] = []
    read.register_forward_hook(lambda module, args, result: seen.append((args[0], result[1])))
    for tokens in TARGET.unbind(1):
        _, state, weights = model.step(tokens, state)
        query, found = seen.pop()
        inner = (
            read.query(query)
            + read.key(memory.states)
            + covered.unsqueeze(-1) * read.covered.weight[:, 0]
        )
        scores = torch.tanh(inner) @ read.energy.weight[0]
        expected = torch.where(mask, scores, float("-inf")).softmax(-1)
        torch.testing.assert_close(found[:, 0], expected)
        torch.testing.assert_close(weights, expected)
        covered = covered + expected
        torch.testing.assert_close(state.decoder.coverage, covered)
    torch.testing.assert_close(covered.sum(-1), torch.full((2,), 5.0).double())


@additive
@every_order
@torch.no_grad()
def test_the_coverage_loss_is_that_of_see_et_al(order: str, attention: str) -> None:
    model = make(order, attention)

    class Batch:
        source = SOURCE
        source_lengths = LENGTHS
        target_inputs = TARGET
        target_outputs = torch.tensor([[5, 6, 3, 4, 2], [9, 8, 2, 0, 0]])

    state = model.start(SOURCE, LENGTHS)
    expected = 0.0
    covered = torch.zeros(2, 4).double()
    for time, tokens in enumerate(TARGET.unbind(1)):
        _, state, weights = model.step(tokens, state)
        again = torch.minimum(weights, covered).sum(-1)
        expected += float(again[Batch.target_outputs[:, time] > 0].sum())
        covered = covered + weights
    losses = [float(model.loss(Batch(), coverage_loss=weight)) for weight in (0.0, 1.0, 2.5)]
    assert losses[1] - losses[0] == pytest.approx(expected)
    assert losses[2] - losses[0] == pytest.approx(2.5 * expected)


@pytest.mark.parametrize("attention", sorted(set(ATTENTIONS) - {"bahdanau", "luong-concat"}))
def test_other_attentions_refuse_it(attention: str) -> None:
    message = "coverage needs an attention that sees it: bahdanau, luong-concat"
    with pytest.raises(ConfigError, match=message):
        make("fused", attention)


class ReadOnce(LuongDot):
    """Attention from outside the package that avoids covered positions."""

    sees_coverage = True

    def scores(self, query: Tensor, keys: Tensor, coverage: Tensor | None) -> Tensor:
        assert coverage is not None
        return super().scores(query, keys, coverage) - 1000 * coverage


@every_order
@torch.no_grad()
def test_an_attention_from_outside_may_see_it(monkeypatch: pytest.MonkeyPatch, order: str) -> None:
    monkeypatch.setitem(ATTENTIONS._entries, "read-once", ReadOnce)
    model = make(order, "read-once")
    _, state, first = model.step(TARGET[:, 0], model.start(SOURCE, LENGTHS))
    _, state, second = model.step(TARGET[:, 1], state)
    assert torch.equal(second[0].argmax(), first[0].argmin())
    torch.testing.assert_close(state.decoder.coverage, first + second)
