"""Initial weights for comparison: each one keeps its promise for every cell."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from seq2seq.models.cells import CELLS
from seq2seq.models.diagnostics.initialization import INITIALIZATIONS

INPUTS = 4
HIDDEN = 6
every_cell = pytest.mark.parametrize("name", sorted(CELLS))


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("elman-tanh", nn.RNN(INPUTS, HIDDEN)),
        ("elman-relu", nn.RNN(INPUTS, HIDDEN, nonlinearity="relu")),
        ("gru", nn.GRU(INPUTS, HIDDEN)),
        ("lstm", nn.LSTM(INPUTS, HIDDEN)),
    ],
)
def test_the_default_is_torchs(name: str, library: nn.RNNBase) -> None:
    cell = CELLS[name](INPUTS, HIDDEN)
    torch.manual_seed(7)
    INITIALIZATIONS["default"](cell)
    torch.manual_seed(7)
    library.reset_parameters()
    for ours, theirs in zip(cell.parameters(), library.parameters(), strict=True):
        assert torch.equal(ours, theirs)


@every_cell
def test_orthogonal_and_identity_initialization_change_only_recurrent_matrices(name: str) -> None:
    for how in ("orthogonal", "identity"):
        cell = CELLS[name](INPUTS, HIDDEN)
        between = [
            p
            for p in cell.parameters()
            if p.dim() == 2 and p.shape[1] == HIDDEN and p.shape[0] % HIDDEN == 0
        ]
        others = {
            name: p.clone()
            for name, p in cell.named_parameters()
            if not any(p is one for one in between)
        }
        for p in between:
            nn.init.zeros_(p)
        INITIALIZATIONS[how](cell)
        for matrix in cell.recurrent_matrices().values():
            torch.testing.assert_close(matrix @ matrix.T, torch.eye(HIDDEN), rtol=0, atol=1e-6)
            assert torch.equal(matrix, torch.eye(HIDDEN)) == (how == "identity")
        for other, value in others.items():
            assert torch.equal(cell.get_parameter(other), value)
