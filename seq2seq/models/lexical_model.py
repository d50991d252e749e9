"""Lexical model: what the attended source words predict on their own, past both recurrences."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LexicalModel(nn.Module):
    """Lexical model: tanh(W f + b) + f, where f is the squashed mean of the attended embeddings.

    See Nguyen and Chiang (2018). What words translate to need not pass through the encoder and the
    decoder's state, which learn rare words late. In the paper this has an output layer of its own.
    Here it is added to the features, so that both share one; features must be as wide as the
    embedding.

    Args:
        size: Width E of the embedding and of the features.
        scale: Factor for the embeddings before tanh. They begin as small as an output layer needs
            them, where tanh is nearly linear and a word has little weight.
    """

    def __init__(self, size: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.map = nn.Linear(size, size)

    def forward(self, words: Tensor) -> Tensor:
        """Return what to add to the features.

        Args:
            words: Embedded source words, averaged by attention (…, E).

        Returns:
            A tensor (…, E).
        """
        words = torch.tanh(words * self.scale)
        return torch.tanh(self.map(words)) + words
