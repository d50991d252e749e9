"""The orders of recurrence and attention in a decoder step.

In `fused`, nothing that is predicted feeds back, so that a whole known target is a handful of large
products; in `input-feeding` each step takes the last step's features, in `bahdanau` what the last
step's state points to."""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.models.decoder import Decoded, Decoder, DecoderState, Memory, ScheduledSampling
from seq2seq.models.quantization import MakeLinear, quantize_children
from seq2seq.registry import Registry

LARGEST_TABLE = 1 << 24
"""Numbers that may be held to save a narrow decoder's first layer a product at each step."""

DECODERS: Registry[type[Decoder]] = Registry("decoder order")


@DECODERS.register("fused")
class FusedDecoder(Decoder):
    """First layer over the target -> attention for all steps at once -> upper layers over [state;
    context] -> features.

    The layout of GNMT (Wu et al. 2016): attention reads the first layer's output and nothing feeds
    back. Coverage does feed back: with it, the steps are taken one by one."""

    table: Tensor | None = None
    """What each token gives to the first layer (V, G), once the decoder is narrow: looked up, not
    computed."""

    def input_sizes(self, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        return [embedding] + [hidden + context] * (layers - 1)

    def quantize_weights(self, make: MakeLinear) -> None:
        """Tabulate the first layer's view of each token, then replace the linear maps."""
        cell, vocabulary = self._layers()[0], self.embedding.weight.detach()
        if len(vocabulary) * cell.project_inputs(vocabulary[:1]).numel() <= LARGEST_TABLE:
            self.table = cell.project_inputs(vocabulary).detach()
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
        """With `sampling` in two passes: what the first one predicts stands in for tokens of the
        second one.

        What stands in was predicted from known tokens alone (Mihaylova and Martins 2019), where
        steps would also have it predicted from what stood in earlier."""
        if self.coverage:
            return super().forward(tokens, state, memory, sampling)
        if sampling is not None:
            with torch.no_grad():
                own = sampling.predict(self._pass(tokens, state, memory)[:, :-1])
            tokens = torch.where(sampling.keep, tokens, torch.cat([tokens[:, :1], own], 1))
        return Decoded(self._pass(tokens, state, memory))

    def _pass(self, tokens: Tensor, state: DecoderState, memory: Memory) -> Tensor:
        """All steps at once: tokens (N, T) -> features (N, T, F)."""
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
    """All layers -> attention from the top one -> features, which the next step reads too (Luong et
    al. 2015)."""

    feeds_back = True

    def input_sizes(self, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
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
        return (
            features,
            DecoderState(tuple(states), features, read.coverage, state.dropout_masks),
            read.weights,
        )


@DECODERS.register("bahdanau")
class BahdanauDecoder(Decoder):
    """Attention from the last top state -> all layers over [token; context] -> features (Bahdanau
    et al. 2015)."""

    def input_sizes(self, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
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
