"""Lexical model: predictions from the attended source words, bypassing both recurrences."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LexicalModel(nn.Module):
    """Lexical model: tanh(W f + b) + f, where f is tanh of the mean of the attended embeddings.

    See Nguyen and Chiang (2018). The translations of words need not pass through the encoder and
    the decoder's state, which learn rare words late. In the paper, the lexical model has its own
    output layer. Here its result is added to the features, so both share one output layer, and
    features must be as wide as the embedding.

    Args:
        size: Width E of the embedding and of the features.
        scale: Factor for the embeddings before tanh. Initially they are as small as an output layer
            needs, in the range where tanh is nearly linear and a word has little weight.
    """

    def __init__(self, size: int, scale: float) -> None:
        super().__init__()
        self.scale = scale
        self.map = nn.Linear(size, size)

    def forward(self, words: Tensor) -> Tensor:
        """Compute the contribution to the features.

        Args:
            words: Mean of the embedded source words, weighted by attention (…, E).

        Returns:
            A tensor (…, E) that is added to the features.
        """
        words = torch.tanh(words * self.scale)
        return torch.tanh(self.map(words)) + words
