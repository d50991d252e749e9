"""Orders of recurrence and attention in a decoder step.

In `fused`, neither attention nor features feed back into the next step, so a known target takes
only a few large matrix products. In `input-feeding`, the features of a step are an input of the
next one. In `bahdanau`, attention precedes the layers, with the last step's top state as its query.

In plain code: `fused`, `input_feeding` and `bahdanau` in docs/learn/plain.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from seq2seq.models.decoder import Decoded, Decoder, DecoderState, Memory, ScheduledSampling
from seq2seq.models.quantization import MakeLinear, quantize_children
from seq2seq.registry import Registry

MAX_TABLE = 1 << 24
"""Maximum number of elements of the table that saves a quantized decoder a product per step."""

DECODERS: Registry[type[Decoder]] = Registry("decoder order")
"""Orders of recurrence and attention by name; `model.decoder_order` chooses one."""


@DECODERS.register("fused")
class FusedDecoder(Decoder):
    """First layer over the target -> attention for all steps at once -> upper layers -> features.

    This is the layout of GNMT (Wu et al. 2016). The first layer's output is the query of attention,
    and the upper layers receive [state; context]. With coverage, attention feeds back, and steps
    are taken one by one.
    """

    table: Tensor | None = None
    """Projected input of the first layer for each token (V, G), once the decoder is quantized."""

    def input_sizes(self, *, embedding: int, hidden: int, context: int, layers: int) -> list[int]:
        return [embedding] + [hidden + context] * (layers - 1)

    def quantize_weights(self, make: MakeLinear) -> None:
        """Tabulate the first layer's projected inputs, then replace the linear maps."""
        cell = self._layers()[0]
        vectors = self.embedding.weight.detach() * self.embedding.factor
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
        """Take one step with projected inputs (R, G) of the first layer; see `advance`."""
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
        lengths: Tensor | None = None,
    ) -> Decoded:
        """Decode a known target in one pass, or in two with `sampling`; see `Decoder.forward`.

        The first pass predicts tokens from known tokens only. In the second pass, predictions
        replace some of the inputs (Mihaylova and Martins 2019). A loop of steps would also predict
        tokens from earlier replacements.
        """
        if self.attention.coverage:
            return super().forward(tokens, state, memory, sampling, lengths)
        if sampling is not None:
            with torch.no_grad():
                predicted = sampling.predict(self._pass(tokens, state, memory, lengths)[:, :-1])
            predicted = torch.cat([tokens[:, :1], predicted], 1)
            tokens = torch.where(sampling.keep, tokens, predicted)
        return Decoded(self._pass(tokens, state, memory, lengths))

    def _pass(
        self, tokens: Tensor, state: DecoderState, memory: Memory, lengths: Tensor | None
    ) -> Tensor:
        """Compute features (N, T, F) for tokens (N, T), all steps at once."""
        bottom, *upper = self._layers()
        y = bottom.run(self.embed(tokens, state), state.layers[0], lengths)
        x = self.add_residual(y, y, 0, state)
        read = self.read(x, memory)
        for index, cell in enumerate(upper, start=1):
            y = cell.run(torch.cat([x, read.context.to(x.dtype)], -1), state.layers[index], lengths)
            x = self.add_residual(x, y, index, state)
        return self.features(x, read, state)


@DECODERS.register("input-feeding")
class InputFeedingDecoder(Decoder):
    """All layers -> attention from the top layer -> features, which also feed the next step.

    This is the order of Luong et al. (2015).
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

    This is the order of Bahdanau et al. (2015).
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
