"""Rounds of the training benchmark, logs and configurations of its peers, and the command."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from seq2seq import Config
from tests.support.tiny_model import sentences

TOOLS = Path(__file__).parents[2] / "tools"

OPENNMT = """\
[2026-01-01 10:00:00,000 INFO] Starting training on CPU, could be very slow
[2026-01-01 10:00:02,000 INFO] Step  4/   48; acc: 7.5; ppl: 3864.3; xent: 8.3; lr: 0.00100; \
sents:     256; bsz:  560/ 656/64; 776/909 tok/s;      3 sec;
"""
EOLE = """\
[2026-01-01 10:00:02,000 INFO] Step  4/   48; acc: 9.7; ppl: 3191.03; xent: 8.07; aux: 0.000; \
attn_ent: 1.310; lr: 1.00e-03; sents:     256; bsz:  560/ 656/64; 890/ 43 tok/s;      3 sec;
"""


@pytest.fixture(scope="module")
def tools() -> Iterator[dict[str, ModuleType]]:
    names = ["benchmark", "benchmark_rounds", "benchmark_speed", "peers.contract", "peers.registry"]
    names += [f"peers.{name}" for name in ("training", "eole_training", "opennmt_training")]
    names += ["peers.joeynmt_training"]
    sys.path.insert(0, str(TOOLS))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(TOOLS))


def round_with(tools: dict[str, ModuleType], **machine: list[float]) -> Any:
    return tools["benchmark_rounds"].Round({"a": 1.0}, {"a": 0.5}, machine)


def test_disturbed_rounds_are_repeated_and_counted(tools: dict[str, ModuleType]) -> None:
    rounds = tools["benchmark_rounds"]
    rates = [[100.0, 99.0], [100.0, 84.0], [101.0, 90.0], [50.0, 50.0]]
    made = [round_with(tools, fp32=pair) for pair in rates]
    clean, done = rounds.measure_rounds(iter(made).__next__, 2, 4)
    assert clean == [made[0], made[2]]
    assert done == made[:3]
    row = rounds.summary("a", clean, done)
    assert row["repeated_rounds"] == 1
    assert row["runs"] == [1, 1]


def test_a_later_better_rate_makes_earlier_rounds_disturbed(tools: dict[str, ModuleType]) -> None:
    made = [round_with(tools, fp32=[rate], bf16=[500.0]) for rate in (80.0, 80.0, 100.0, 96.0)]
    clean, done = tools["benchmark_rounds"].measure_rounds(iter(made).__next__, 3, 4)
    assert clean == made[2:]
    assert len(done) == 4


def test_a_round_measures_the_machine_around_each_run(tools: dict[str, ModuleType]) -> None:
    rounds = tools["benchmark_rounds"]
    order: list[str] = []

    def run(name: str, tokens: float) -> Any:
        def train() -> float:
            order.append(name)
            return tokens

        return rounds.System(name, name, train, 2.0)

    def rate(precision: str) -> float:
        order.append(f"rate of {precision}")
        return 1000.0

    found = rounds.measure_round([run("fp32", 100.0), run("bf16", 300.0)], rate)
    assert order[:3] == ["rate of fp32", "fp32", "rate of fp32"]
    assert order[3:] == ["rate of bf16", "bf16", "rate of bf16"]
    assert found.shares == {"fp32": 0.2, "bf16": 0.6}
    assert rounds.ratio("bf16", "fp32", [found]) == 3


def test_rates_of_a_log_are_of_the_target_without_its_start(tools: dict[str, ModuleType]) -> None:
    training = tools["peers.training"]
    assert training.onmt_rates(OPENNMT) == [909]
    assert training.onmt_rates(EOLE) == [43]
    assert training.steady_rate([1, 100, 200, 300], Path("log")) == 200
    with pytest.raises(tools["peers.contract"].PeerError, match="log: 3 rates; train for more"):
        training.steady_rate([1, 2, 3], Path("log"))


def test_peers_get_the_network_of_the_configuration(
    tools: dict[str, ModuleType], tmp_path: Path
) -> None:
    for side in ("source", "target"):
        (tmp_path / f"{side}.vocab").write_text("a\nb\n")
    text = tools["peers.contract"].PeerText(tmp_path, tmp_path, tmp_path)
    sizes = ["model.embedding_size=24", "model.hidden_size=40", "model.dropout=0.3"]
    path = TOOLS / "benchmark_same.yaml"
    config = Config.load(path, [*sizes, "model.attention=bahdanau"])
    options = tools["peers.opennmt_training"].configuration(tmp_path, text, config, 60)
    assert options["word_vec_size"] == 24
    assert options["hidden_size"] == 40
    assert options["dropout"] == [0.3]
    assert (options["global_attention"], options["input_feed"]) == ("mlp", 1)
    assert (options["batch_type"], options["batch_size"]) == ("sents", 64)
    assert (options["train_steps"], options["report_every"]) == (60, 2)
    options = tools["peers.eole_training"].configuration(tmp_path, text, config, 60)
    assert options["model"]["embeddings"] == {"word_vec_size": 24}
    for part in ("encoder", "decoder"):
        assert options["model"][part]["hidden_size"] == 40
        assert options["model"][part]["rnn_type"] == "LSTM"
    assert options["model"]["input_feed"] == 1
    assert options["training"]["dropout"] == [0.3]
    options = tools["peers.joeynmt_training"].configuration(tmp_path, text, config, 60)
    assert options["model"]["encoder"]["hidden_size"] == 20
    assert options["model"]["decoder"]["hidden_size"] == 40
    assert options["model"]["decoder"]["attention"] == "bahdanau"
    assert options["model"]["encoder"]["embeddings"]["embedding_dim"] == 24
    fused = Config.load(path, ["model.decoder_order=fused", "training.batch_sentences=null"])
    options = tools["peers.opennmt_training"].configuration(tmp_path, text, fused, 60)
    assert (options["global_attention"], options["input_feed"]) == ("general", 0)
    assert (options["batch_type"], options["batch_size"]) == ("tokens", 1500)


def test_what_the_peers_do_not_have_is_refused(
    tools: dict[str, ModuleType], tmp_path: Path
) -> None:
    error = tools["peers.contract"].PeerError
    config = Config.load(TOOLS / "benchmark_same.yaml", ["model.attention=multi-head"])
    with pytest.raises(error, match="no attention 'multi-head'; use luong-general"):
        tools["peers.training"].attention_of(config)
    text = tools["peers.contract"].PeerText(tmp_path, tmp_path, tmp_path)
    with pytest.raises(error, match="JoeyNMT has no attention 'multi-head'"):
        tools["peers.joeynmt_training"].configuration(tmp_path, text, config, 60)
    with pytest.raises(error, match="unknown peer 'moses'; known: eole"):
        tools["peers.registry"].training_peer_named("moses", tmp_path)
    for name in tools["peers.registry"].TRAINING_PEERS:
        assert tools["peers.registry"].training_peer_named(name, tmp_path).version


def test_the_command_measures_a_model(
    tools: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"{sentence}\t{sentence} {number}\n" for number, sentence in enumerate(sentences(80))]
    (tmp_path / "train.tsv").write_text("".join(lines))
    (tmp_path / "dev.tsv").write_text("".join(lines[:5]))
    monkeypatch.chdir(tmp_path)
    command = ["train", "--model", "same", "--precision", "fp32", "--batch", "64 sentences"]
    command += ["--rounds", "1", "--steps", "4", "--threads", str(torch.get_num_threads())]
    command += ["--json", "figures.json", "data.train=train.tsv", "data.dev=dev.tsv"]
    command += ["tokenizer.vocab_size=300", "model.embedding_size=8", "model.hidden_size=8"]
    command += ["model.readout_size=8"]
    done = CliRunner().invoke(tools["benchmark"].app, command, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    (row,) = json.loads(Path("figures.json").read_text())["results"]
    assert row["what"] == "same, fp32"
    assert row["batch"] == "64 sentences"
    assert row["median"] > 0
    assert 0 <= row["share_of_machine"] < 1
