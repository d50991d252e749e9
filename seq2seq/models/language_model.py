"""Language model: recurrent layers over a text, and an output layer that predicts the next token.

It is a decoder without a source. Its state is carried over from one window of a text to the next,
without a gradient: backpropagation through time is truncated there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from seq2seq.config.settings import ModelConfig
from seq2seq.models.cells import Cell, MakeCell, State
from seq2seq.models.cells.maker import cell_maker
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.loss import cross_entropy
from seq2seq.models.quantization import Linear
from seq2seq.models.weight_norm import normalize_weights


class TextOfIds(Protocol):
    """R rows of text, as ids padded with 0."""

    @property
    def inputs(self) -> Tensor:
        """Ids to read (R, T)."""
        ...

    @property
    def outputs(self) -> Tensor:
        """Ids to predict (R, T)."""
        ...


class WindowOfText(TextOfIds, Protocol):
    """Window of R streams; see `seq2seq.data.batches.windows`."""

    @property
    def begins(self) -> bool:
        """True if there is no state to carry over."""
        ...


@dataclass(frozen=True)
class LayerStates:
    """State of R rows that is passed from step to step.

    Attributes:
        layers: State of the cell of each layer, tensors (R, H).
    """

    layers: tuple[State, ...]

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> LayerStates:
        """Select rows.

        Args:
            rows: Indices (R',) of the rows to keep, in their new order; a row may repeat.
            sentences: Not used, since the state has no source.

        Returns:
            The state of those rows.
        """
        return LayerStates(
            tuple(tuple(part.index_select(0, rows) for part in layer) for layer in self.layers)
        )

    def detached(self) -> LayerStates:
        """Return the same state without its gradient."""
        return LayerStates(tuple(tuple(part.detach() for part in one) for one in self.layers))


class LanguageModelNetwork(nn.Module):
    """Recurrent language model.

    Features are tanh of a linear map of the top layer, as in a decoder without attention.

    Args:
        embedding: Embedding of the vocabulary.
        make_cell: Creates a cell from its input size and hidden size; called once per layer.
        hidden_size: Width H of the layers.
        layers: Number of layers.
        feature_size: Width F of the features.
        residual: Add a layer's input to its output, from the second layer on.
        dropout: Applied to the embedded words, to the output of each layer and to the features.

    Attributes:
        carried: State after the last window, by layer and part, such as "0.1"; a checkpoint keeps
            it.
    """

    def __init__(
        self,
        embedding: Embedding,
        *,
        make_cell: MakeCell,
        hidden_size: int,
        layers: int,
        feature_size: int,
        residual: bool,
        dropout: Dropout,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.residual = residual
        self.dropout = dropout
        sizes = [embedding.embedding_dim] + [hidden_size] * (layers - 1)
        self.cells = nn.ModuleList(make_cell(size, hidden_size) for size in sizes)
        self.readout = nn.Linear(hidden_size, feature_size)
        self.output = Linear(feature_size, embedding.num_embeddings)
        nn.init.zeros_(self.output.bias)
        self.identity: dict[str, str] = {}
        self.carried: dict[str, Tensor] = {}

    def tie_weights(self, tying: str) -> None:
        """Share the embedding with the output layer, unless `tying` is "none"."""
        if tying != "none":
            self.output.weight = self.embedding.weight

    def start(self, rows: int) -> LayerStates:
        """Return a state of zeros for a number of rows."""
        like = self.readout.weight.new_empty(rows, 1)
        return LayerStates(tuple(cell.initial_state(like) for cell in self._layers()))

    @property
    def state_size(self) -> int:
        """Number of numbers of a state, over all layers."""
        return sum(cell.state_parts * cell.hidden_size for cell in self._layers())

    def state_of(self, numbers: Tensor) -> LayerStates:
        """Return a state with given numbers (R, `state_size`), layer by layer."""
        parts = iter(torch.split(numbers, self._layers()[0].hidden_size, -1))
        return LayerStates(
            tuple(tuple(next(parts) for _ in range(cell.state_parts)) for cell in self._layers())
        )

    @parametrize.cached()
    def forward(self, inputs: Tensor, state: LayerStates) -> tuple[Tensor, LayerStates]:
        """Read a window of text.

        Args:
            inputs: Ids (R, T).
            state: State before the window.

        Returns:
            Features (R, T, F) of each next token, and the state after the window.
        """
        x = self.dropout(self.embedding(inputs))
        states = []
        for index, (cell, before) in enumerate(zip(self._layers(), state.layers, strict=True)):
            y, after = cell(x, tuple(part.to(x.dtype) for part in before))
            y = self.dropout(y)
            x = x + y if self.residual and index > 0 else y
            states.append(after)
        features = self.dropout(torch.tanh(self.readout(x)))
        return features, LayerStates(tuple(states))

    def step(self, tokens: Tensor, state: LayerStates) -> tuple[Tensor, LayerStates]:
        """Take one step.

        Args:
            tokens: Last token of each row (R,).
            state: State of R rows.

        Returns:
            Logits (R, V) of the next token, and the next state.
        """
        features, after = self(tokens.unsqueeze(1), state)
        return self.output(features.squeeze(1)), after

    def loss(self, window: WindowOfText, label_smoothing: float = 0.0) -> Tensor:
        """Compute the loss of a window, and carry the state over to the next one.

        Args:
            window: The window; it continues the last one unless the streams begin.
            label_smoothing: Probability that is spread over the whole vocabulary.

        Returns:
            Sum over the real tokens, a scalar, in nats.
        """
        rows = len(window.inputs)
        before = self.start(rows) if window.begins or not self.carried else self._carried_over()
        loss, after = self.loss_after(window, before, label_smoothing)
        self._carry(after)
        return loss

    @parametrize.cached()
    def loss_after(
        self, window: TextOfIds, state: LayerStates, label_smoothing: float = 0.0
    ) -> tuple[Tensor, LayerStates]:
        """Compute the loss of a window after a given state, and the state after it."""
        features, after = self(window.inputs, state)
        places = (window.outputs.flatten() > 0).nonzero().squeeze(1)
        loss = cross_entropy(
            features.flatten(0, 1).index_select(0, places),
            self.output.weight,
            self.output.bias,
            window.outputs.flatten()[places],
            label_smoothing,
        )
        return loss, after

    def _carry(self, state: LayerStates) -> None:
        self.carried = {
            f"{layer}.{place}": part.detach().to(self.readout.weight.dtype)
            for layer, parts in enumerate(state.layers)
            for place, part in enumerate(parts)
        }

    def _carried_over(self) -> LayerStates:
        device = self.readout.weight.device
        return LayerStates(
            tuple(
                tuple(
                    self.carried[f"{layer}.{place}"].to(device) for place in range(cell.state_parts)
                )
                for layer, cell in enumerate(self._layers())
            )
        )

    def _layers(self) -> list[Cell]:
        return list(self.cells)  # type: ignore[arg-type]  # ModuleList does not know their type


def build_language_model(config: ModelConfig, vocab_size: int) -> LanguageModelNetwork:
    """Build a language model from a configuration; a seed always gives the same weights.

    Args:
        config: The `model` section of a configuration.
        vocab_size: Number of ids.

    Returns:
        A model in training mode.

    Raises:
        ConfigError: The cell is unknown, or does not support a deep transition.
    """
    model = language_model_of(config, vocab_size)
    model.tie_weights(config.weight_tying)
    if config.weight_norm:
        normalize_weights(model, except_for=model.output)
    return model


def language_model_of(config: ModelConfig, vocab_size: int) -> LanguageModelNetwork:
    """Build a language model as `build_language_model` does, without tied or normalized weights."""
    return LanguageModelNetwork(
        Embedding(vocab_size, config.embedding_size, config.word_dropout, config.scale_embeddings),
        make_cell=cell_maker(config),
        hidden_size=config.hidden_size,
        layers=config.decoder_layers,
        feature_size=config.readout_size or config.embedding_size,
        residual=config.residual,
        dropout=Dropout(config.dropout, config.dropout_over_time),
    )
