"""The encoder: stacked recurrent layers over the source, in one direction or both. It knows no
target."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq.models.cells import Cell, make_cell
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding


class Encoded(NamedTuple):
    """A source of N rows: the memory (N, S, H) and the embedded words (N, S, E), meaningless behind
    a row's length.

    The summary (N, H) is what each direction's top layer ended with.
    """

    memory: Tensor
    summary: Tensor
    words: Tensor


class Encoder(nn.Module):
    """Reads a source into one state per position.

    A bidirectional layer runs one cell of `hidden_size / 2` each way and joins their outputs, so
    that the memory is `hidden_size` wide either way. With `residual`, layers from the second on add
    their input to their output."""

    def __init__(
        self,
        embedding: Embedding,
        cell: str,
        hidden_size: int,
        layers: int = 1,
        bidirectional: bool = True,
        residual: bool = False,
        dropout: float = 0.0,
        dropout_over_time: bool = False,
        forget_bias: float = 1.0,
        transition_depth: int = 1,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.residual = residual
        self.dropout = Dropout(dropout, dropout_over_time)
        sizes = [embedding.embedding_dim] + [hidden_size] * (layers - 1)
        width = hidden_size // 2 if bidirectional else hidden_size

        def cells() -> nn.ModuleList:
            return nn.ModuleList(
                make_cell(cell, size, width, forget_bias, transition_depth) for size in sizes
            )

        self.forward_cells = cells()
        self.backward_cells = cells() if bidirectional else None

    def forward(self, source: Tensor, lengths: Tensor) -> Encoded:
        """Encode source ids (N, S) of the given lengths (N,).

        Padding changes nothing: the backward cells read each row reversed within its length.
        """
        reverse = reversal(lengths, source.shape[1])
        x = words = self.dropout(self.embedding(source))
        for index, cell in enumerate(self.forward_cells):
            y = _run(cell, x)
            if self.backward_cells is not None:
                backward = _run(self.backward_cells[index], _reorder(x, reverse))
                y = torch.cat([y, _reorder(backward, reverse)], -1)
            x = x + self.dropout(y) if self.residual and index > 0 else self.dropout(y)
        return Encoded(x, self._summary(x, lengths), words)

    def _summary(self, memory: Tensor, lengths: Tensor) -> Tensor:
        last = memory[torch.arange(len(memory), device=memory.device), lengths - 1]
        if self.backward_cells is None:
            return last
        half = memory.shape[-1] // 2
        return torch.cat([last[:, :half], memory[:, 0, half:]], -1)


def _run(cell: nn.Module, xs: Tensor) -> Tensor:
    assert isinstance(cell, Cell)
    outputs: Tensor = cell(xs, cell.initial_state(xs[:, 0]))[0]
    return outputs


def reversal(lengths: Tensor, width: int) -> Tensor:
    """The index (N, width) that reverses each row within its length and leaves its padding in
    place."""
    positions = torch.arange(width, device=lengths.device).expand(len(lengths), -1)
    reverse = lengths.unsqueeze(1) - 1 - positions
    return torch.where(reverse >= 0, reverse, positions)


def _reorder(x: Tensor, index: Tensor) -> Tensor:
    return x.gather(1, index.unsqueeze(-1).expand_as(x))
