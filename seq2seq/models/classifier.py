"""Classifier: an encoder, a pooling of its states into one vector, and an output layer."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils import parametrize

from seq2seq.config.settings import ModelConfig
from seq2seq.models.attention import masked_softmax
from seq2seq.models.cells.maker import cell_maker
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.encoder import Encoder
from seq2seq.models.quantization import Linear
from seq2seq.models.weight_norm import normalize_weights


class Classified(NamedTuple):
    """Result of classifying N texts.

    Attributes:
        logits: Logits of the labels (N, L).
        attention: Weights of the positions (N, S), or None if the pooling has none.
    """

    logits: Tensor
    attention: Tensor | None


class ClassifierNetwork(nn.Module):
    """Recurrent classifier.

    Args:
        encoder: Network over the text.
        pooling: "last", "mean", "max" or "attention".
        hidden_size: Width H of the encoder's outputs.
        labels: Number L of labels.
        dropout: Applied to the pooled vector.
    """

    def __init__(
        self, encoder: Encoder, *, pooling: str, hidden_size: int, labels: int, dropout: Dropout
    ) -> None:
        super().__init__()
        self.encoder = encoder
        self.pooling = pooling
        self.dropout = dropout
        if pooling == "attention":
            self.key = nn.Linear(hidden_size, hidden_size)
            self.query = nn.Linear(hidden_size, 1, bias=False)
        self.output = Linear(hidden_size, labels)
        nn.init.zeros_(self.output.bias)
        self.identity: dict[str, str] = {}

    def tie_weights(self, tying: str) -> None:
        """Do nothing: no two layers have the same matrix."""

    @parametrize.cached()
    def forward(self, source: Tensor, lengths: Tensor) -> Classified:
        """Classify texts.

        Args:
            source: Ids (N, S), padded with 0.
            lengths: Number of ids of each text (N,).

        Returns:
            Logits (N, L), and the weights of attention (N, S), if there are any.
        """
        states, summary, _ = self.encoder(source, lengths)
        inside = torch.arange(source.shape[1], device=source.device) < lengths.unsqueeze(1)
        attention = None
        if self.pooling == "last":
            pooled = summary
        elif self.pooling == "mean":
            pooled = (states * inside.unsqueeze(2)).sum(1) / lengths.unsqueeze(1)
        elif self.pooling == "max":
            pooled = states.masked_fill(~inside.unsqueeze(2), float("-inf")).amax(1)
        else:
            scores = self.query(torch.tanh(self.key(states))).squeeze(2)
            attention = masked_softmax(scores, inside)
            pooled = (attention.unsqueeze(1) @ states.to(attention.dtype)).squeeze(1)
        vectors = self.dropout(pooled.unsqueeze(1)).squeeze(1)
        return Classified(self.output(vectors), attention)

    def loss(
        self, source: Tensor, lengths: Tensor, labels: Tensor, label_smoothing: float = 0.0
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            source: Ids (N, S), padded with 0.
            lengths: Number of ids of each text (N,).
            labels: Number of each text's label (N,); negative numbers do not count.
            label_smoothing: Probability that is spread over all labels.

        Returns:
            Sum over the texts, a scalar, in nats.
        """
        logits = self(source, lengths).logits
        wide = torch.promote_types(logits.dtype, torch.float32)
        kept = (labels >= 0).nonzero().squeeze(1)
        return F.cross_entropy(
            logits.to(wide)[kept],
            labels[kept],
            reduction="sum",
            label_smoothing=label_smoothing,
        )


def build_classifier(config: ModelConfig, vocab_size: int, labels: int) -> ClassifierNetwork:
    """Build a classifier from a configuration; a seed always gives the same weights.

    Args:
        config: The `model` section of a configuration.
        vocab_size: Number of ids.
        labels: Number of labels.

    Returns:
        A model in training mode.

    Raises:
        ConfigError: The cell is unknown, or does not support a deep transition.
    """
    embedding = Embedding(
        vocab_size, config.embedding_size, config.word_dropout, config.scale_embeddings
    )
    encoder = Encoder(
        embedding,
        make_cell=cell_maker(config),
        hidden_size=config.hidden_size,
        layers=config.encoder_layers,
        bidirectional=config.bidirectional,
        residual=config.residual,
        dropout=Dropout(config.dropout, config.dropout_over_time),
    )
    model = ClassifierNetwork(
        encoder,
        pooling=config.pooling,
        hidden_size=config.hidden_size,
        labels=labels,
        dropout=Dropout(config.dropout),
    )
    if config.weight_norm:
        normalize_weights(model, except_for=model.output)
    return model
