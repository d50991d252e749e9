"""Embeddings, which map each id of a vocabulary to a vector."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from seq2seq.models.dropout import drop_words

PADDING = 0
"""Id of padding."""


class Embedding(nn.Embedding):
    """Embedding with initial weights that are small enough to be shared with the output layer.

    The vector of padding is initially zero and never affects real positions. Under autocast,
    vectors have autocast's dtype. The first product would convert them anyway, and the operations
    before it, dropout and the reversal of the source, then move half as many bytes.

    Args:
        vocabulary: Number V of ids.
        size: Width E of the vectors.
        word_dropout: Probability of zeroing the whole vector of a token in training.
        scale: Multiply vectors by sqrt(E). Weights that are small enough for the output layer are a
            small input for recurrent layers without normalization (Vaswani et al. 2017, section
            3.4; docs/NOTES.md).
    """

    def __init__(
        self, vocabulary: int, size: int, word_dropout: float = 0.0, scale: bool = False
    ) -> None:
        super().__init__(vocabulary, size, padding_idx=PADDING)
        self.word_dropout = word_dropout
        self.factor = size**0.5 if scale else 1.0

    def reset_parameters(self) -> None:
        # A meta tensor has no values. Drawing them would load torch's compiler (77 MiB, 1.9 s).
        if self.weight.is_meta:
            return
        nn.init.normal_(self.weight, std=self.embedding_dim**-0.5)
        with torch.no_grad():
            self.weight[PADDING].zero_()

    def forward(self, ids: Tensor) -> Tensor:
        """Return the vectors (…, E) of ids (…)."""
        vectors = super().forward(ids)
        device = vectors.device.type
        if torch.is_autocast_enabled(device):
            vectors = vectors.to(torch.get_autocast_dtype(device))
        if self.factor != 1:
            vectors = vectors * self.factor
        if self.training and self.word_dropout:
            vectors = drop_words(vectors, self.word_dropout)
        return vectors
