"""Initial weights of a recurrence to compare: torch's default, orthogonal, the identity.

Cells begin with what is best for them by themselves, orthogonal matrices in all but `elman-relu`;
this is for showing what the others do."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from seq2seq.models.cells import Cell


def uniform(cell: Cell) -> None:
    """All weights and biases uniform within 1 / sqrt(H) of 0, as nn.RNN, nn.GRU and nn.LSTM
    begin."""
    bound = cell.hidden_size**-0.5
    for parameter in cell.parameters():
        nn.init.uniform_(parameter, -bound, bound)


def orthogonal(cell: Cell) -> None:
    """Recurrent matrices that keep every length (Saxe et al. 2014), one for each gate; the rest
    stays as it is."""
    _fill(cell, nn.init.orthogonal_)


def identity(cell: Cell) -> None:
    """Recurrent matrices that keep the state itself (Le et al. 2015); the rest stays as it is."""
    _fill(cell, nn.init.eye_)


INITIALIZATIONS: dict[str, Callable[[Cell], None]] = {
    "default": uniform,
    "orthogonal": orthogonal,
    "identity": identity,
}
"""By name; "default" is torch's."""


def _fill(cell: Cell, fill: Callable[[torch.Tensor], torch.Tensor]) -> None:
    with torch.no_grad():
        for matrix in cell.recurrent_matrices().values():
            fill(matrix)
