"""The decoder: from the target so far and the encoded source to the features the next token is predicted from.

Two orders of recurrence and attention share everything but `advance`: in `fused`, nothing that is predicted feeds back,
so a whole known target is a handful of large products; in `input-feeding`, each step takes the last step's features.
The decoder knows no vocabulary beyond its embedding, and no search.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from seq2seq.models.attention import ATTENTIONS
from seq2seq.models.cells import CELLS, Cell, State
from seq2seq.models.compressed import MakeLinear, narrowed
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.registry import Registry


@dataclass(frozen=True)
class Memory:
    """The encoded source, made once and read at every step: states (N, S, M), mask (N, S), keys (N, S, K)."""

    states: Tensor
    mask: Tensor
    keys: Tensor

    def select(self, sentences: Tensor) -> Memory:
        """Keep these rows, in this order."""
        return Memory(self.states[sentences], self.mask[sentences], self.keys[sentences])


@dataclass(frozen=True)
class DecoderState:
    """What a step carries on: each layer's state, tensors (R, H), and for input feeding the last features (R, F)."""

    layers: tuple[State, ...]
    feed: Tensor | None = None

    def select(self, rows: Tensor) -> DecoderState:
        """Keep these rows, in this order; a row may be taken more than once."""
        layers = tuple(tuple(part.index_select(0, rows) for part in layer) for layer in self.layers)
        return DecoderState(layers, None if self.feed is None else self.feed.index_select(0, rows))


LARGEST_TABLE = 1 << 24
"""Numbers that may be held to save a narrow decoder's first layer a product at each step."""

DECODERS: Registry[type[Decoder]] = Registry("decoder order")


class Decoder(nn.Module):
    """Base of the decoder orders.

    A linear bridge makes every layer's first state from the encoder's summary, so that any cell may follow any other.
    The features are `feature_size` wide, or as the embedding is: tanh of a linear map of [top layer; context].
    """

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
        residual: bool = False,
        dropout: float = 0.0,
        forget_bias: float = 1.0,
    ) -> None:
        super().__init__()
        self.embedding = embedding
        self.residual = residual
        self.feature_size = embedding.embedding_dim if feature_size is None else feature_size
        self.attention = ATTENTIONS[attention](hidden_size, memory_size, heads=attention_heads)
        context = self.attention.context_size
        first = embedding.embedding_dim + (self.feature_size if self.feeds_back else 0)
        upper = hidden_size + (0 if self.feeds_back else context)
        sizes = [first] + [upper] * (layers - 1)
        self.cells = nn.ModuleList(CELLS[cell](size, hidden_size, forget_bias=forget_bias) for size in sizes)
        self.bridge: nn.Module = nn.Linear(memory_size, layers * CELLS[cell].parts * hidden_size)
        self.readout: nn.Module = nn.Linear(hidden_size + context, self.feature_size)
        self.dropout = Dropout(dropout)

    def narrow(self, make: MakeLinear) -> None:
        """Let what `make` makes take over the linear maps of `step`, for decoding alone."""
        for cell in self._layers():
            cell.narrow(make)
        self.attention.narrow(make)
        self.bridge, self.readout = narrowed(self.bridge, make), narrowed(self.readout, make)

    def start(self, summary: Tensor) -> DecoderState:
        """The state before the first token, from the encoder's summary (N, M)."""
        parts = torch.tanh(self.bridge(summary)).chunk(sum(cell.parts for cell in self._layers()), -1)
        states = iter(parts)
        layers = tuple(tuple(next(states) for _ in range(cell.parts)) for cell in self._layers())
        feed = summary.new_zeros(len(summary), self.feature_size) if self.feeds_back else None
        return DecoderState(layers, feed)

    def step(self, tokens: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor | None]:
        """One token for each of R rows, R a multiple B of the memory's N sentences: row n * B + b belongs to n.

        tokens (R,) -> features (R, F), state, attention weights (R, S) or None.
        """
        return self.advance(self.dropout(self.embedding(tokens)), state, memory)

    def advance(self, x: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor | None]:
        """One step from embedded tokens (R, E); see `step`."""
        raise NotImplementedError

    def forward(self, tokens: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """A whole known target: tokens (N, T) -> features (N, T, F), equal to those of T steps."""
        outputs = []
        for x in self.dropout(self.embedding(tokens)).unbind(1):
            features, state, _ = self.advance(x, state, memory)
            outputs.append(features)
        return torch.stack(outputs, 1)

    def features(self, top: Tensor, context: Tensor) -> Tensor:
        """What the next token is predicted from: top layer (…, H) and context (…, C) -> (…, F)."""
        joined = torch.cat([top, context.to(top.dtype)], -1)
        features: Tensor = self.dropout(torch.tanh(self.readout(joined)))
        return features

    def attend(self, query: Tensor, memory: Memory) -> tuple[Tensor, Tensor | None]:
        """Read the memory of N sentences for R = N * B rows at once: query (R, Q) -> (R, C), weights (R, S)."""
        grouped = query.view(len(memory.states), -1, query.shape[-1])
        context, weights = self.attention(grouped, memory.keys, memory.states, memory.mask)
        return context.flatten(0, 1), None if weights is None else weights.flatten(0, 1)

    def join(self, x: Tensor, y: Tensor, index: int) -> Tensor:
        """A layer's output y, on top of its input x from the second layer on if layers are residual."""
        y = self.dropout(y)
        return x + y if self.residual and index > 0 else y

    def _layers(self) -> list[Cell]:
        return list(self.cells)  # type: ignore[arg-type]  # torch's list does not say of what it is one


@DECODERS.register("fused")
class FusedDecoder(Decoder):
    """First layer over the target -> attention for all steps at once -> upper layers over [state; context] -> features.

    The layout of GNMT (Wu et al. 2016): attention reads the first layer's output and nothing feeds back.
    """

    table: Tensor | None = None
    """What each token gives to the first layer (V, G), once the decoder is narrow: looked up, not computed."""

    def narrow(self, make: MakeLinear) -> None:
        cell, vocabulary = self._layers()[0], self.embedding.weight.detach()
        if len(vocabulary) * cell.inputs(vocabulary[:1]).numel() <= LARGEST_TABLE:
            self.table = cell.inputs(vocabulary).detach()
        super().narrow(make)

    def step(self, tokens: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor | None]:
        if self.table is None:
            return super().step(tokens, state, memory)
        return self._advance(self.table.index_select(0, tokens), state, memory)

    def advance(self, x: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor | None]:
        return self._advance(self._layers()[0].inputs(x), state, memory)

    def _advance(
        self, inputs: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        bottom, *upper = self._layers()
        y, first = bottom.advance(inputs, state.layers[0])
        x = self.dropout(y)
        context, weights = self.attend(x, memory)
        states = [first]
        for index, cell in enumerate(upper, start=1):
            y, layer = cell.step(torch.cat([x, context.to(x.dtype)], -1), state.layers[index])
            x = self.join(x, y, index)
            states.append(layer)
        return self.features(x, context), DecoderState(tuple(states)), weights

    def forward(self, tokens: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        bottom, *upper = self._layers()
        x = self.dropout(bottom(self.dropout(self.embedding(tokens)), state.layers[0])[0])
        context, _ = self.attention(x, memory.keys, memory.states, memory.mask)
        for index, cell in enumerate(upper, start=1):
            y, _ = cell(torch.cat([x, context.to(x.dtype)], -1), state.layers[index])
            x = self.join(x, y, index)
        return self.features(x, context)


@DECODERS.register("input-feeding")
class InputFeedingDecoder(Decoder):
    """All layers -> attention from the top one -> features, which the next step reads too (Luong et al. 2015)."""

    feeds_back = True

    def advance(self, x: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor | None]:
        assert state.feed is not None
        x = torch.cat([x, state.feed.to(x.dtype)], -1)
        states = []
        for index, cell in enumerate(self._layers()):
            y, layer = cell.step(x, state.layers[index])
            x = self.join(x, y, index)
            states.append(layer)
        context, weights = self.attend(x, memory)
        features = self.features(x, context)
        return features, replace(state, layers=tuple(states), feed=features), weights
