"""Weight normalization: no change at first, then lengths and directions are trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from seq2seq.config.settings import ModelConfig
from seq2seq.model_directory.store import load_weights, save_weights
from seq2seq.models.cells import CELLS
from seq2seq.models.model import Seq2SeqModel, build_model

SOURCE = torch.tensor([[3, 4, 5], [7, 8, 2]])
LENGTHS = torch.tensor([3, 3])
TARGET = torch.tensor([[1, 5], [1, 9]])
every_cell = pytest.mark.parametrize("cell", sorted(CELLS))


def make(cell: str, weight_norm: bool, depth: int = 1) -> Seq2SeqModel:
    torch.manual_seed(4)
    config = ModelConfig(
        cell=cell, weight_norm=weight_norm, embedding_size=6, hidden_size=8, transition_depth=depth
    )
    return build_model(config, 11, 11).eval()


@every_cell
@torch.no_grad()
def test_at_first_it_changes_nothing(cell: str) -> None:
    plain = make(cell, False)
    normalized = make(cell, True)
    torch.testing.assert_close(normalized(SOURCE, LENGTHS, TARGET), plain(SOURCE, LENGTHS, TARGET))
    assert sum(p.numel() for p in normalized.parameters()) > sum(
        p.numel() for p in plain.parameters()
    )


@every_cell
@torch.no_grad()
def test_the_length_of_a_direction_does_not_matter_and_lengths_scale_rows(cell: str) -> None:
    model = make(cell, True, depth=2 if CELLS[cell].mixes_state else 1)
    before = model(SOURCE, LENGTHS, TARGET)
    directions = [p for name, p in model.named_parameters() if name.endswith("original1")]
    lengths = [p for name, p in model.named_parameters() if name.endswith("original0")]
    assert len(directions) == len(lengths) > 4
    for direction in directions:
        direction.mul_(3)
    torch.testing.assert_close(model(SOURCE, LENGTHS, TARGET), before)
    readout = model.decoder.readout.weight.clone()
    model.decoder.readout.parametrizations.weight.original0.mul_(2)
    torch.testing.assert_close(model.decoder.readout.weight, 2 * readout)


@every_cell
@torch.no_grad()
def test_it_is_saved_loaded_and_quantized(cell: str, tmp_path: Path) -> None:
    saved = make(cell, True)
    for parameter in saved.parameters():
        parameter.add_(torch.randn_like(parameter) * 0.1)
    save_weights(saved, tmp_path / "weights")
    with torch.device("meta"):
        loaded = make(cell, True)
    load_weights(loaded, tmp_path / "weights")
    loaded.tie_weights("two-way")
    expected = saved(SOURCE, LENGTHS, TARGET)
    assert torch.equal(loaded(SOURCE, LENGTHS, TARGET), expected)
    loaded.quantize("bf16")
    state = loaded.start(SOURCE, LENGTHS)
    logits, _, _ = loaded.step(TARGET[:, 0], state)
    torch.testing.assert_close(logits, expected[:, 0], rtol=0.05, atol=0.05)
