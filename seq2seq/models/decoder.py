"""The decoder: from the target so far and the encoded source to the features the next token is
predicted from.

The orders of recurrence and attention (orders.py) share everything here; each of them has its own
`advance`. The decoder knows no vocabulary beyond its embedding, and no search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from seq2seq.models.attention import ATTENTIONS
from seq2seq.models.cells import CELLS, Cell, State, make_cell
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.lexical_model import LexicalModel


@dataclass(frozen=True)
class Memory:
    """The encoded source, made once and read at every step: states (N, S, M), mask (N, S), keys (N,
    S, K).

    A lexical decoder reads the embedded words (N, S, E) too.
    """

    states: Tensor
    mask: Tensor
    keys: Tensor
    words: Tensor | None = None

    def select(self, sentences: Tensor) -> Memory:
        """Keep these rows, in this order."""
        words = None if self.words is None else self.words[sentences]
        return Memory(self.states[sentences], self.mask[sentences], self.keys[sentences], words)


@dataclass(frozen=True)
class DecoderState:
    """What a step carries on: each layer's state, tensors (R, H), and what some models alone need.

    `feed` are the last features (R, F) for input feeding, `coverage` the sum of all attention so
    far (R, S), `held` the dropout masks of the sequence: of the embedding (R, E), of each layer (R,
    H), of the features (R, F)."""

    layers: tuple[State, ...]
    attentional: Tensor | None = None
    coverage: Tensor | None = None
    dropout_masks: tuple[Tensor, ...] = ()

    def select(self, rows: Tensor) -> DecoderState:
        """Keep these rows, in this order; a row may be taken more than once."""

        def taken(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else tensor.index_select(0, rows)

        layers = tuple(tuple(part.index_select(0, rows) for part in layer) for layer in self.layers)
        held = tuple(mask.index_select(0, rows) for mask in self.dropout_masks)
        return DecoderState(layers, taken(self.attentional), taken(self.coverage), held)


@dataclass(frozen=True)
class ScheduledSampling:
    """Which input tokens are the known ones, keep (N, T), and what says in place of the others
    (Bengio et al. 2015).

    `predict` gives the likeliest token (…) after features (…, F). The first input, BOS, is always a
    known one."""

    keep: Tensor
    predict: Callable[[Tensor], Tensor]


class Read(NamedTuple):
    """What attention read: the context (…, C), the weights (…, S) where there are such, and what
    else hangs on them.

    These are the coverage (…, S) with the weights in it, and the words (…, E) that the lexical part
    sees."""

    context: Tensor
    weights: Tensor | None
    coverage: Tensor | None = None
    words: Tensor | None = None


class Decoded(NamedTuple):
    """Of a whole target: features (N, T, F); with coverage, how much each step read again (N, T),
    else None."""

    features: Tensor
    overlap: Tensor | None = None


class Decoder(nn.Module):
    """Base of the decoder orders.

    The features are `feature_size` wide, or as the embedding is: tanh of a linear map of [top
    layer; context], and with `lexical` what the source words say by themselves (lexical.py). With
    `coverage`, attention sees what it has read so far (See et al. 2017). `dropout_over_time` as in
    Dropout."""

    feeds_back = False
    """Whether the first layer reads the last step's features beside the embedding."""

    def __init__(
        self,
        embedding: Embedding,
        cell: str,
        hidden_size: int,
        memory_size: int,
        layers: int = 2,
        feature_size: int | None = None,
        attention: str = "luong-general",
        attention_heads: int = 1,
        coverage: bool = False,
        lexical_model: bool = False,
        residual: bool = False,
        dropout: float = 0.0,
        dropout_over_time: bool = False,
        forget_bias: float = 1.0,
        transition_depth: int = 1,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.residual = residual
        self.feature_size = embedding.embedding_dim if feature_size is None else feature_size
        self.attention = ATTENTIONS[attention](
            hidden_size, memory_size, heads=attention_heads, coverage=coverage
        )
        self.coverage = coverage
        context = self.attention.context_size
        sizes = self.input_sizes(embedding.embedding_dim, hidden_size, context, layers)
        self.cells = nn.ModuleList(
            make_cell(cell, size, hidden_size, forget_bias, transition_depth) for size in sizes
        )
        self.bridge = nn.Linear(memory_size, layers * CELLS[cell].state_parts * hidden_size)
        self.readout = nn.Linear(hidden_size + context, self.feature_size)
        self.lexical_model = (
            LexicalModel(self.feature_size, self.feature_size**0.5 / embedding.factor)
            if lexical_model
            else None
        )
        self.dropout = Dropout(dropout, dropout_over_time)
        self._held_widths = [embedding.embedding_dim, *[hidden_size] * layers, self.feature_size]

    def input_sizes(self, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        """The widths of what each layer reads, from those of the embedding, the layers and the
        context."""
        raise NotImplementedError

    def start(self, summary: Tensor, memory: Memory) -> DecoderState:
        """The state before the first token, from the encoder's summary (N, M) and memory."""
        parts = torch.tanh(self.bridge(summary)).chunk(
            sum(cell.state_parts for cell in self._layers()), -1
        )
        states = iter(parts)
        layers = tuple(
            tuple(next(states) for _ in range(cell.state_parts)) for cell in self._layers()
        )
        return DecoderState(
            layers,
            attentional=summary.new_zeros(len(summary), self.feature_size)
            if self.feeds_back
            else None,
            coverage=memory.states.new_zeros(memory.mask.shape) if self.coverage else None,
            dropout_masks=self.dropout.hold(summary, self._held_widths),
        )

    def step(
        self, tokens: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """One token for each of R rows, R a multiple B of the memory's N sentences: row n * B + b
        belongs to n.

        tokens (R,) -> features (R, F), state, attention weights (R, S) or None.
        """
        return self.advance(self.embed(tokens, state), state, memory)

    def advance(
        self, x: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """One step from embedded tokens (R, E); see `step`."""
        raise NotImplementedError

    def forward(
        self,
        tokens: Tensor,
        state: DecoderState,
        memory: Memory,
        sampling: ScheduledSampling | None = None,
    ) -> Decoded:
        """A whole known target, tokens (N, T): what T steps give. With `sampling`, some tokens are
        the model's own."""
        outputs: list[Tensor] = []
        overlaps = []
        for time, x in enumerate(self.embed(tokens, state).unbind(1)):
            if sampling is not None and time:
                own = self.embed(sampling.predict(outputs[-1]), state)
                x = torch.where(sampling.keep[:, time, None], x, own)
            read = state.coverage
            features, state, weights = self.advance(x, state, memory)
            outputs.append(features)
            if read is not None and weights is not None:
                overlaps.append(torch.minimum(weights, read).sum(-1))
        return Decoded(torch.stack(outputs, 1), torch.stack(overlaps, 1) if overlaps else None)

    def embed(self, tokens: Tensor, state: DecoderState) -> Tensor:
        """Tokens (N, T) or, at a step, (R,), as vectors."""
        vectors: Tensor = self.dropout(self.embedding(tokens), _held(state, 0))
        return vectors

    def features(self, top: Tensor, read: Read, state: DecoderState) -> Tensor:
        """What the next token is predicted from: top layer (…, H) and what was read -> (…, F)."""
        joined = torch.cat([top, read.context.to(top.dtype)], -1)
        features = torch.tanh(self.readout(joined))
        if self.lexical_model is not None:
            assert read.words is not None
            features = features + self.lexical_model(read.words.to(top.dtype))
        dropped: Tensor = self.dropout(features, _held(state, -1))
        return dropped

    def read(self, queries: Tensor, memory: Memory, covered: Tensor | None = None) -> Read:
        """Read the memory of N sentences by queries (N, T, Q), each of which has seen `covered` (N,
        T, S) so far."""
        context, weights = self.attention(queries, memory.keys, memory.states, memory.mask, covered)
        if weights is None:
            return Read(context, None)
        coverage = None if covered is None else covered + weights
        words = None if memory.words is None else weights @ memory.words.to(weights.dtype)
        return Read(context, weights, coverage, words)

    def attend(self, query: Tensor, memory: Memory, state: DecoderState) -> Read:
        """Read the memory of N sentences for R = N * B rows at once by queries (R, Q): what each
        row reads."""
        sentences, coverage = len(memory.states), state.coverage
        covered = None if coverage is None else coverage.view(sentences, -1, coverage.shape[-1])
        read = self.read(query.view(sentences, -1, query.shape[-1]), memory, covered)
        return Read(*(None if part is None else part.flatten(0, 1) for part in read))  # type: ignore[arg-type]

    def add_residual(self, x: Tensor, y: Tensor, index: int, state: DecoderState) -> Tensor:
        """A layer's output y, on top of its input x from the second layer on if layers are
        residual."""
        y = self.dropout(y, _held(state, 1 + index))
        return x + y if self.residual and index > 0 else y

    def _layers(self) -> list[Cell]:
        return list(self.cells)  # type: ignore[arg-type]  # torch's list does not say of what it is one


def _held(state: DecoderState, index: int) -> Tensor | None:
    return state.dropout_masks[index] if state.dropout_masks else None
