"""Character n-grams: the sum computed by hand, its gradient, and the model that is saved."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from seq2seq.config.settings import ModelConfig
from seq2seq.models.char_ngrams import NGrams, Spelling, attach_ngrams, fold_ngrams, ngrams
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.training.gradient_norms import norms_by_layer

PIECES = ["<pad>", "<unk>", "<s>", "</s>", "<0x41>", "▁bebo", "▁Bebí", "bo", "▁x", "a"]
SPELT = Spelling(PIECES, {4, 5, 6, 8, 9})  # 7, "bo", is never seen
SOURCE = torch.tensor([[5, 6, 7], [8, 9, 0]])
LENGTHS = torch.tensor([3, 2])
TARGET = torch.tensor([[2, 5, 6], [2, 7, 9]])
every_tying = pytest.mark.parametrize("tying", ["none", "two-way", "three-way"])


def make(tying: str, fresh: bool = True, tags: int = 1) -> Seq2SeqModel:
    torch.manual_seed(3)
    config = ModelConfig(embedding_size=6, hidden_size=8, dropout=0.0, weight_tying=tying)
    model = build_model(config, len(PIECES) + tags, len(PIECES) + tags)
    attach_ngrams(model, SPELT, SPELT, fresh=fresh)
    return model


def test_ngrams_have_no_case_and_no_accents() -> None:
    assert ngrams("▁Bebí") == ngrams("▁bebi") >= {"▁b", "▁beb", "bebi", "bi", "▁bebi"}
    assert all(2 <= len(ngram) <= 6 for ngram in ngrams("▁bibliotecas"))
    assert not any(map(ngrams, ["<pad>", "<unk>", "<s>", "</s>", "<0x0A>", "a", "", "▁"]))
    assert ngrams("<pads>")


def test_a_vector_is_a_tokens_own_and_its_ngrams() -> None:
    torch.manual_seed(1)
    spelling = NGrams(PIECES, len(PIECES) + 1, 4)
    own = torch.randn(len(PIECES) + 1, 4)
    # Those that at least two tokens have.
    shared = sorted(ngrams("▁bebo") & ngrams("▁bebi") | {"bo"})
    assert spelling.table.shape == (len(shared), 4)
    expected = own.clone()
    for token, piece in enumerate(PIECES):
        if found := [
            spelling.table[shared.index(ngram)] for ngram in sorted(ngrams(piece) & set(shared))
        ]:
            expected[token] = (own[token] + torch.stack(found).sum(0) / len(found) ** 0.5) / 2**0.5
    torch.testing.assert_close(spelling(own), expected)
    torch.testing.assert_close(spelling.right_inverse(spelling(own)), own)
    assert torch.equal(spelling(own)[[0, 8, 10]], own[[0, 8, 10]])


def test_the_gradient_is_that_of_the_sum() -> None:
    torch.manual_seed(1)
    spelling = NGrams(PIECES, len(PIECES), 3).double()
    assert torch.autograd.gradcheck(
        spelling, torch.randn(len(PIECES), 3, dtype=torch.float64, requires_grad=True)
    )

    def of_table(table: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = torch.func.functional_call(
            spelling, {"table": table}, torch.zeros(len(PIECES), 3, dtype=torch.float64)
        )
        return made

    assert torch.autograd.gradcheck(of_table, spelling.table.detach().clone().requires_grad_())


@every_tying
def test_the_saved_model_holds_the_sums(tying: str) -> None:
    model = make(tying)
    plain = fold_ngrams(model)
    assert isinstance(plain, Seq2SeqModel)
    assert torch.equal(plain(SOURCE, LENGTHS, TARGET), model(SOURCE, LENGTHS, TARGET))
    torch.manual_seed(3)
    config = ModelConfig(embedding_size=6, hidden_size=8, dropout=0.0, weight_tying=tying)
    fresh = build_model(config, len(PIECES) + 1, len(PIECES) + 1)
    assert [(name, w.shape) for name, w in plain.named_parameters()] == [
        (name, w.shape) for name, w in fresh.named_parameters()
    ]
    assert (plain.output.weight is plain.decoder.embedding.weight) == (tying != "none")
    assert (plain.encoder.embedding is plain.decoder.embedding) == (tying == "three-way")
    assert fold_ngrams(plain) is plain


@every_tying
def test_saving_does_not_change_the_model_in_training(tying: str) -> None:
    model = make(tying)
    names = [name for name, _ in model.named_parameters()]
    before = model(SOURCE, LENGTHS, TARGET)
    for _ in range(2):
        fold_ngrams(model)
    assert [name for name, _ in model.named_parameters()] == names
    assert torch.equal(model(SOURCE, LENGTHS, TARGET), before)
    before.sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


@every_tying
def test_a_model_to_start_from_keeps_its_vectors(tying: str) -> None:
    torch.manual_seed(3)
    config = ModelConfig(embedding_size=6, hidden_size=8, dropout=0.0, weight_tying=tying)
    model = build_model(config, len(PIECES), len(PIECES))
    before = copy.deepcopy(model)
    attach_ngrams(model, SPELT, SPELT, fresh=False)
    torch.testing.assert_close(model(SOURCE, LENGTHS, TARGET), before(SOURCE, LENGTHS, TARGET))


def test_tokens_with_similar_spelling_begin_with_similar_vectors() -> None:
    pieces = [f"▁word{n:02}" for n in range(40)] + [f"{n:02}" for n in range(40)]
    config = ModelConfig(embedding_size=64, hidden_size=8)
    model = build_model(config, 80, 80)
    spelling = Spelling(pieces, set(range(80)))
    attach_ngrams(model, spelling, spelling, fresh=True)
    vectors = nn.functional.normalize(model.encoder.embedding.weight.detach())
    words = vectors[:40]
    numbers = vectors[40:]
    assert (words @ words.T).mean() > 0.25
    assert (words @ numbers.T).mean().abs() < 0.1
    assert model.encoder.embedding.weight.detach().norm(dim=1).mean() == pytest.approx(1, abs=0.15)


def test_an_unseen_token_is_the_sum_of_its_ngrams() -> None:
    model = make("three-way")
    own = dict(model.named_parameters())["encoder.embedding.parametrizations.weight.original"]
    before = model.encoder.embedding.weight.detach().clone()
    with torch.no_grad():
        own.add_(1)
    changed = (model.encoder.embedding.weight.detach() != before).any(1)
    assert changed.tolist() == [token != PIECES.index("bo") for token in range(len(PIECES) + 1)]


@pytest.mark.parametrize("fresh", [True, False])
def test_the_own_vector_of_an_unseen_token_is_not_trained(fresh: bool) -> None:
    model = make("three-way", fresh)
    model(SOURCE, LENGTHS, TARGET).square().sum().backward()
    own = dict(model.named_parameters())["encoder.embedding.parametrizations.weight.original"]
    table = dict(model.named_parameters())["encoder.embedding.parametrizations.weight.0.table"]
    assert own.grad is not None
    assert table.grad is not None
    assert table.grad.any()
    untrained = {PIECES.index("<pad>"), PIECES.index("bo")}
    assert own.grad.any(1).tolist() == [token not in untrained for token in range(len(PIECES) + 1)]


def test_its_gradients_belong_to_the_layers_that_have_the_weight() -> None:
    model = make("three-way")
    model(SOURCE, LENGTHS, TARGET).sum().backward()
    layers = norms_by_layer(model)
    assert not [name for name in layers if "parametrizations" in name]
    whole = nn.utils.get_total_norm(
        [weight.grad for weight in model.parameters() if weight.grad is not None]
    )
    assert sum(norm**2 for norm in layers.values()) ** 0.5 == pytest.approx(float(whole), rel=1e-5)
