"""Benchmarks: arithmetic, the log of a peer, and the commands on a tiny model."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import torch
from typer.testing import CliRunner

from seq2seq.config.settings import ModelConfig
from seq2seq.models.model import build_model
from tests.support.tiny_model import save_tiny_model, sentences

TOOLS = Path(__file__).parents[2] / "tools"

LOG = """\
2026-01-01 10:00:00,000 - INFO - joeynmt.training - Epoch   1, Step:       50, Batch Loss: 7.6, \
Batch Acc: 0.1, Tokens per Sec:      600, Lr: 0.001
2026-01-01 10:00:50,000 - INFO - joeynmt.training - Epoch   1, Step:      100, Batch Loss: 7.5, \
Batch Acc: 0.1, Tokens per Sec:      620, Lr: 0.001
2026-01-01 10:04:00,500 - INFO - joeynmt.prediction - Generation took 162.2081[sec].
2026-01-01 10:04:40,000 - INFO - joeynmt.training - Epoch   1, Step:      150, Batch Loss: 7.4, \
Batch Acc: 0.1, Tokens per Sec:      610, Lr: 0.001
2026-01-01 10:05:30,000 - INFO - joeynmt.training - Epoch   1, Step:      200, Batch Loss: 7.3, \
Batch Acc: 0.1, Tokens per Sec:      590, Lr: 0.001
"""


@pytest.fixture(scope="module")
def tools() -> Iterator[dict[str, ModuleType]]:
    names = [
        "benchmark",
        "benchmark_training",
        "benchmark_decoding",
        "benchmark_large",
        "peers.joeynmt",
    ]
    sys.path.insert(0, str(TOOLS))
    try:
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(TOOLS))


def test_training_takes_six_operations_per_weight_and_token(tools: dict[str, ModuleType]) -> None:
    sizes = {"embedding_size": 8, "hidden_size": 16}
    config = ModelConfig(cell="lstm", attention="luong-general", weight_tying="two-way", **sizes)
    model = build_model(config, 30, 50)
    encoder = 2 * 4 * 8 * (8 + 8)  # two directions, four gates
    decoder = 4 * 16 * (8 + 16) + 8 * (16 + 16) + 50 * 8  # cell, readout, output
    count = tools["benchmark_training"].operations_per_token
    assert count(model, 1.0) == 6 * (encoder + 16 * 16 + decoder)
    assert count(model, 2.0) - count(model, 1.0) == 6 * (encoder + 16 * 16)


def test_bytes_per_step_are_those_of_the_maps_in_use(tools: dict[str, ModuleType]) -> None:
    sizes = {"embedding_size": 8, "hidden_size": 16}
    config = ModelConfig(cell="lstm", attention="luong-general", weight_tying="two-way", **sizes)
    wide = build_model(config, 30, 50)
    narrow = build_model(config, 30, 50)
    narrow.quantize("int8")
    weights = 4 * 16 * (8 + 16) + 8 * (16 + 16) + 50 * 8
    biases = 2 * 4 * 16 + 8 + 50
    assert tools["benchmark_decoding"].bytes_per_step(wide) == 4 * (weights + biases)
    recurrent = 4 * 16  # its input side is a row of the table
    read = weights - 4 * 16 * 8 + 4 * (recurrent + 2 * recurrent + 2 * 8 + 2 * 50)
    assert tools["benchmark_decoding"].bytes_per_step(narrow) == read


def test_a_peers_log_is_read_without_its_validations(tools: dict[str, ModuleType]) -> None:
    assert tools["peers.joeynmt"].tokens_per_second(LOG) == [600, 620, 610, 590]
    assert tools["peers.joeynmt"]._pace(LOG) == (1.0, 200)
    assert tools["peers.joeynmt"]._pace("") is None


def test_the_large_model_is_measured_on_any_device(
    tools: dict[str, ModuleType], tmp_path: Path
) -> None:
    options = [
        "--layers",
        "1",
        "--size",
        "16",
        "--vocabulary",
        "40",
        "--sentences",
        "4",
        "--positions",
        "5",
    ]
    command = [
        "large",
        "--device",
        "cpu",
        "--repeats",
        "1",
        *options,
        "--json",
        str(tmp_path / "large.json"),
    ]
    done = CliRunner().invoke(tools["benchmark"].app, command, catch_exceptions=False)
    assert done.exit_code == 0
    report = json.loads((tmp_path / "large.json").read_text())
    train, greedy = report["results"]
    assert train["source_and_target_tokens_per_second"] > 0 < greedy["target_tokens_per_second"]
    assert 0 <= train["fraction_of_peak"] < 1
    assert torch.__version__ in report["machine"]


def test_speed_and_latency_of_a_model(
    tools: dict[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = save_tiny_model(tmp_path / "model")
    lines = [f"{sentence}\t{sentence}\n" for sentence in sentences(40)]
    (tmp_path / "test.tsv").write_text("".join(lines))
    monkeypatch.chdir(tmp_path)
    threads = str(torch.get_num_threads())
    common = [str(model), "--data", "test.tsv", "--threads", threads, "--json", "figures.json"]
    command = [
        "translate",
        *common,
        "--rounds",
        "1",
        "--alone",
        "10",
        "--dtype",
        "fp32",
        "--dtype",
        "int8",
    ]
    assert (
        CliRunner().invoke(tools["benchmark"].app, command, catch_exceptions=False).exit_code == 0
    )
    results = json.loads(Path("figures.json").read_text())["results"]
    assert [result["what"] for result in results] == [
        f"beam {beam}, {dtype}" for beam in (1, 5) for dtype in ("fp32", "int8")
    ]
    assert all(result["median"] > 0 and result["changed_alone"] == "0 of 10" for result in results)
    types = ["--dtype", "fp32", "--dtype", "bf16", "--dtype", "int8"]
    command = ["translate", *common, *types, "--rounds", "1", "--vocabulary", "300", "--beam", "1"]
    assert (
        CliRunner().invoke(tools["benchmark"].app, command, catch_exceptions=False).exit_code == 0
    )
    wide = json.loads(Path("figures.json").read_text())["results"]
    assert [result["what"][-4:] for result in wide] == ["fp32", "bf16", "int8"]
    assert wide[0]["bleu"] == results[0]["bleu"]
    command = ["latency", *common, "--count", "3", "--rounds", "1"]
    assert (
        CliRunner().invoke(tools["benchmark"].app, command, catch_exceptions=False).exit_code == 0
    )
    assert all(
        result["median"] > 0 and result["kib_read_per_step"] > 0
        for result in json.loads(Path("figures.json").read_text())["results"]
    )
    command = [
        "growth",
        str(model),
        "--text",
        "test.tsv",
        "--lines",
        "3",
        "--lines",
        "6",
        "--vocabulary",
        "300",
    ]
    command += ["--rounds", "1", "--threads", threads, "--json", "figures.json"]
    assert (
        CliRunner().invoke(tools["benchmark"].app, command, catch_exceptions=False).exit_code == 0
    )
    *by_lines, beam, greedy, wide_beam = json.loads(Path("figures.json").read_text())["results"]
    assert [result["what"] for result in by_lines] == ["greedy, 3 lines", "greedy, 6 lines"]
    assert all(result["ms_per_line"] > 0 for result in by_lines)
    assert all(result["ratio"] > 0 for result in (beam, greedy, wide_beam))
