"""Describer: a vector becomes the initial state of a decoder, which writes a text about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from seq2seq.config.settings import ModelConfig
from seq2seq.models.dropout import Dropout
from seq2seq.models.language_model import (
    LanguageModelNetwork,
    LayerStates,
    TextOfIds,
    language_model_of,
)
from seq2seq.models.weight_norm import normalize_weights

FARTHEST = 5.0
"""Maximum distance of a number from its mean, in standard deviations; farther ones are clipped."""


class VectorsWithTexts(TextOfIds, Protocol):
    """N vectors with their texts, as ids padded with 0; see `seq2seq.data.batches.described`."""

    @property
    def vectors(self) -> Tensor:
        """Vectors (N, D)."""
        ...


class DescriberNetwork(nn.Module):
    """Recurrent describer of vectors.

    The numbers of a vector are standardized by the mean and the standard deviation that each of
    them has in the training data, and pass hidden layers. A linear map and tanh make the initial
    state of each layer of the decoder, as the bridge of a translation model does.

    Args:
        decoder: Network over the text; it knows no source but its initial state.
        vector_size: Size D of the vectors.
        layers: Sizes of the hidden layers.
        dropout: Applied to the output of each hidden layer.

    Attributes:
        mean: Mean of each number (D,).
        deviation: Standard deviation of each number (D,).
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        decoder: LanguageModelNetwork,
        *,
        vector_size: int,
        layers: Sequence[int],
        dropout: Dropout,
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(vector_size))
        self.register_buffer("deviation", torch.ones(vector_size))
        self.decoder = decoder
        self.dropout = dropout
        sizes = [vector_size, *layers]
        self.hidden = nn.ModuleList(
            nn.Linear(before, after) for before, after in zip(sizes, layers, strict=False)
        )
        self.bridge = nn.Linear(sizes[-1], decoder.state_size)
        self.identity: dict[str, str] = {}

    def tie_weights(self, tying: str) -> None:
        """Share the embedding with the output layer, unless `tying` is "none"."""
        self.decoder.tie_weights(tying)

    def standardize_by(self, vectors: Tensor) -> None:
        """Set the mean and the standard deviation to those of vectors (N, D)."""
        wide = vectors.double()
        deviation = wide.std(0, correction=0)
        self.mean.copy_(wide.mean(0))
        self.deviation.copy_(torch.where(deviation > 0, deviation, 1.0))

    def start(self, vectors: Tensor) -> LayerStates:
        """Return the state before the first token.

        Args:
            vectors: Vectors (N, D).

        Returns:
            The state, with one row per vector.
        """
        x = (vectors.to(self.mean.dtype) - self.mean) / self.deviation
        x = x.clamp(-FARTHEST, FARTHEST)
        for layer in self.hidden:
            x = self.dropout(F.relu(layer(x)))
        return self.decoder.state_of(torch.tanh(self.bridge(x)))

    def step(self, tokens: Tensor, state: LayerStates) -> tuple[Tensor, LayerStates]:
        """Take one step; see `LanguageModelNetwork.step`."""
        return self.decoder.step(tokens, state)

    @parametrize.cached()
    def loss(self, batch: VectorsWithTexts, label_smoothing: float = 0.0) -> Tensor:
        """Compute the loss of a batch.

        Args:
            batch: Vectors with their texts.
            label_smoothing: Probability that is spread over the whole vocabulary.

        Returns:
            Sum over the tokens of the texts, a scalar, in nats.
        """
        loss, _ = self.decoder.loss_after(batch, self.start(batch.vectors), label_smoothing)
        return loss


def build_describer(config: ModelConfig, vocab_size: int, vector_size: int) -> DescriberNetwork:
    """Build a describer from a configuration; a seed always gives the same weights.

    Args:
        config: The `model` section of a configuration.
        vocab_size: Number of ids.
        vector_size: Size of the vectors.

    Returns:
        A model in training mode.

    Raises:
        ConfigError: The cell is unknown, or does not support a deep transition.
    """
    model = DescriberNetwork(
        language_model_of(config, vocab_size),
        vector_size=vector_size,
        layers=config.vector_layers,
        dropout=Dropout(config.dropout),
    )
    model.tie_weights(config.weight_tying)
    if config.weight_norm:
        normalize_weights(model, except_for=model.decoder.output)
    return model
