"""Language models in use: gradients, perplexity, completions, commands."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from seq2seq import ConfigError, DataError, LanguageModel
from seq2seq.cli.app import app
from seq2seq.config.settings import ModelConfig
from seq2seq.data.batches.stream import Position
from seq2seq.data.batches.windows import LineText, WindowStream
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.vocabulary import BOS, EOS
from seq2seq.models.cells import CELLS
from seq2seq.models.language_model import LanguageModelNetwork, build_language_model
from tests.support.tiny_language_model import train_language_model, write_lines

IDS = [[5, 6, 7], [8], [5, 5, 9, 4], [6, 7]]


def network(**settings: object) -> LanguageModelNetwork:
    torch.manual_seed(3)
    content = {"embedding_size": 6, "hidden_size": 8, "dropout": 0.0, "weight_tying": "two-way"}
    config = ModelConfig.model_validate(content | settings)
    return build_language_model(config, 12).double()


def stream(streams: int, width: int | None) -> WindowStream:
    return WindowStream(LineText(RaggedIds(IDS)), streams=streams, width=width)


def gradients(
    model: LanguageModelNetwork, windows: WindowStream
) -> tuple[float, list[torch.Tensor]]:
    """Return the loss and the gradients of one epoch in windows."""
    model.zero_grad()
    losses = []
    for planned in windows.plan:
        loss = model.loss(windows.batch(planned).batch)
        loss.backward()  # type: ignore[no-untyped-call]
        losses.append(loss.item())
    found = [weight.grad.clone() for weight in model.parameters() if weight.grad is not None]
    return sum(losses), found


def plain_loss(model: LanguageModelNetwork, carry_gradient: int | None) -> torch.Tensor:
    """Return the loss of one stream step by step, cutting the gradient every so many steps."""
    state = model.start(1)
    inputs = [one for line in IDS for one in (BOS, *line)]
    outputs = [one for line in IDS for one in (*line, EOS)]
    loss = torch.zeros((), dtype=torch.float64)
    for place, (given, wanted) in enumerate(zip(inputs, outputs, strict=True)):
        if carry_gradient and place % carry_gradient == 0:
            state = state.detached()
        logits, state = model.step(torch.tensor([given]), state)
        loss = loss - logits.log_softmax(-1)[0, wanted]
    return loss


@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize("width", [None, 100, 5, 1])
def test_gradients_are_those_of_backpropagation_through_the_steps_of_a_window(
    cell: str, width: int | None
) -> None:
    model = network(cell=cell, decoder_layers=2)
    loss, found = gradients(model, stream(1, width))
    model.zero_grad()
    expected = plain_loss(model, width)
    expected.backward()  # type: ignore[no-untyped-call]
    assert loss == pytest.approx(expected.item(), rel=1e-9)
    for ours, weight in zip(found, model.parameters(), strict=True):
        assert weight.grad is not None
        assert torch.allclose(ours, weight.grad, rtol=1e-7, atol=1e-10)


@pytest.mark.parametrize(("streams", "width"), itertools.product([1, 2, 3, 5, 99], [None, 1, 2, 4]))
def test_the_windows_of_an_epoch_hold_each_token_once_in_order(
    streams: int, width: int | None
) -> None:
    windows = stream(streams, width)
    parts = [windows.batch(planned) for planned in windows.plan]
    outputs = torch.cat([part.batch.outputs for part in parts], 1)
    flat = outputs.flatten()
    assert flat[flat > 0].tolist() == [one for line in IDS for one in (*line, EOS)]
    assert sum(part.tokens for part in parts) == sum(map(len, IDS)) + len(IDS)
    assert [part.batch.begins for part in parts] == [True] + [False] * (len(parts) - 1)


def test_a_stream_resumes_at_any_window() -> None:
    text = LineText(RaggedIds(IDS), seed=3, shuffle=True)
    unbroken = WindowStream(text, streams=2, width=2)
    taken = [(next(unbroken).batch.outputs, unbroken.position) for _ in range(12)]
    for (_, position), (expected, _) in itertools.pairwise(taken):
        resumed = WindowStream(text, streams=2, width=2)
        resumed.seek(Position(position.epoch, 0, position.batch))
        assert torch.equal(next(resumed).batch.outputs, expected)
    orders = {tuple(text.epoch(epoch)[1].tolist()) for epoch in range(6)}
    assert len(orders) > 1
    assert len({tuple(sorted(order)) for order in orders}) == 1


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a trained language model of words and one of characters."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("language_model")
    write_lines(place)
    options = ["training.max_steps=60", "training.validate_every=60", "training.log_every=60"]
    train_language_model(place, "word", *options, "model.dropout=0")
    pieces = ["tokenizer.type=bpe", "tokenizer.vocab_size=290", "training.label_smoothing=0"]
    train_language_model(place, "bpe", *options, *pieces, "model.dropout=0")
    return place


@pytest.fixture(scope="module", params=["word", "bpe"])
def model(directory: Path, request: pytest.FixtureRequest) -> LanguageModel:
    return LanguageModel.from_pretrained(directory / request.param)


def test_perplexities_are_of_the_same_probability(model: LanguageModel) -> None:
    found = model.perplexity(["the red cat", "", "the blue dog"])
    assert (found.words, found.characters) == (8, 11 + 12 + 2)
    logs = [
        math.log(each) * count
        for each, count in (
            (found.per_token, found.tokens),
            (found.per_word, found.words),
            (found.per_character, found.characters),
        )
    ]
    assert np.allclose(logs, found.nats)
    with pytest.raises(DataError, match="no text"):
        model.perplexity(["", " "])


def test_completions_differ_in_score_as_their_lines_do_in_probability(directory: Path) -> None:
    model = LanguageModel.from_pretrained(directory / "word")
    for begun in ("the red ", "the ", "the b", ""):
        found = model.complete(begun, nbest=5, beam=10, length_penalty=0.0)
        assert len(found) > 1
        assert all(one.score == one.log_probability for one in found)
        offsets = [one.log_probability + model.perplexity([one.text]).nats for one in found]
        assert np.allclose(offsets, offsets[0], atol=1e-4)
        assert offsets[0] >= -1e-4


def test_completions_begin_with_what_was_typed_and_are_ranked(model: LanguageModel) -> None:
    for begun in ("the", "the ", "the re", "the red d", "t"):
        found = model.complete(begun, nbest=4, beam=12)
        assert 1 <= len(found) <= 4
        assert all(one.text.startswith(begun.strip()) for one in found), begun
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
        assert len({one.text for one in found}) == len(found)


def test_a_word_may_be_completed_from_its_middle(model: LanguageModel) -> None:
    found = model.complete("the red b", nbest=3, beam=8)
    assert all(one.text.split()[2].startswith("b") for one in found)
    [after_space] = model.complete("the red ", nbest=1)
    assert len(after_space.text.split()) > 2


@pytest.mark.parametrize(
    "text", ["\x00", "\u202e", "ﬁ", "🙂 the", "  ", "a" * 300, "the\nred", "\ud800"]
)
def test_any_beginning_gives_some_line(model: LanguageModel, text: str) -> None:
    assert all(isinstance(one.text, str) for one in model.complete(text, nbest=2))


def test_one_line_and_several_are_told_apart(model: LanguageModel) -> None:
    with pytest.raises(TypeError, match="single text"):
        model.perplexity("the red cat")
    with pytest.raises(TypeError, match="single text"):
        model.complete(["the red cat"])  # type: ignore[arg-type]


def test_every_strategy_writes_lines(model: LanguageModel) -> None:
    for changes in (
        {"strategy": "greedy"},
        {"strategy": "beam", "nbest": 3},
        {"strategy": "diverse-beam", "beam": 4, "nbest": 4},
        {"strategy": "sampling", "nbest": 4, "seed": 3, "top_p": 0.9},
    ):
        assert model.generate(**changes)
        assert model.generate(**changes) == model.generate(**changes)
    sampled = {model.generate(strategy="sampling", seed=seed)[0].text for seed in range(8)}
    assert len(sampled) > 1


def test_settings_of_the_search_are_obeyed(model: LanguageModel) -> None:
    [short] = model.complete("the", max_length=1)
    assert len(short.text) <= len("the blue")
    found = model.complete("the red ", forbidden=["cat", "dog"], nbest=5, beam=12)
    assert not any({"cat", "dog"} & set(one.text.split()) for one in found)
    with pytest.raises(ConfigError, match="coverage_penalty: only task translation reads it"):
        model.complete("the", coverage_penalty=1.0)
    with pytest.raises(ConfigError, match=r"decoding\.max_length"):
        model.complete("the", max_length=0)


def run(*arguments: object, given: str = "") -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)), input=given)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_commands_print_lines_with_scores(directory: Path) -> None:
    model = directory / "word"
    lines = run("complete", "--model", model, "--nbest", 2, "the red").splitlines()
    assert len(lines) == 2
    assert all(line.startswith("the red") and " ||| -" in line for line in lines)
    both = run("complete", "--model", model, "--nbest", 1, "the", "the blue").splitlines()
    assert [line.split(" ||| ")[0] for line in both] == ["0", "1"]
    [record] = map(json.loads, run("complete", "--model", model, "--json", "the").splitlines())
    assert record["beginning"] == "the"
    assert set(record["lines"][0]) == {"text", "score", "log_probability"}
    written = run("generate", "--model", model, "--count", 3, "--seed", 4)
    assert written == run("generate", "--model", model, "--count", 3, "--seed", 4)
    assert 1 <= len(written.splitlines()) <= 3
    greedy = run("generate", "--model", model, "--count", 1, "--set", "strategy=greedy")
    assert len(greedy.splitlines()) == 1
