"""Initial weights of a recurrence for comparison: torch's default, orthogonal, identity.

Cells choose the initialization that suits them: orthogonal matrices in all but `elman-relu`. These
functions show the effect of the others.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from seq2seq.models.cells import Cell


def uniform(cell: Cell) -> None:
    """Draw all weights and biases from ± 1 / sqrt(H), as nn.RNN, nn.GRU and nn.LSTM do."""
    bound = cell.hidden_size**-0.5
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -bound, bound)


def orthogonal(cell: Cell) -> None:
    """Fill recurrent matrices gate by gate with orthogonal matrices (Saxe et al. 2014)."""
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
