"""The model: encoder, decoder and output layer as one network, and how a configuration becomes
one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from seq2seq.config.settings import ModelConfig
from seq2seq.models.decoder import Decoded, Decoder, DecoderState, Memory, ScheduledSampling
from seq2seq.models.decoders import DECODERS
from seq2seq.models.embedding import Embedding
from seq2seq.models.encoder import Encoder
from seq2seq.models.loss import CHUNK, cross_entropy
from seq2seq.models.quantization import DTYPES, Linear, OutputLayer, quantize_modules
from seq2seq.models.weight_norm import normalize_weights


class Batch(Protocol):
    """What the loss needs of a batch: ids padded with 0; inputs begin with BOS, outputs end with
    EOS."""

    @property
    def source(self) -> Tensor: ...  # (N, S)
    @property
    def source_lengths(self) -> Tensor: ...  # (N,)
    @property
    def target_inputs(self) -> Tensor: ...  # (N, T)
    @property
    def target_outputs(self) -> Tensor: ...  # (N, T)


@dataclass(frozen=True)
class Shortlisted:
    """An output layer to K of the target ids, and which of them each of N sentences may not use:
    (N, 1, K)."""

    ids: Tensor
    output: OutputLayer
    forbidden: Tensor

    def select(self, sentences: Tensor) -> Shortlisted:
        """Keep these sentences, in this order."""
        return Shortlisted(self.ids, self.output, self.forbidden[sentences])

    def logits(self, features: Tensor) -> Tensor:
        """Of N * B rows of features, (N * B, K); minus infinity where a row's sentence may not use
        an id."""
        logits = self.output(features)
        logits.view(len(self.forbidden), -1, logits.shape[-1]).masked_fill_(
            self.forbidden, float("-inf")
        )
        return logits


@dataclass(frozen=True)
class ModelState:
    """What a search carries: the decoder's state of R = N * B rows and the memory of N sentences.

    With a shortlist, tokens and logits count its K ids instead of the whole vocabulary.
    """

    decoder: DecoderState
    memory: Memory
    shortlist: Shortlisted | None = None

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> ModelState:
        """Reorder the rows (R',); where sentences have left, keep the memory of `sentences` (N',)
        alone."""
        memory, shortlist = self.memory, self.shortlist
        if sentences is not None:
            memory = memory.select(sentences)
            shortlist = None if shortlist is None else shortlist.select(sentences)
        return ModelState(self.decoder.select(rows), memory, shortlist)


class ModelStep(NamedTuple):
    """What one step gives: logits (R, V), the state, attention weights (R, S) or None."""

    logits: Tensor
    state: ModelState
    attention: Tensor | None


class Seq2SeqModel(nn.Module):
    """An encoder RNN, a decoder RNN and a linear output layer."""

    def __init__(self, encoder: Encoder, decoder: Decoder, output: Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.output = output

    def tie_weights(self, tying: str) -> None:
        """Let layers share one embedding: none; two-way, target and output; three-way, source,
        target and output."""
        if tying != "none":
            self.output.weight = self.decoder.embedding.weight
        if tying == "three-way":
            sizes = self.encoder.embedding.num_embeddings, self.decoder.embedding.num_embeddings
            assert sizes[0] == sizes[1], f"three-way tying needs one vocabulary, not {sizes}"
            self.encoder.embedding = self.decoder.embedding

    def start(self, source: Tensor, lengths: Tensor) -> ModelState:
        """Encode source ids (N, S) of the given lengths (N,): the state before the first target
        token."""
        states, summary, words = self.encoder(source, lengths)
        mask = torch.arange(source.shape[1], device=source.device) < lengths.unsqueeze(1)
        seen = words if self.decoder.lexical_model is not None else None
        memory = Memory(states, mask, self.decoder.attention.keys(states), seen)
        return ModelState(self.decoder.start(summary, memory), memory)

    def shortlisted(self, state: ModelState, ids: Tensor, allowed: Tensor) -> ModelState:
        """Let a search from `state` choose from the target ids (K,) alone, sentence n from those of
        allowed (N, K)."""
        return replace(
            state, shortlist=Shortlisted(ids, self.output.rows(ids), ~allowed.unsqueeze(1))
        )

    def quantize(self, dtype: str) -> None:
        """Hold the weights that a step reads in `dtype`, bf16 or int8, for decoding alone."""
        make = DTYPES[dtype]
        quantize_modules(self.decoder, make)
        self.output = make(self.output.weight, self.output.bias)  # type: ignore[assignment]  # an OutputLayer too

    def step(self, tokens: Tensor, state: ModelState) -> ModelStep:
        """The logits (R, V) that follow the last tokens (R,); R = N * B, B rows for each
        sentence."""
        shortlist = state.shortlist
        if shortlist is not None:
            tokens = shortlist.ids[tokens]
        features, decoder, weights = self.decoder.step(tokens, state.decoder, state.memory)
        logits = self.output(features) if shortlist is None else shortlist.logits(features)
        return ModelStep(logits, ModelState(decoder, state.memory, shortlist), weights)

    @parametrize.cached()  # normalised and composed weights are made once, not at each step
    def forward(self, source: Tensor, source_lengths: Tensor, target_inputs: Tensor) -> Tensor:
        """Teacher forcing: the logits (N, T, V) that follow each prefix of the known targets (N,
        T)."""
        logits: Tensor = self.output(self._decode(source, source_lengths, target_inputs).features)
        return logits

    @parametrize.cached()
    def loss(
        self,
        batch: Batch,
        label_smoothing: float = 0.0,
        teacher_forcing: float = 1.0,
        coverage_loss: float = 1.0,
        r_drop: float = 0.0,
    ) -> Tensor:
        """The loss summed over the real target tokens of the batch, in nats.

        A share `teacher_forcing` of the input tokens is the known ones, the others are the model's
        own (Bengio et al. 2015). A model with coverage also pays `coverage_loss` for what it reads
        again (See et al. 2017). With `r_drop` the batch is passed through twice, and pays this much
        for what dropout makes of it (Liang et al. 2021): the loss is the mean of the two passes',
        and this times a quarter of the two divergences between them."""
        passes = 2 if r_drop else 1
        source, lengths, inputs, outputs = (
            tensor.repeat_interleave(passes, 0)
            for tensor in (
                batch.source,
                batch.source_lengths,
                batch.target_inputs,
                batch.target_outputs,
            )
        )
        sampling = self._sampling(inputs, teacher_forcing) if teacher_forcing < 1 else None
        decoded = self._decode(source, lengths, inputs, sampling)
        places = _token_places(batch.target_outputs, passes)
        features = decoded.features.flatten(0, 1).index_select(0, places)
        right = outputs.flatten()[places]
        loss = cross_entropy(
            features, self.output.weight, self.output.bias, right, label_smoothing, r_drop
        )
        if decoded.overlap is not None and coverage_loss:
            loss = loss + coverage_loss * decoded.overlap.flatten()[places].sum()
        return loss / passes

    def _decode(
        self,
        source: Tensor,
        source_lengths: Tensor,
        target_inputs: Tensor,
        sampling: ScheduledSampling | None = None,
    ) -> Decoded:
        state = self.start(source, source_lengths)
        decoded: Decoded = self.decoder(target_inputs, state.decoder, state.memory, sampling)
        return decoded

    def _sampling(self, inputs: Tensor, share: float) -> ScheduledSampling:
        """Which of the inputs (N, T) stay as they are: each with a probability of `share`."""
        return ScheduledSampling(
            torch.rand(inputs.shape, device=inputs.device) < share, self._likeliest
        )

    @torch.no_grad()
    def _likeliest(self, features: Tensor) -> Tensor:
        """The likeliest token (…) after features (…, F), some positions at a time."""
        parts = torch.split(features.flatten(0, -2), max(1, CHUNK // self.output.out_features))
        return torch.cat([self.output(part).argmax(-1) for part in parts]).view(features.shape[:-1])


def _token_places(outputs: Tensor, passes: int) -> Tensor:
    """Where the tokens of outputs (N, T) are, once each row stands there so many times in a row: a
    token's together.

    Padding has id 0: nothing is spent on it.
    """
    rows, places = (index.unsqueeze(1) for index in outputs.nonzero(as_tuple=True))
    rows = rows * passes + torch.arange(passes, device=outputs.device)
    return (rows * outputs.shape[1] + places).flatten()


def build_model(
    config: ModelConfig, source_vocab_size: int, target_vocab_size: int
) -> Seq2SeqModel:
    """Make the network a configuration describes, with fresh weights from torch's random
    generator."""
    encoder = Encoder(
        Embedding(
            source_vocab_size, config.embedding_size, config.word_dropout, config.scale_embeddings
        ),
        config.cell,
        config.hidden_size,
        layers=config.encoder_layers,
        bidirectional=config.bidirectional,
        residual=config.residual,
        dropout=config.dropout,
        dropout_over_time=config.dropout_over_time,
        forget_bias=config.forget_bias,
        transition_depth=config.transition_depth,
    )
    decoder = DECODERS[config.decoder_order](
        Embedding(
            target_vocab_size, config.embedding_size, config.word_dropout, config.scale_embeddings
        ),
        config.cell,
        config.hidden_size,
        memory_size=config.hidden_size,
        layers=config.decoder_layers,
        feature_size=config.readout_size,
        attention=config.attention,
        attention_heads=config.attention_heads,
        coverage=config.coverage,
        lexical_model=config.lexical_model,
        residual=config.residual,
        dropout=config.dropout,
        dropout_over_time=config.dropout_over_time,
        forget_bias=config.forget_bias,
        transition_depth=config.transition_depth,
    )
    output = Linear(decoder.feature_size, target_vocab_size)
    nn.init.zeros_(output.bias)
    model = Seq2SeqModel(encoder, decoder, output)
    model.tie_weights(config.weight_tying)
    if config.weight_norm:
        normalize_weights(model, spare=model.output)
    return model
