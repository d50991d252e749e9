"""Decoder, which turns the encoded source and the target so far into features of the next token.

The base class holds everything that the orders of recurrence and attention (decoders.py) have in
common. Each of them defines its own `advance`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor, nn

from seq2seq.models.attention import Attention
from seq2seq.models.cells import Cell, MakeCell, State
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.lexical_model import LexicalModel


@dataclass(frozen=True)
class Memory:
    """Encoded source of N sentences, computed once and attended to at every step.

    Attributes:
        states: Outputs of the encoder (N, S, M).
        mask: True at real positions (N, S), False at padding.
        keys: Keys of the attention (N, S, K).
        words: Embedded source words (N, S, E), for decoders with a lexical model; else None.
    """

    states: Tensor
    mask: Tensor
    keys: Tensor
    words: Tensor | None = None

    def select(self, sentences: Tensor) -> Memory:
        """Select sentences.

        Args:
            sentences: Indices (N',) of the sentences to keep, in their new order.

        Returns:
            The memory of those sentences.
        """
        words = None if self.words is None else self.words[sentences]
        return Memory(self.states[sentences], self.mask[sentences], self.keys[sentences], words)


@dataclass(frozen=True)
class DecoderState:
    """State of R rows that is passed from step to step.

    Attributes:
        layers: State of the cell of each layer, tensors (R, H).
        attentional: Features of the last step (R, F), for input feeding (Luong et al. 2015).
        coverage: Sum of all attention weights so far (R, S), for attention with coverage.
        dropout_masks: Dropout masks for the whole sequence: for the embedding (R, E), for each
            layer (R, H) and for the features (R, F). Empty unless dropout is constant over time.
    """

    layers: tuple[State, ...]
    attentional: Tensor | None = None
    coverage: Tensor | None = None
    dropout_masks: tuple[Tensor, ...] = ()

    def select(self, rows: Tensor) -> DecoderState:
        """Select rows.

        Args:
            rows: Indices (R',) of the rows to keep, in their new order; a row may repeat.

        Returns:
            The state of those rows.
        """

        def select_rows(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.index_select(0, rows)

        return DecoderState(
            layers=tuple(
                tuple(part.index_select(0, rows) for part in layer) for layer in self.layers
            ),
            attentional=select_rows(self.attentional),
            coverage=select_rows(self.coverage),
            dropout_masks=tuple(mask.index_select(0, rows) for mask in self.dropout_masks),
        )


@dataclass(frozen=True)
class ScheduledSampling:
    """Replacement of known input tokens by the model's own predictions (Bengio et al. 2015).

    Attributes:
        keep: True where the known input token is kept (N, T). The first one, BOS, always is.
        predict: Returns the most probable token (…) for features (…, F).
    """

    keep: Tensor
    predict: Callable[[Tensor], Tensor]


class Read(NamedTuple):
    """Result of attending to the memory.

    Attributes:
        context: Weighted mean of the memory (…, C).
        weights: Attention weights (…, S), or None for an attention without weights.
        coverage: Sum of all weights so far, including these (…, S), for attention with coverage.
        words: Weighted mean of the embedded source words (…, E), for a lexical model.
    """

    context: Tensor
    weights: Tensor | None
    coverage: Tensor | None = None
    words: Tensor | None = None


class Decoded(NamedTuple):
    """Result of decoding a known target.

    Attributes:
        features: Features of each next token (N, T, F).
        overlap: Attention of each step to source tokens that are already covered (N, T): the sum of
            min(weight, coverage). None without coverage.
    """

    features: Tensor
    overlap: Tensor | None = None


class Decoder(nn.Module):
    """Base class for all orders of recurrence and attention.

    A subclass defines `input_sizes` and `advance`, and may override `forward` with a faster
    implementation that gives the same numbers. Features are tanh of a linear map of [top layer;
    context]. A lexical model adds the predictions of the attended source words (lexical_model.py).

    Args:
        embedding: Embedding of the target vocabulary.
        make_cell: Creates a cell from its input size and hidden size; called once per layer.
        attention: Attention to the memory, with queries of width `hidden_size`. If it was created
            with coverage, the decoder keeps the sum of its weights (See et al. 2017).
        hidden_size: Width H of the layers.
        memory_size: Width M of the memory.
        layers: Number of layers.
        feature_size: Width F of the features; with a lexical model, the width of the embedding.
        lexical_model: Add a lexical model.
        residual: Add a layer's input to its output, from the second layer on.
        dropout: Applied to the embedded words, to the output of each layer and to the features.
    """

    feeds_back: ClassVar[bool] = False
    """True if the input of the first layer includes the features of the last step."""

    def __init__(
        self,
        embedding: Embedding,
        *,
        make_cell: MakeCell,
        attention: Attention,
        hidden_size: int,
        memory_size: int,
        layers: int,
        feature_size: int,
        lexical_model: bool,
        residual: bool,
        dropout: Dropout,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.residual = residual
        self.feature_size = feature_size
        self.attention = attention
        input_sizes = self.input_sizes(
            embedding=embedding.embedding_dim,
            hidden=hidden_size,
            context=attention.context_size,
            layers=layers,
        )
        self.cells = nn.ModuleList(make_cell(size, hidden_size) for size in input_sizes)
        state_parts = sum(cell.state_parts for cell in self._layers())
        self.bridge = nn.Linear(memory_size, state_parts * hidden_size)
        self.readout = nn.Linear(hidden_size + attention.context_size, feature_size)
        self.lexical_model = (
            LexicalModel(feature_size, scale=feature_size**0.5 / embedding.factor)
            if lexical_model
            else None
        )
        self.dropout = dropout
        self._mask_widths = [embedding.embedding_dim, *[hidden_size] * layers, feature_size]

    def input_sizes(self, *, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        """Return the input size of each layer.

        Args:
            embedding: Width E of the embedding.
            hidden: Width H of the layers.
            context: Width C of the context; 0 without attention.
            layers: Number of layers.

        Returns:
            One width per layer, from the first layer to the top.
        """
        raise NotImplementedError

    def start(self, summary: Tensor, memory: Memory) -> DecoderState:
        """Return the state before the first token.

        Args:
            summary: Summary of the source by the encoder (N, M).
            memory: Encoded source of N sentences.

        Returns:
            The state, with one row per sentence.
        """
        layers = self._layers()
        parts = torch.tanh(self.bridge(summary)).chunk(sum(cell.state_parts for cell in layers), -1)
        remaining = iter(parts)
        states = tuple(tuple(next(remaining) for _ in range(cell.state_parts)) for cell in layers)
        attentional = None
        if self.feeds_back:
            attentional = summary.new_zeros(len(summary), self.feature_size)
        coverage = None
        if self.attention.coverage:
            coverage = memory.states.new_zeros(memory.mask.shape)
        masks = self.dropout.sequence_masks(summary, self._mask_widths)
        return DecoderState(states, attentional, coverage, masks)

    def step(
        self, tokens: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """Take one step.

        Each of the N sentences has B rows, so R = N * B; row n * B + b belongs to sentence n.

        Args:
            tokens: Last token of each row (R,).
            state: State of R rows.
            memory: Encoded source of N sentences.

        Returns:
            Features (R, F) of the next token, the next state, and attention weights (R, S) or None.
        """
        return self.advance(self.embed(tokens, state), state, memory)

    def advance(
        self, x: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """Take one step with embedded tokens; see `step`.

        Args:
            x: Embedding of the last token of each row (R, E).
            state: State of R rows.
            memory: Encoded source of N sentences.

        Returns:
            Features (R, F) of the next token, the next state, and attention weights (R, S) or None.
        """
        raise NotImplementedError

    def forward(
        self,
        tokens: Tensor,
        state: DecoderState,
        memory: Memory,
        sampling: ScheduledSampling | None = None,
        lengths: Tensor | None = None,
    ) -> Decoded:
        """Decode a known target (teacher forcing).

        Args:
            tokens: Input tokens (N, T), BOS first.
            state: State before the first token, with one row per sentence.
            memory: Encoded source of N sentences.
            sampling: Replacement of input tokens by predictions; None for none.
            lengths: Number of input tokens of each row (N,), if features after them may be
                meaningless; None if all are wanted.

        Returns:
            Features (N, T, F) and, with coverage, overlaps (N, T).
        """
        outputs: list[Tensor] = []
        overlaps = []
        for time, x in enumerate(self.embed(tokens, state).unbind(1)):
            if sampling is not None and time:
                predicted = self.embed(sampling.predict(outputs[-1]), state)
                x = torch.where(sampling.keep[:, time, None], x, predicted)
            covered = state.coverage
            features, state, weights = self.advance(x, state, memory)
            outputs.append(features)
            if covered is not None and weights is not None:
                overlaps.append(torch.minimum(weights, covered).sum(-1))
        return Decoded(torch.stack(outputs, 1), torch.stack(overlaps, 1) if overlaps else None)

    def embed(self, tokens: Tensor, state: DecoderState) -> Tensor:
        """Embed tokens, with dropout.

        Args:
            tokens: Tokens (N, T) of a sequence or (R,) of one step.
            state: State before the step or sequence, for its dropout masks.

        Returns:
            Vectors (…, E).
        """
        vectors: Tensor = self.dropout(self.embedding(tokens), _mask(state, 0))
        return vectors

    def features(self, top: Tensor, read: Read, state: DecoderState) -> Tensor:
        """Compute the features from which the next token is predicted.

        Args:
            top: Output of the top layer (…, H).
            read: Result of attention.
            state: State before the step, for its dropout masks.

        Returns:
            Features (…, F).
        """
        joined = torch.cat([top, read.context.to(top.dtype)], -1)
        features = torch.tanh(self.readout(joined))
        if self.lexical_model is not None:
            assert read.words is not None
            features = features + self.lexical_model(read.words.to(top.dtype))
        dropped: Tensor = self.dropout(features, _mask(state, -1))
        return dropped

    def read(self, queries: Tensor, memory: Memory, coverage: Tensor | None = None) -> Read:
        """Attend to the memory with T queries per sentence.

        Args:
            queries: Queries (N, T, H).
            memory: Encoded source of N sentences.
            coverage: Sum of the weights of earlier steps (N, T, S), for attention with coverage.

        Returns:
            The result for each query, with shapes (N, T, …).
        """
        context, weights = self.attention(
            queries, memory.keys, memory.states, memory.mask, coverage
        )
        if weights is None:
            return Read(context, None)
        covered = None if coverage is None else coverage + weights
        words = None if memory.words is None else weights @ memory.words.to(weights.dtype)
        return Read(context, weights, covered, words)

    def attend(self, query: Tensor, memory: Memory, state: DecoderState) -> Read:
        """Attend to the memory with one query per row.

        Args:
            query: Queries (R, H).
            memory: Encoded source of N sentences.
            state: State of R = N * B rows, for its coverage.

        Returns:
            The result for each row, with shapes (R, …).
        """
        sentences = len(memory.states)
        coverage = state.coverage
        if coverage is not None:
            coverage = coverage.view(sentences, -1, coverage.shape[-1])
        read = self.read(query.view(sentences, -1, query.shape[-1]), memory, coverage)
        flat = (None if part is None else part.flatten(0, 1) for part in read)
        return Read(*flat)  # type: ignore[arg-type]

    def add_residual(self, x: Tensor, y: Tensor, index: int, state: DecoderState) -> Tensor:
        """Apply dropout to a layer's output, and add the layer's input if the decoder is residual.

        The first layer has no residual connection.

        Args:
            x: Input of the layer, without the context if that is part of it (…, H).
            y: Output of the layer (…, H).
            index: Index of the layer, from 0.
            state: State before the step, for its dropout masks.

        Returns:
            The input of the next layer (…, H).
        """
        y = self.dropout(y, _mask(state, 1 + index))
        return x + y if self.residual and index > 0 else y

    def _layers(self) -> list[Cell]:
        return list(self.cells)  # type: ignore[arg-type]  # ModuleList does not know their type


def _mask(state: DecoderState, index: int) -> Tensor | None:
    return state.dropout_masks[index] if state.dropout_masks else None
