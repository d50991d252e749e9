"""Decoder: from the encoded source and the target so far to features of the next token.

Everything that the orders of recurrence and attention (decoders.py) have in common. Each of them
has an `advance` of its own.
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
    """Encoded source of N sentences, made once and read at every step.

    Attributes:
        states: The encoder's outputs (N, S, M).
        mask: True at real positions (N, S).
        keys: The attention's keys (N, S, K).
        words: The embedded source words (N, S, E), for decoders with a lexical model.
    """

    states: Tensor
    mask: Tensor
    keys: Tensor
    words: Tensor | None = None

    def select(self, sentences: Tensor) -> Memory:
        """Keep the given sentences (N',), in this order."""
        words = None if self.words is None else self.words[sentences]
        return Memory(self.states[sentences], self.mask[sentences], self.keys[sentences], words)


@dataclass(frozen=True)
class DecoderState:
    """State that a step hands to the next one, for R rows.

    Attributes:
        layers: The state of each layer: tensors (R, H).
        attentional: The last features (R, F), for input feeding (Luong et al. 2015).
        coverage: The sum of all attention weights so far (R, S).
        dropout_masks: The dropout masks of the whole sequence: for the embedding (R, E), for each
            layer (R, H) and for the features (R, F); empty unless dropout is held over time.
    """

    layers: tuple[State, ...]
    attentional: Tensor | None = None
    coverage: Tensor | None = None
    dropout_masks: tuple[Tensor, ...] = ()

    def select(self, rows: Tensor) -> DecoderState:
        """Keep the given rows (R',), in this order; a row may be taken more than once."""

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
        keep: True where an input token stays the known one (N, T). The first one, BOS, always does.
        predict: Returns the most probable token (…) after features (…, F).
    """

    keep: Tensor
    predict: Callable[[Tensor], Tensor]


class Read(NamedTuple):
    """Result of reading the memory by attention.

    Attributes:
        context: The weighted mean of the memory (…, C).
        weights: The attention weights (…, S), or None for an attention without weights.
        coverage: The sum of all weights so far, these included (…, S).
        words: The weighted mean of the embedded source words (…, E), for a lexical model.
    """

    context: Tensor
    weights: Tensor | None
    coverage: Tensor | None = None
    words: Tensor | None = None


class Decoded(NamedTuple):
    """Result of decoding a whole known target.

    Attributes:
        features: Features of each next token (N, T, F).
        overlap: With coverage, how much each step has read again (N, T); else None.
    """

    features: Tensor
    overlap: Tensor | None = None


class Decoder(nn.Module):
    """Base class for all orders of recurrence and attention.

    A subclass defines `input_sizes` and `advance`, and may override `forward` with something faster
    that gives the same numbers. Features are tanh of a linear map of [top layer; context]. A
    lexical model adds to them what the attended source words predict (lexical_model.py).

    Args:
        embedding: Embedding of the target vocabulary.
        make_cell: Makes a cell from its input size and hidden size; called once per layer.
        attention: Reads the memory; its queries are `hidden_size` wide. If it sees coverage, the
            decoder keeps the sum of its weights (See et al. 2017).
        hidden_size: Width of the layers.
        memory_size: Width of the memory.
        layers: Number of layers.
        feature_size: Width of the features; that of the embedding if there is a lexical model.
        lexical_model: Add a lexical model.
        residual: Add a layer's input to its output, from the second layer on.
        dropout: Applied to the embedded words, to the output of each layer and to the features.
    """

    feeds_back: ClassVar[bool] = False
    """True if the first layer reads the features of the last step beside the embedding."""

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
            One width per layer, the first layer's first.
        """
        raise NotImplementedError

    def start(self, summary: Tensor, memory: Memory) -> DecoderState:
        """Return the state before the first token.

        Args:
            summary: The encoder's summary (N, M).
            memory: The encoded source of N sentences.

        Returns:
            The state of N rows.
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
        """Decode one token for each row.

        R is a multiple B of the memory's N sentences: row n * B + b belongs to sentence n.

        Args:
            tokens: The last tokens (R,).
            state: The state of R rows.
            memory: The encoded source of N sentences.

        Returns:
            Features (R, F), the next state, and the attention weights (R, S) or None.
        """
        return self.advance(self.embed(tokens, state), state, memory)

    def advance(
        self, x: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """Decode one embedded token for each row; see `step`.

        Args:
            x: The last tokens, embedded (R, E).
            state: The state of R rows.
            memory: The encoded source of N sentences.

        Returns:
            Features (R, F), the next state, and the attention weights (R, S) or None.
        """
        raise NotImplementedError

    def forward(
        self,
        tokens: Tensor,
        state: DecoderState,
        memory: Memory,
        sampling: ScheduledSampling | None = None,
    ) -> Decoded:
        """Decode a whole known target (teacher forcing).

        Args:
            tokens: Input tokens (N, T), BOS first.
            state: The state before the first token, of N rows.
            memory: The encoded source of N sentences.
            sampling: Which input tokens the model predicts itself; None for none.

        Returns:
            Features (N, T, F), and with coverage the overlaps (N, T).
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
        """Embed tokens (N, T), or those of one step (R,), with dropout: (…, E)."""
        vectors: Tensor = self.dropout(self.embedding(tokens), _mask(state, 0))
        return vectors

    def features(self, top: Tensor, read: Read, state: DecoderState) -> Tensor:
        """Return the features that the next token is predicted from.

        Args:
            top: Output of the top layer (…, H).
            read: What attention has read.
            state: The state before the step, for its dropout masks.

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
        """Read the memory with T queries per sentence.

        Args:
            queries: Queries (N, T, H).
            memory: The encoded source of N sentences.
            coverage: The sum of the weights of earlier steps (N, T, S), if attention sees it.

        Returns:
            What each query reads, with shapes (N, T, …).
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
        """Read the memory with one query per row.

        Args:
            query: Queries (R, H).
            memory: The encoded source of N sentences.
            state: The state of R = N * B rows, for its coverage.

        Returns:
            What each row reads, with shapes (R, …).
        """
        sentences = len(memory.states)
        coverage = state.coverage
        if coverage is not None:
            coverage = coverage.view(sentences, -1, coverage.shape[-1])
        read = self.read(query.view(sentences, -1, query.shape[-1]), memory, coverage)
        return Read(*(None if part is None else part.flatten(0, 1) for part in read))  # type: ignore[arg-type]

    def add_residual(self, x: Tensor, y: Tensor, index: int, state: DecoderState) -> Tensor:
        """Apply dropout to a layer's output and, from the second residual layer on, add its input.

        Args:
            x: The layer's input or, where that has more in it, what is to be added (…, H).
            y: The layer's output (…, H).
            index: Number of the layer, from 0.
            state: The state before the step, for its dropout masks.

        Returns:
            The input of the next layer (…, H).
        """
        y = self.dropout(y, _mask(state, 1 + index))
        return x + y if self.residual and index > 0 else y

    def _layers(self) -> list[Cell]:
        return list(self.cells)  # type: ignore[arg-type]  # ModuleList has no type of its members


def _mask(state: DecoderState, index: int) -> Tensor | None:
    return state.dropout_masks[index] if state.dropout_masks else None
