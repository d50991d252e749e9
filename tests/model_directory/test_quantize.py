"""The compact form of a model: read as any other, in int8 the same products, and a quarter of the
bytes."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from typer.testing import CliRunner

import seq2seq.translation.engines.load_torch
from seq2seq import Translator, evaluate, train
from seq2seq.cli.app import app
from seq2seq.config.settings import ModelConfig
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.average import average
from seq2seq.model_directory.learn_shortlist import shortlist
from seq2seq.model_directory.manifest import sealing
from seq2seq.model_directory.names import CONFIDENCE, SHORTLIST, UNFINISHED, WEIGHTS
from seq2seq.model_directory.quantize import quantize
from seq2seq.model_directory.store import (
    ABSMAX,
    load_model,
    load_tensors,
    load_weights,
    save_tensors,
    save_weights,
)
from seq2seq.models.cells import CELLS
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.models.quantization import Int8Linear, exact_integers, from_int8, to_int8
from tests.support import tiny_run as tiny
from tests.support.examples import few

needs_int8 = pytest.mark.skipif(
    not exact_integers(), reason="this processor has no exact products of int8"
)


def make(
    cell: str = "ln-gru",
    tying: str = "three-way",
    weight_norm: bool = False,
    hidden: int = 24,
    depth: int = 1,
) -> Seq2SeqModel:
    torch.manual_seed(3)
    config = ModelConfig(
        cell=cell,
        attention="bahdanau",
        embedding_size=16,
        hidden_size=hidden,
        weight_tying=tying,  # type: ignore[arg-type]
        weight_norm=weight_norm,
        transition_depth=depth,
    )
    return build_model(config, 40, 40).eval()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a little-trained model in `run`, its compact form in `compact`, and their
    text."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("compress")
    tiny.write_text(folder)
    train(tiny.tiny_config(folder, "training.max_steps=40"), output=folder / "run", cpu=True)
    shortlist(folder / "run")
    quantize(folder / "run", output=folder / "compact")
    return folder


@given(st.integers(1, 9), st.integers(2, 40), st.integers(0, 10_000), st.floats(-30, 30))
@few(60)
def test_a_matrix_is_rounded_once_and_for_all(
    rows: int, columns: int, seed: int, magnitude: float
) -> None:
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(rows, columns, generator=generator) * 10**magnitude
    matrix[0] = 0
    whole, largest = to_int8(matrix)
    again = from_int8(whole, largest)
    assert bool(((again - matrix).abs() <= largest.unsqueeze(1) / 127 * 0.5001).all())
    for once, twice in zip((whole, largest), to_int8(again), strict=True):
        assert torch.equal(once, twice)
    assert torch.equal(from_int8(*to_int8(again)), again)


def test_a_rows_largest_number_is_kept_to_the_bit() -> None:
    matrix = torch.linspace(127 / 64, 2, 5000).unsqueeze(1) * torch.tensor([1.0, -0.3])
    assert not torch.equal(127 * (matrix[:, 0] / 127), matrix[:, 0]), (
        "here single precision would miss it"
    )
    again = from_int8(*to_int8(matrix))
    assert torch.equal(again[:, 0], matrix[:, 0])
    assert torch.equal(from_int8(*to_int8(again)), again)


@pytest.mark.parametrize(
    ("cell", "tying", "depth"),
    [
        *itertools.product(sorted(CELLS), ["none"], [1]),
        ("ln-gru", "three-way", 1),
        ("gru", "two-way", 2),
    ],
)
def test_in_int8_its_products_are_those_of_the_model_before(
    cell: str, tying: str, depth: int, tmp_path: Path
) -> None:
    before, after = make(cell, tying, depth=depth), make(cell, tying, depth=depth)
    save_weights(before, tmp_path / "w", quantized=True)
    assert load_weights(after, tmp_path / "w")
    before.quantize("int8")
    after.quantize("int8")
    maps = [
        [part for part in model.modules() if isinstance(part, Int8Linear)]
        for model in (before, after)
    ]
    assert len(maps[0]) > 5
    for old, new in zip(*maps, strict=True):
        assert torch.equal(old.weight, new.weight)
        assert torch.equal(old.scale, new.scale)
        assert torch.equal(old.bias, new.bias)


@pytest.mark.parametrize("weight_norm", [False, True])
def test_matrices_are_near_and_all_else_is_as_it_was(weight_norm: bool, tmp_path: Path) -> None:
    before, after = make(weight_norm=weight_norm), make(weight_norm=weight_norm)
    for parameter in after.parameters():
        nn.init.zeros_(parameter)
    save_weights(before, tmp_path / "w", quantized=True)
    load_weights(after, tmp_path / "w")
    kept = load_tensors(tmp_path / "w")
    assert any("norm" in name for name in kept)
    for (name, old), new in zip(before.named_parameters(), after.parameters(), strict=True):
        small = old.dim() < 2 or "_norm." in name or name.endswith("original0")
        if small:
            assert torch.equal(old, new)
        else:
            assert bool(((old - new).abs() <= old.abs().amax(1, keepdim=True) / 250).all())
        assert new.dtype == torch.float32
    assert after.output.weight is after.encoder.embedding.weight
    assert kept["decoder.embedding.weight"].dtype == torch.int8


def test_it_takes_a_quarter_of_the_bytes(tmp_path: Path) -> None:
    model = make(hidden=256)
    save_weights(model, tmp_path / "wide")
    save_weights(model, tmp_path / "compact", quantized=True)
    assert (tmp_path / "compact").stat().st_size < 0.27 * (tmp_path / "wide").stat().st_size


def test_the_directory_is_a_model_directory_with_all_that_the_model_had(place: Path) -> None:
    before, after = load_model(place / "run"), load_model(place / "compact")
    assert (before.quantized, after.quantized) == (False, True)
    assert after.config == before.config
    assert after.tokenizers.fingerprint() == before.tokenizers.fingerprint()
    assert (place / "compact" / SHORTLIST).read_bytes() == (place / "run" / SHORTLIST).read_bytes()
    card = (place / "compact" / "README.md").read_text()
    assert card.startswith((place / "run" / "README.md").read_text())
    assert "Scores above are those of the model before" in card
    assert sorted(path.name for path in (place / "compact").iterdir()) == [
        "README.md",
        "config.yaml",
        "manifest.json",
        "model.safetensors",
        SHORTLIST,
        "tokenizer",
    ]


@needs_int8
def test_a_directory_that_was_left_incomplete_is_not_read_as_a_model(
    place: Path, tmp_path: Path
) -> None:
    model = tmp_path / "model"
    quantize(place / "run", output=model)
    (model / UNFINISHED).touch()
    with pytest.raises(CheckpointError, match="model: is incomplete: the command that wrote it"):
        load_model(model)
    quantize(place / "run", output=model)
    assert load_model(model).quantized


def test_it_translates_in_int8_unless_told_otherwise_and_others_in_fp32(place: Path) -> None:
    data = str(place / "train.tsv")
    assert evaluate(place / "run", data).sets[0].decoding["dtype"] == "fp32"
    [compact] = evaluate(place / "compact", data).sets
    [narrow] = evaluate(place / "run", data, dtype="int8").sets
    assert compact.decoding["dtype"] == "int8"
    same = [a == b for a, b in zip(compact.hypotheses, narrow.hypotheses, strict=True)]
    assert sum(same) >= 0.9 * len(same)
    assert evaluate(place / "compact", data, dtype="fp32").sets[0].decoding["dtype"] == "fp32"
    both = Translator.from_pretrained([place / "compact", place / "run"])
    assert both.dtype == "fp32"
    assert Translator.from_pretrained([place / "compact"] * 2, shortlist=True).dtype == "int8"


def test_where_products_of_integers_are_not_exact_it_translates_in_fp32(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seq2seq.translation.engines.load_torch, "exact_integers", lambda: False)
    translator = Translator.from_pretrained(place / "compact", engine="torch")
    assert translator.dtype == "fp32"
    assert translator.translate("gato azul").text


def test_a_training_starts_from_it_and_its_weights_are_averaged(place: Path) -> None:
    start = [
        f"training.init_from={place / 'compact'}",
        "training.max_steps=8",
        "training.keep_last=2",
    ]
    train(tiny.tiny_config(place, *start), output=place / "further", cpu=True)
    assert not load_model(place / "further").quantized
    average(place / "further", output=place / "mean")
    assert not load_model(place / "mean").quantized


def test_the_confidence_is_copied(place: Path, tmp_path: Path) -> None:
    settings = ["training.max_steps=8", "training.keep_last=2"]
    train(tiny.tiny_config(place, *settings), output=tmp_path / "run", cpu=True)
    with sealing(tmp_path / "run", CONFIDENCE):
        (tmp_path / "run" / CONFIDENCE).write_text("{}", encoding="utf-8")
    quantize(tmp_path / "run", output=tmp_path / "small")
    average(tmp_path / "run", output=tmp_path / "mean")
    for copy in ("small", "mean"):
        assert (tmp_path / copy / CONFIDENCE).read_text(encoding="utf-8") == "{}"


def test_the_command_says_what_it_saved(place: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["quantize", str(place / "run"), "--output", str(tmp_path / "small")]
    )
    assert done.exit_code == 0
    assert done.stdout == f"wrote {tmp_path / 'small'}: 0.0 MB of weights, where there were 0.0\n"
    assert (tmp_path / "small" / WEIGHTS).read_bytes() == (place / "compact" / WEIGHTS).read_bytes()


def test_what_cannot_be_compressed(place: Path, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="quantized already"):
        quantize(place / "compact", output=tmp_path / "again")
    with pytest.raises(CheckpointError, match="is not empty"):
        quantize(place / "run", output=place / "compact")
    with pytest.raises(CheckpointError, match="is not a directory"):
        quantize(place / "run", output=place / "train.tsv")
    with pytest.raises(CheckpointError, match="no such model directory"):
        quantize(place / "absent", output=tmp_path / "x")
    assert not list(tmp_path.iterdir())


NAME = "decoder.embedding.weight"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({NAME + ABSMAX: None}, f"damaged: {NAME} is kept as int8"),
        ({NAME + ABSMAX: torch.ones(39)}, f"damaged: {NAME} is kept as int8"),
        ({NAME + ABSMAX: torch.ones(40, dtype=torch.int32)}, f"damaged: {NAME} is kept as int8"),
        ({NAME: torch.ones(40, dtype=torch.int8)}, f"damaged: {NAME} is kept as int8"),
        ({NAME: None}, "does not match config.yaml"),
        ({NAME: torch.ones(40, 15, dtype=torch.int8)}, "does not match config.yaml"),
        ({NAME: torch.ones(40, 16)}, "does not match config.yaml"),
        ({NAME: None, NAME + ABSMAX: None}, "lacks "),
    ],
)
def test_a_damaged_compact_file_is_named(
    change: dict[str, torch.Tensor | None], said: str, tmp_path: Path
) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(make(), path, quantized=True)
    tensors = {
        name: value for name, value in {**load_tensors(path), **change}.items() if value is not None
    }
    save_tensors(tensors, path)
    with pytest.raises(CheckpointError, match=rf"w\.safetensors: .*{said}"):
        load_weights(make(), path)


def test_a_truncated_compact_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(make(), path, quantized=True)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match=r"w\.safetensors: truncated"):
        load_weights(make(), path)
