"""Embeddings: a vector for each id of a vocabulary."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq.models.dropout import drop_words

PADDING = 0
"""The id of padding in every tensor of ids."""


class Embedding(nn.Embedding):
    """Small enough to serve as the output layer too; padding begins at zero, and nothing real reads
    it.

    With `scale` the vectors are multiplied by the square root of their size: what is small enough
    for the output layer is a small input for recurrent layers without normalisation (Vaswani et al.
    2017, section 3.4; docs/NOTES.md).

    Under autocast the vectors come in its type, which is what the first product would make of them:
    what is done to them before that, dropout and the reversal of the source, then moves half the
    bytes. In training a share `word_dropout` of the vectors is dropped whole."""

    def __init__(
        self, vocabulary: int, size: int, word_dropout: float = 0.0, scale: bool = False
    ) -> None:
        super().__init__(vocabulary, size, padding_idx=PADDING)
        self.word_dropout = word_dropout
        self.factor = size**0.5 if scale else 1.0

    def reset_parameters(self) -> None:
        if (
            self.weight.is_meta
        ):  # no values: to draw none, torch would load its compiler, 77 MiB and 1.9 s
            return
        nn.init.normal_(self.weight, std=self.embedding_dim**-0.5)
        with torch.no_grad():
            self.weight[PADDING].zero_()

    def forward(self, ids: Tensor) -> Tensor:
        """Of any ids (…): (…, E)."""
        vectors = super().forward(ids)
        device = vectors.device.type
        if torch.is_autocast_enabled(device):
            vectors = vectors.to(torch.get_autocast_dtype(device))
        if self.factor != 1:
            vectors = vectors * self.factor
        return (
            drop_words(vectors, self.word_dropout)
            if self.training and self.word_dropout
            else vectors
        )
