"""Classifiers: exact resume, padding, pooling, scores, commands, and settings that are refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F
from typer.testing import CliRunner

from seq2seq import Classifier, ConfigError, DataError, Translator, report
from seq2seq.cli.app import app
from seq2seq.config.config import Config
from seq2seq.config.settings import ModelConfig
from seq2seq.metrics.label_scores import label_scores
from seq2seq.models.cells import CELLS
from seq2seq.models.classifier import build_classifier
from seq2seq.training.check import check
from tests.support.examples import few
from tests.support.interrupted import interrupt
from tests.support.tiny_classifier import PAIRS, classifier_config, train_classifier, write_pairs
from tests.support.tiny_run import last_weights, metrics

POOLINGS = ["last", "mean", "max", "attention"]


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    write_pairs(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        ["model.pooling=attention", "training.ema=0.9", "training.accumulate=2"],
        ["model.pooling=max", "model.cell=lstm", "model.encoder_layers=2"],
        ["model.pooling=last", "model.weight_norm=true", "training.batch_sentences=4"],
    ],
)
def test_a_run_interrupted_anywhere_and_resumed_ends_like_an_uninterrupted_one(
    place: Path, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    unbroken = train_classifier(place, "unbroken", *options)
    interrupt(monkeypatch, lambda: train_classifier(place, "broken", *options, resume=True))
    broken = train_classifier(place, "broken", *options, resume=True)
    ours = last_weights(unbroken)
    theirs = last_weights(broken)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert metrics(unbroken) == metrics(broken)


@pytest.mark.parametrize("cell", sorted(CELLS))
@pytest.mark.parametrize("pooling", POOLINGS)
def test_padding_does_not_change_a_label(cell: str, pooling: str) -> None:
    config = ModelConfig(cell=cell, pooling=pooling, embedding_size=6, hidden_size=8)  # type: ignore[arg-type]
    torch.manual_seed(2)
    network = build_classifier(config, 12, 3).eval().double()
    texts = torch.tensor([[5, 6, 3, 0, 0, 0], [7, 8, 9, 10, 4, 3]])
    together = network(texts, torch.tensor([3, 6]))
    alone = network(texts[:1, :3], torch.tensor([3]))
    assert torch.allclose(together.logits[:1], alone.logits, atol=1e-12)
    if pooling == "attention":
        assert together.attention is not None
        assert torch.equal(together.attention[0, 3:], torch.zeros(3).double())
        assert torch.allclose(together.attention.sum(1), torch.ones(2).double())


def test_the_loss_is_the_cross_entropy_of_the_labels_that_count() -> None:
    network = build_classifier(ModelConfig(embedding_size=6, hidden_size=8), 12, 3).eval()
    texts = torch.tensor([[5, 6, 3], [7, 8, 3], [9, 3, 0]])
    lengths = torch.tensor([3, 3, 2])
    loss = network.loss(texts, lengths, torch.tensor([2, 0, -4]), 0.1)
    expected = F.cross_entropy(
        network(texts[:2], lengths[:2]).logits,
        torch.tensor([2, 0]),
        reduction="sum",
        label_smoothing=0.1,
    )
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)


LABELS = ["a", "b", "c"]


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.lists(st.floats(0.01, 1), min_size=3, max_size=3)),
        min_size=1,
    )
)
@few(30)
def test_scores_follow_from_the_confusion_matrix(cases: list[tuple[int, list[float]]]) -> None:
    truth = [label for label, _ in cases]
    weights = np.array([row for _, row in cases])
    probabilities = weights / weights.sum(1, keepdims=True)
    found = label_scores(LABELS, truth, probabilities)
    predicted = probabilities.argmax(1).tolist()
    assert found.accuracy == pytest.approx(
        100 * np.mean([one == other for one, other in zip(truth, predicted, strict=True)])
    )
    for number, label in enumerate(LABELS):
        right = sum(a == b == number for a, b in zip(truth, predicted, strict=True))
        of_both = truth.count(number) + predicted.count(number)
        assert found.f1[label] == pytest.approx(200 * right / of_both if of_both else 0)
    assert 0 <= found.calibration_error <= 100
    assert int(found.confusion.sum()) == len(cases)


def test_probabilities_that_are_as_often_right_as_they_say_are_calibrated() -> None:
    probabilities = np.array([[0.75, 0.25]] * 4)
    assert label_scores(["a", "b"], [0, 0, 0, 1], probabilities).calibration_error == 0
    assert label_scores(["a", "b"], [1, 1, 1, 1], probabilities).calibration_error == 75


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a directory with a trained classifier in `run`, and its text."""
    torch.set_num_threads(1)
    place = tmp_path_factory.mktemp("classifier")
    write_pairs(place)
    train_classifier(place, "run", "training.max_steps=40", "training.validate_every=20")
    return place


def test_it_learns_and_says_so(directory: Path) -> None:
    classifier = Classifier.from_pretrained(directory / "run")
    assert classifier.labels == ["bad", "very good"]
    scores = classifier.score(PAIRS)
    assert scores.accuracy == 100 == scores.macro_f1
    [training] = report([directory / "run"]).trainings
    assert training.best == (40, 100.0)
    assert not {"BLEU", "perplexity"} & set(" ".join(training.missing).split())
    card = (directory / "run" / "README.md").read_text(encoding="utf-8")
    assert "100.00 % at step 40" in card
    assert "text-classification" in card


def test_a_label_does_not_depend_on_other_texts(directory: Path) -> None:
    classifier = Classifier.from_pretrained(directory / "run")
    texts = [*(text for text, _ in PAIRS), "", "?", "word " * 500, "\x00\ud800"]
    together = classifier.classify(texts)
    for text, found in zip(texts, together, strict=True):
        [alone] = classifier.classify([text])
        assert alone.label == found.label
        assert alone.probability == pytest.approx(found.probability, abs=1e-5)
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert sum(weight for _, weight in found.attention) == pytest.approx(1, abs=1e-5)
    assert classifier.classify([]) == []


def test_a_single_text_is_no_list_of_texts(directory: Path) -> None:
    with pytest.raises(TypeError, match="single text"):
        Classifier.from_pretrained(directory / "run").classify("a text")


def test_a_label_that_was_not_trained_is_refused(directory: Path, place: Path) -> None:
    classifier = Classifier.from_pretrained(directory / "run")
    with pytest.raises(DataError, match="does not know the label 'ugly'"):
        classifier.score([("a film", "ugly")])
    (place / "dev.tsv").write_text("a film\tugly\n", encoding="utf-8")
    with pytest.raises(DataError, match="'ugly' is not in the training text"):
        train_classifier(place, "run")
    (place / "train.tsv").write_text("a film\tgood\nb film\tgood\n", encoding="utf-8")
    with pytest.raises(DataError, match="1 different values"):
        train_classifier(place, "other")


@pytest.mark.parametrize(
    "setting", ["decoding.beam=3", "model.attention=none", "training.truncate_after=3"]
)
def test_a_setting_that_only_another_task_reads_is_refused(place: Path, setting: str) -> None:
    with pytest.raises(ConfigError, match="task classification does not read it"):
        classifier_config(place, setting)


def test_a_saved_configuration_and_a_check_work(place: Path) -> None:
    config = classifier_config(place)
    (place / "saved.yaml").write_text(config.to_yaml(), encoding="utf-8")
    assert Config.load(place / "saved.yaml") == config
    assert "2 labels" in check(config, output=place / "run", cpu=True).summary()


def test_a_classifier_does_not_translate(directory: Path) -> None:
    with pytest.raises(ConfigError, match="use `seq2seq classify`"):
        Translator.from_pretrained(directory / "run")


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, result.output
    return result.stdout


def test_the_command_labels_and_scores(directory: Path) -> None:
    model = directory / "run"
    [line, other] = run("classify", "--model", model, "a fine film", "a dull film").splitlines()
    assert line.startswith("very good ||| 0.")
    assert other.startswith("bad ||| 0.")
    [record] = map(json.loads, run("classify", "--model", model, "--json", "a film").splitlines())
    assert [token for token, _ in record["attention"]][-2:] == ["film", ""]
    scored = run("classify", "--model", model, "--data", directory / "train.tsv")
    assert "accuracy 100.00 %" in scored
    assert "| bad | 9 | 0 | 100.0 |" in scored
