"""The C library refuses what does not fit, or is damaged."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.engine import library as library_module
from seq2seq.engine import load_library
from seq2seq.engine.architecture import unsupported
from seq2seq.engine.library import NativeLibrary, NativeModel
from seq2seq.engine.rules import Demands, Rules
from seq2seq.errors import CheckpointError, ConfigError
from seq2seq.model_directory.store import save_weights
from seq2seq.models.model import build_model

VOCAB = 50
BOS = 2
EOS = 3


@pytest.fixture(scope="module")
def library(compiled_library: Path) -> NativeLibrary:
    return NativeLibrary(compiled_library)


def settings(cell: str) -> ModelConfig:
    return ModelConfig(cell=cell, embedding_size=20, hidden_size=24)


def opened(
    library: NativeLibrary, config: ModelConfig, place: Path, *, int8: bool = False
) -> NativeModel:
    """Write a model of random weights, and open it in the library."""
    torch.manual_seed(1)
    path = place / "model.safetensors"
    save_weights(build_model(config, VOCAB, VOCAB), path, quantized=int8)
    return library.open(path, config, source_size=VOCAB, target_size=VOCAB, int8=int8)


def rules(beam: int, nbest: int) -> Rules:
    return Rules(beam=beam, nbest=nbest, bos=BOS, eos=EOS, vocabulary=VOCAB)


def test_a_library_of_another_version_is_not_used(
    compiled_library: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = compiled_library
    monkeypatch.setattr(library_module, "VERSION", 0)
    with pytest.raises(OSError, match="another version"):
        NativeLibrary(path)
    monkeypatch.setenv(load_library.VARIABLE, str(path))
    assert load_library.load_library.__wrapped__() is None
    assert "PyTorch translates" in caplog.text
    monkeypatch.setenv(load_library.VARIABLE, str(tmp_path / "none"))
    assert load_library.load_library.__wrapped__() is None
    assert "there is no compiled library" in caplog.text
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(OSError, match=r"too short|invalid"):
        NativeLibrary(tmp_path / "text.so")


def test_every_cut_and_every_flipped_byte_of_the_header_is_refused_or_harmless(
    library: NativeLibrary, tmp_path: Path
) -> None:
    config = settings("ln-gru")
    opened(library, config, tmp_path, int8=True)
    path = tmp_path / "model.safetensors"
    content = path.read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    damaged = tmp_path / "damaged"
    draw = random.Random(1)
    for size in [0, 1, 7, 8, 9, header - 1, header, len(content) - 1]:
        damaged.write_bytes(content[:size])
        with pytest.raises(CheckpointError, match="damaged"):
            library.open(damaged, config, source_size=VOCAB, target_size=VOCAB, int8=True)
    for _ in range(500):
        place = draw.randrange(header)
        byte = bytes([content[place] ^ 1 << draw.randrange(8)])
        damaged.write_bytes(content[:place] + byte + content[place + 1 :])
        try:
            library.open(damaged, config, source_size=VOCAB, target_size=VOCAB, int8=True)
        except CheckpointError as error:
            assert str(error).startswith(f"{damaged}: ")  # noqa: PT017


def test_weights_of_another_shape_and_settings_out_of_range_are_refused(
    library: NativeLibrary, tmp_path: Path
) -> None:
    config = settings("gru")
    opened(library, config, tmp_path)
    path = tmp_path / "model.safetensors"
    sizes = {"source_size": VOCAB, "target_size": VOCAB, "int8": False}
    for change, reason in (
        ({"hidden_size": 26}, "does not have the shape"),
        ({"encoder_layers": 2}, "lacks encoder.forward_cells.1"),
        ({"attention": "none"}, "does not have the shape|that config.yaml does not have"),
        ({"encoder_layers": 1000}, "out of range"),
    ):
        with pytest.raises(CheckpointError, match=reason):
            library.open(path, config.model_copy(update=change), **sizes)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"model\.cell=jordan needs PyTorch"):
        library.open(path, config.model_copy(update={"cell": "jordan"}), **sizes)  # type: ignore[arg-type]
    assert unsupported(config) == ""


def test_arguments_are_checked(library: NativeLibrary, tmp_path: Path) -> None:
    config = settings("gru")
    native = opened(library, config, tmp_path)
    for rows, search, reason in (
        ([[5, VOCAB]], rules(2, 1), "not in the vocabulary"),
        ([[5, -1]], rules(2, 1), "not in the vocabulary"),
        ([[]], rules(2, 1), "empty"),
        ([[5, EOS]], rules(2, 3), "out of range"),
        ([[5, EOS]], rules(0, 1), "out of range"),
    ):
        with pytest.raises(ConfigError, match=reason):
            native.translate(rows, [5] * len(rows), search)
    assert native.translate([], [], rules(2, 1)) == []


@pytest.mark.parametrize(
    ("demands", "reason"),
    [
        (Demands(prefixes=[[VOCAB]]), "the prefixes do not fit"),
        (Demands(prefixes=[[5], [5]]), "the prefixes do not fit"),
        (Demands(partial=[0]), "a partial word has no spelling"),
        (
            Demands(partial=[0], spellings=[{VOCAB: -1}]),
            "the spellings of partial words are damaged",
        ),
        (Demands(partial=[0], spellings=[{5: 1}]), "the spellings of partial words are damaged"),
        (Demands(terms=[[[]]]), "the terms do not fit"),
        (Demands(terms=[[[VOCAB]]]), "the terms do not fit"),
        (Demands(candidates=[[5, 6]]), "the candidates do not fit"),
        (Demands(candidates=[[6, 5, EOS]]), "the candidates do not fit"),
        (Demands(candidates=[[EOS], [EOS]]), "the candidates do not fit"),
        (Demands(candidates=[[EOS, VOCAB]]), "the candidates do not fit"),
    ],
)
def test_demands_are_checked(
    library: NativeLibrary, tmp_path: Path, demands: Demands, reason: str
) -> None:
    config = settings("gru")
    native = opened(library, config, tmp_path)
    with pytest.raises(ConfigError, match=reason):
        native.translate([[5, EOS]], [5], rules(2, 1), demands)
    forbidden = replace(rules(2, 1), forbidden=[[]])
    with pytest.raises(ConfigError, match="a forbidden phrase is empty"):
        native.translate([[5, EOS]], [5], forbidden)
