"""Weights on disk: they come back as they were, tied or in one buffer, and a file that does not fit
is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.errors import CheckpointError
from seq2seq.model_directory.store import load_tensors, load_weights, save_weights
from seq2seq.models.model import Seq2SeqModel, build_model


def model(seed: int, tying: str = "two-way", hidden: int = 8) -> Seq2SeqModel:
    torch.manual_seed(seed)
    return build_model(
        ModelConfig(embedding_size=6, hidden_size=hidden, weight_tying=tying), 11, 11
    )  # type: ignore[arg-type, call-arg]


@pytest.mark.parametrize("tying", ["none", "two-way", "three-way"])
def test_weights_come_back_and_stay_tied(tmp_path: Path, tying: str) -> None:
    saved, loaded = model(1, tying), model(2, tying)
    save_weights(saved, tmp_path / "w")
    names = set(load_tensors(tmp_path / "w"))
    assert len(names) == len(list(saved.parameters()))
    load_weights(loaded, tmp_path / "w")
    assert all(
        torch.equal(a, b) for a, b in zip(saved.parameters(), loaded.parameters(), strict=True)
    )
    assert (loaded.output.weight is loaded.decoder.embedding.weight) == (tying != "none")


def test_weights_that_lie_in_one_buffer_are_saved_as_on_a_gpu_they_do(tmp_path: Path) -> None:
    saved, loaded = model(1), model(2)
    cell = saved.decoder.cells[0]
    weights = list(cell.parameters())
    buffer = torch.cat([weight.detach().flatten() for weight in weights])
    place = 0
    for weight in weights:
        weight.data = buffer[place : place + weight.numel()].view_as(weight)
        place += weight.numel()
    save_weights(saved, tmp_path / "w")
    load_weights(loaded, tmp_path / "w")
    assert all(
        torch.equal(a, b) for a, b in zip(saved.parameters(), loaded.parameters(), strict=True)
    )


@pytest.mark.parametrize("tying", ["none", "two-way", "three-way"])
def test_a_model_without_storage_gets_its_own(tmp_path: Path, tying: str) -> None:
    saved, path = model(1, tying), tmp_path / "w"
    save_weights(saved, path)
    with torch.device("meta"):
        loaded = model(2, tying)
    load_weights(loaded, path)
    path.write_bytes(bytes(path.stat().st_size))  # the weights are no view of the file
    loaded.tie_weights(tying)
    for a, b in zip(saved.parameters(), loaded.parameters(), strict=True):
        assert torch.equal(a, b)
        assert b.requires_grad
    source, lengths = torch.tensor([[3, 4, 2]]), torch.tensor([3])
    assert torch.equal(
        saved.eval()(source, lengths, source), loaded.eval()(source, lengths, source)
    )


def test_files_are_readable_by_others_as_the_umask_has_it(tmp_path: Path) -> None:
    save_weights(model(1), tmp_path / "w")
    (tmp_path / "plain").touch()
    assert (tmp_path / "w").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_weights_of_another_shape_missing_or_truncated_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(CheckpointError, match=r"w\.safetensors: missing"):
        load_weights(model(1), path)
    save_weights(model(1), path)
    with pytest.raises(CheckpointError, match=r"w\.safetensors: does not match .* of shape"):
        load_weights(model(1, hidden=10), path)
    with pytest.raises(
        CheckpointError, match=r"w\.safetensors: does not match .* it lacks output\.weight"
    ):
        load_weights(model(1, tying="none"), path)
    path.write_bytes(path.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match=r"w\.safetensors: truncated"):
        load_weights(model(1), path)
