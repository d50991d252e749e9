"""Initial weights of a recurrence, to compare: torch's default, orthogonal, identity.

Cells choose by themselves what is best for them: orthogonal matrices in all but `elman-relu`. These
functions show what the others do.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from seq2seq.models.cells import Cell


def uniform(cell: Cell) -> None:
    """Draw all weights and biases from within ± 1 / sqrt(H), as nn.RNN, nn.GRU and nn.LSTM do."""
    bound = cell.hidden_size**-0.5
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -bound, bound)


def orthogonal(cell: Cell) -> None:
    """Fill recurrent matrices, gate by gate, with orthogonal ones (Saxe et al. 2014)."""
    _fill(cell, nn.init.orthogonal_)


def identity(cell: Cell) -> None:
    """Fill recurrent matrices with the identity, which keeps the state (Le et al. 2015)."""
    _fill(cell, nn.init.eye_)


INITIALIZATIONS: dict[str, Callable[[Cell], None]] = {
    "default": uniform,
    "orthogonal": orthogonal,
    "identity": identity,
}
"""Initializations by name; "default" is torch's."""


def _fill(cell: Cell, fill: Callable[[torch.Tensor], torch.Tensor]) -> None:
    with torch.no_grad():
        for matrix in cell.recurrent_matrices().values():
            fill(matrix)
