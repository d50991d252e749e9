"""Encoder: stacked recurrent layers over the source, in one or both directions.

In plain code: `reversed_rows` in docs/learn/plain.py.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq.models.cells import Cell, MakeCell
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.quantization import MakeLinear, quantize_children


class Encoded(NamedTuple):
    """Encoded source of N sentences. Values at padding are meaningless.

    Attributes:
        memory: Outputs of the top layer (N, S, H).
        summary: Last output of each direction of the top layer, side by side (N, H).
        words: Embedded source words (N, S, E).
    """

    memory: Tensor
    summary: Tensor
    words: Tensor


class Encoder(nn.Module):
    """Recurrent network that encodes a source as one vector per position.

    A bidirectional layer runs one cell of width `hidden_size / 2` in each direction and
    concatenates their outputs, so the memory is `hidden_size` wide in both cases.

    Args:
        embedding: Embedding of the source vocabulary.
        make_cell: Creates a cell from its input size and hidden size; called once per layer, first
            for all forward cells, then for all backward cells.
        hidden_size: Width H of the memory; even if `bidirectional`.
        layers: Number of layers.
        bidirectional: Run each layer in both directions.
        residual: Add a layer's input to its output, from the second layer on.
        dropout: Applied to the embedded words and to the output of each layer.
    """

    def __init__(
        self,
        embedding: Embedding,
        *,
        make_cell: MakeCell,
        hidden_size: int,
        layers: int,
        bidirectional: bool,
        residual: bool,
        dropout: Dropout,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.residual = residual
        self.dropout = dropout
        input_sizes = [embedding.embedding_dim] + [hidden_size] * (layers - 1)
        width = hidden_size // 2 if bidirectional else hidden_size

        def stack() -> nn.ModuleList:
            return nn.ModuleList(make_cell(size, width) for size in input_sizes)

        self.forward_cells = stack()
        self.backward_cells = stack() if bidirectional else None

    def forward(self, source: Tensor, lengths: Tensor) -> Encoded:
        """Encode a batch.

        Padding has no effect, because each row is reversed within its length.

        Args:
            source: Source ids (N, S).
            lengths: Number of tokens of each row (N,), at least 1.

        Returns:
            Memory (N, S, H), summary (N, H) and embedded words (N, S, E).
        """
        words = self.dropout(self.embedding(source))
        x = words
        for index, cell in enumerate(self.forward_cells):
            y = _cell(cell).encode(x, lengths)
            if self.backward_cells is not None:
                backward = _cell(self.backward_cells[index]).encode(x, lengths, reverse=True)
                y = torch.cat([y, backward], -1)
            x = x + self.dropout(y) if self.residual and index > 0 else self.dropout(y)
        return Encoded(x, self._summary(x, lengths), words)

    def quantize_weights(self, make: MakeLinear) -> None:
        """Replace the linear maps of the cells that run in a loop over the steps, for decoding.

        A cell with an implementation of its own for a sequence, such as torch's kernel, is faster
        with its float32 weights.

        Args:
            make: Creates a map from a weight and a bias.
        """
        for cell in (*self.forward_cells, *(self.backward_cells or ())):
            if _cell(cell).loops_over_steps():
                quantize_children(cell, make)

    def _summary(self, memory: Tensor, lengths: Tensor) -> Tensor:
        last = memory[torch.arange(len(memory), device=memory.device), lengths - 1]
        if self.backward_cells is None:
            return last
        half = memory.shape[-1] // 2
        return torch.cat([last[:, :half], memory[:, 0, half:]], -1)


def _cell(module: nn.Module) -> Cell:
    assert isinstance(module, Cell)  # ModuleList does not know the type of its members
    return module
