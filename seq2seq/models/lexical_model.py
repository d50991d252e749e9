"""What the source words that are attended to say of the next token by themselves, past both
recurrences."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LexicalModel(nn.Module):
    """Of f, source embeddings averaged by attention and squashed: tanh(W f + b) + f (Nguyen and
    Chiang 2018).

    What the words translate to need not pass through the encoder and the decoder's state, which
    learn rare words late. Their paper gives this an output layer of its own; here it is added to
    the features, so that both share one. That needs features as wide as the embedding is.
    Embeddings are multiplied by `scale` first: they begin as small as an output layer wants them,
    where tanh is next to linear and a word weighs little."""

    def __init__(self, size: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.map = nn.Linear(size, size)

    def forward(self, words: Tensor) -> Tensor:
        """Averaged embeddings (…, E) -> what to add to the features (…, E)."""
        words = torch.tanh(words * self.scale)
        return torch.tanh(self.map(words)) + words
