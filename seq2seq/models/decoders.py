"""Orders of recurrence and attention in a decoder step.

In `fused` no prediction feeds back, so a whole known target takes a handful of large products. In
`input-feeding` each step reads the features of the last one, and in `bahdanau` what the last step's
state points to.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.models.decoder import Decoded, Decoder, DecoderState, Memory, ScheduledSampling
from seq2seq.models.quantization import MakeLinear, quantize_children
from seq2seq.registry import Registry

MAX_TABLE = 1 << 24
"""Most numbers in the table that saves a quantized decoder's first layer a product per step."""

DECODERS: Registry[type[Decoder]] = Registry("decoder order")
"""Orders of recurrence and attention by name; `model.decoder_order` chooses one."""


@DECODERS.register("fused")
class FusedDecoder(Decoder):
    """First layer over the target -> attention for all steps at once -> upper layers -> features.

    The layout of GNMT (Wu et al. 2016): attention reads the first layer's output, the upper layers
    read [state; context], and nothing feeds back. Coverage does feed back: with it, steps are taken
    one by one.
    """

    table: Tensor | None = None
    """The first layer's projected input for each token (V, G), once the decoder is quantized."""

    def input_sizes(self, *, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        return [embedding] + [hidden + context] * (layers - 1)

    def quantize_weights(self, make: MakeLinear) -> None:
        """Tabulate the first layer's projected inputs, then replace the linear maps."""
        cell = self._layers()[0]
        vectors = self.embedding.weight.detach()
        if len(vectors) * cell.project_inputs(vectors[:1]).numel() <= MAX_TABLE:
            self.table = cell.project_inputs(vectors).detach()
        quantize_children(self, make)

    def step(
        self, tokens: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        if self.table is None:
            return super().step(tokens, state, memory)
        return self._advance(self.table.index_select(0, tokens), state, memory)

    def advance(
        self, x: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        return self._advance(self._layers()[0].project_inputs(x), state, memory)

    def _advance(
        self, inputs: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        """Take a step from the first layer's projected inputs (R, G)."""
        bottom, *upper = self._layers()
        y, first = bottom.update(inputs, state.layers[0])
        x = self.add_residual(y, y, 0, state)
        read = self.attend(x, memory, state)
        states = [first]
        for index, cell in enumerate(upper, start=1):
            y, layer = cell.step(torch.cat([x, read.context.to(x.dtype)], -1), state.layers[index])
            x = self.add_residual(x, y, index, state)
            states.append(layer)
        after = DecoderState(
            tuple(states), coverage=read.coverage, dropout_masks=state.dropout_masks
        )
        return self.features(x, read, state), after, read.weights

    def forward(
        self,
        tokens: Tensor,
        state: DecoderState,
        memory: Memory,
        sampling: ScheduledSampling | None = None,
    ) -> Decoded:
        """Decode a whole known target in one pass, or in two with `sampling`.

        The first pass predicts tokens from known tokens only, and the second reads them in place of
        some of its inputs (Mihaylova and Martins 2019). A loop of steps would predict them from
        earlier replacements, too.
        """
        if self.attention.coverage:
            return super().forward(tokens, state, memory, sampling)
        if sampling is not None:
            with torch.no_grad():
                predicted = sampling.predict(self._pass(tokens, state, memory)[:, :-1])
            predicted = torch.cat([tokens[:, :1], predicted], 1)
            tokens = torch.where(sampling.keep, tokens, predicted)
        return Decoded(self._pass(tokens, state, memory))

    def _pass(self, tokens: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """Take all steps at once: tokens (N, T) -> features (N, T, F)."""
        bottom, *upper = self._layers()
        y, _ = bottom(self.embed(tokens, state), state.layers[0])
        x = self.add_residual(y, y, 0, state)
        read = self.read(x, memory)
        for index, cell in enumerate(upper, start=1):
            y, _ = cell(torch.cat([x, read.context.to(x.dtype)], -1), state.layers[index])
            x = self.add_residual(x, y, index, state)
        return self.features(x, read, state)


@DECODERS.register("input-feeding")
class InputFeedingDecoder(Decoder):
    """All layers -> attention from the top one -> features, which the next step reads, too.

    The order of Luong et al. (2015).
    """

    feeds_back = True

    def input_sizes(self, *, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        return [embedding + self.feature_size] + [hidden] * (layers - 1)

    def advance(
        self, x: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        assert state.attentional is not None
        x = torch.cat([x, state.attentional.to(x.dtype)], -1)
        states = []
        for index, cell in enumerate(self._layers()):
            y, layer = cell.step(x, state.layers[index])
            x = self.add_residual(x, y, index, state)
            states.append(layer)
        read = self.attend(x, memory, state)
        features = self.features(x, read, state)
        after = DecoderState(tuple(states), features, read.coverage, state.dropout_masks)
        return features, after, read.weights


@DECODERS.register("bahdanau")
class BahdanauDecoder(Decoder):
    """Attention from the last top state -> all layers over [token; context] -> features.

    The order of Bahdanau et al. (2015).
    """

    def input_sizes(self, *, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        return [embedding + context] + [hidden] * (layers - 1)

    def advance(
        self, x: Tensor, state: DecoderState, memory: Memory
    ) -> tuple[Tensor, DecoderState, Tensor | None]:
        read = self.attend(state.layers[-1][0], memory, state)
        x = torch.cat([x, read.context.to(x.dtype)], -1)
        states = []
        for index, cell in enumerate(self._layers()):
            y, layer = cell.step(x, state.layers[index])
            x = self.add_residual(x, y, index, state)
            states.append(layer)
        after = DecoderState(
            tuple(states), coverage=read.coverage, dropout_masks=state.dropout_masks
        )
        return self.features(x, read, state), after, read.weights
