"""Translation model: encoder, decoder and output layer, and its construction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from seq2seq.config.settings import ModelConfig
from seq2seq.models.attention import ATTENTIONS
from seq2seq.models.cells.maker import cell_maker
from seq2seq.models.decoder import Decoded, Decoder, DecoderState, Memory, ScheduledSampling
from seq2seq.models.decoders import DECODERS
from seq2seq.models.dropout import Dropout
from seq2seq.models.embedding import Embedding
from seq2seq.models.encoder import Encoder
from seq2seq.models.loss import CHUNK_LOGITS, cross_entropy
from seq2seq.models.quantization import DTYPES, Linear, OutputLayer, quantize_modules
from seq2seq.models.weight_norm import normalize_weights


class LossBatch(Protocol):
    """Batch for the loss: ids padded with 0.

    Target inputs begin with BOS, and target outputs end with EOS.
    """

    @property
    def source(self) -> Tensor:
        """Source ids (N, S)."""
        ...

    @property
    def source_lengths(self) -> Tensor:
        """Number of tokens of each source (N,)."""
        ...

    @property
    def target_inputs(self) -> Tensor:
        """Target ids that are inputs of the decoder (N, T)."""
        ...

    @property
    def target_outputs(self) -> Tensor:
        """Target ids that the decoder should predict (N, T)."""
        ...


@dataclass(frozen=True)
class Shortlisted:
    """Output layer restricted to a shortlist of K target ids.

    Attributes:
        ids: Target ids (K,).
        output: Output layer for these ids.
        forbidden: True where a sentence may not use an id (N, 1, K).
    """

    ids: Tensor
    output: OutputLayer
    forbidden: Tensor

    def select(self, sentences: Tensor) -> Shortlisted:
        """Select the given sentences (N',), in this order."""
        return Shortlisted(self.ids, self.output, self.forbidden[sentences])

    def logits(self, features: Tensor) -> Tensor:
        """Return the logits of the shortlist.

        Args:
            features: Features (N * B, F), with B rows per sentence.

        Returns:
            Logits (N * B, K); minus infinity where the sentence of a row may not use an id.
        """
        logits = self.output(features)
        by_sentence = logits.view(len(self.forbidden), -1, logits.shape[-1])
        by_sentence.masked_fill_(self.forbidden, float("-inf"))
        return logits


@dataclass(frozen=True)
class ModelState:
    """State that a search carries from step to step, for R = N * B rows of N sentences.

    Attributes:
        decoder: State of the decoder, with R rows.
        memory: Encoded source of N sentences.
        shortlist: Shortlist of K ids, or None. With a shortlist, tokens and logits refer to
            positions on it instead of ids.
    """

    decoder: DecoderState
    memory: Memory
    shortlist: Shortlisted | None = None

    def select(self, rows: Tensor, sentences: Tensor | None = None) -> ModelState:
        """Select rows.

        Args:
            rows: Indices (R',) of the rows to keep, in their new order; a row may repeat.
            sentences: Indices (N',) of the sentences to keep, if some have finished; None means
                all.

        Returns:
            The state of the R' rows.
        """
        memory = self.memory
        shortlist = self.shortlist
        if sentences is not None:
            memory = memory.select(sentences)
            shortlist = None if shortlist is None else shortlist.select(sentences)
        return ModelState(self.decoder.select(rows), memory, shortlist)


class ModelStep(NamedTuple):
    """Result of one decoding step.

    Attributes:
        logits: Logits of the next token (R, V), or (R, K) with a shortlist.
        state: State after the step.
        attention: Attention weights (R, S), or None for a model without attention.
    """

    logits: Tensor
    state: ModelState
    attention: Tensor | None


class Seq2SeqModel(nn.Module):
    """Translation model with a recurrent encoder, a recurrent decoder and a linear output layer.

    Args:
        encoder: Network over the source.
        decoder: Network over the target, which computes features of the next token.
        output: Linear map from features (…, F) to logits (…, V).
    """

    def __init__(self, encoder: Encoder, decoder: Decoder, output: Linear) -> None:
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.output = output
        self.identity: Mapping[str, str] = {}
        """Metadata that tells in a file of weights which model they belong to."""

    def tie_weights(self, tying: str) -> None:
        """Share one embedding matrix among layers (Press and Wolf 2017).

        Args:
            tying: "none"; "two-way" for the target embedding and the output layer; "three-way" for
                these and the source embedding, with a joint vocabulary.
        """
        if tying != "none":
            self.output.weight = self.decoder.embedding.weight
        if tying == "three-way":
            source_size = self.encoder.embedding.num_embeddings
            target_size = self.decoder.embedding.num_embeddings
            assert source_size == target_size, (
                f"three-way tying needs one vocabulary, not {source_size} and {target_size} ids"
            )
            self.encoder.embedding = self.decoder.embedding

    def start(self, source: Tensor, lengths: Tensor) -> ModelState:
        """Encode a batch and return the state before the first target token.

        Args:
            source: Source ids (N, S).
            lengths: Number of tokens of each source (N,).

        Returns:
            The state, with one row per sentence.
        """
        states, summary, words = self.encoder(source, lengths)
        mask = torch.arange(source.shape[1], device=source.device) < lengths.unsqueeze(1)
        keys = self.decoder.attention.keys(states)
        memory = Memory(
            states, mask, keys, words=None if self.decoder.lexical_model is None else words
        )
        return ModelState(self.decoder.start(summary, memory), memory)

    def shortlisted(self, state: ModelState, ids: Tensor, allowed: Tensor) -> ModelState:
        """Restrict a state to a shortlist of target ids.

        Args:
            state: State before the first target token, of N sentences.
            ids: Target ids of the shortlist (K,).
            allowed: True where a sentence may use an id (N, K).

        Returns:
            The state. Tokens and logits of its steps refer to positions on the shortlist.
        """
        shortlist = Shortlisted(ids, self.output.rows(ids), ~allowed.unsqueeze(1))
        return replace(state, shortlist=shortlist)

    def quantize(self, dtype: str) -> None:
        """Convert the weights of the decoder, the output layer and the encoder's loops.

        The model can only decode afterwards.

        Args:
            dtype: A name in `DTYPES`: "bf16" or "int8".
        """
        make = DTYPES[dtype]
        quantize_modules(self.encoder, make)
        quantize_modules(self.decoder, make)
        output = make(self.output.weight, self.output.bias)
        self.output = output  # type: ignore[assignment]  # an OutputLayer, too

    def step(self, tokens: Tensor, state: ModelState) -> ModelStep:
        """Take one step.

        Args:
            tokens: Last token of each row (R,), with R = N * B and B rows per sentence.
            state: State of R rows.

        Returns:
            Logits (R, V), or (R, K) with a shortlist; the next state; attention weights (R, S) or
            None.
        """
        shortlist = state.shortlist
        if shortlist is not None:
            tokens = shortlist.ids[tokens]
        features, decoder, weights = self.decoder.step(tokens, state.decoder, state.memory)
        logits = self.output(features) if shortlist is None else shortlist.logits(features)
        return ModelStep(logits, ModelState(decoder, state.memory, shortlist), weights)

    @parametrize.cached()  # normalized and composed weights are computed once, not at each step
    def forward(self, source: Tensor, source_lengths: Tensor, target_inputs: Tensor) -> Tensor:
        """Compute the logits after each prefix of a known target (teacher forcing).

        Args:
            source: Source ids (N, S).
            source_lengths: Number of tokens of each source (N,).
            target_inputs: Target ids (N, T), BOS first.

        Returns:
            Logits (N, T, V).
        """
        logits: Tensor = self.output(self._decode(source, source_lengths, target_inputs).features)
        return logits

    @parametrize.cached()
    def loss(
        self,
        batch: LossBatch,
        label_smoothing: float = 0.0,
        teacher_forcing: float = 1.0,
        coverage_loss: float = 1.0,
        r_drop: float = 0.0,
    ) -> Tensor:
        """Compute the training loss of a batch.

        Args:
            batch: Padded ids of N pairs.
            label_smoothing: Probability that is spread over the whole vocabulary.
            teacher_forcing: Fraction of the input tokens that are known. The others are predicted
                by the model (scheduled sampling, Bengio et al. 2015).
            coverage_loss: Weight of the loss for attending to the same words again, for a model
                with coverage (See et al. 2017).
            r_drop: Weight of R-Drop (Liang et al. 2021), which passes the batch through twice, with
                different dropout. The loss is the mean loss of both passes, plus a quarter of this
                weight times the sum of the two divergences between them. 0 disables it.

        Returns:
            Sum over the real target tokens, a scalar, in nats.
        """
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
        target_lengths = (outputs != 0).sum(1)  # padding has id 0
        decoded = self._decode(source, lengths, inputs, sampling, target_lengths)
        positions = _token_positions(batch.target_outputs, passes)
        loss = cross_entropy(
            decoded.features.flatten(0, 1).index_select(0, positions),
            self.output.weight,
            self.output.bias,
            outputs.flatten()[positions],
            label_smoothing,
            r_drop,
        )
        if decoded.overlap is not None and coverage_loss:
            loss = loss + coverage_loss * decoded.overlap.flatten()[positions].sum()
        return loss / passes

    def _decode(
        self,
        source: Tensor,
        source_lengths: Tensor,
        target_inputs: Tensor,
        sampling: ScheduledSampling | None = None,
        target_lengths: Tensor | None = None,
    ) -> Decoded:
        state = self.start(source, source_lengths)
        decoded: Decoded = self.decoder(
            target_inputs, state.decoder, state.memory, sampling, target_lengths
        )
        return decoded

    def _sampling(self, inputs: Tensor, teacher_forcing: float) -> ScheduledSampling:
        """Draw which of the input tokens (N, T) are kept."""
        keep = torch.rand(inputs.shape, device=inputs.device) < teacher_forcing
        return ScheduledSampling(keep, self._most_probable)

    @torch.no_grad()
    def _most_probable(self, features: Tensor) -> Tensor:
        """Return the most probable token (…) for features (…, F), computed in chunks."""
        chunk = max(1, CHUNK_LOGITS // self.output.out_features)
        parts = torch.split(features.flatten(0, -2), chunk)
        return torch.cat([self.output(part).argmax(-1) for part in parts]).view(features.shape[:-1])


def _token_positions(outputs: Tensor, passes: int) -> Tensor:
    """Return the positions of the real tokens of outputs (N, T) in a batch with repeated rows.

    The positions of a token in all passes are adjacent. Padding, which has id 0, is left out.
    """
    rows, times = (index.unsqueeze(1) for index in outputs.nonzero(as_tuple=True))
    rows = rows * passes + torch.arange(passes, device=outputs.device)
    return (rows * outputs.shape[1] + times).flatten()


def build_model(
    config: ModelConfig, source_vocab_size: int, target_vocab_size: int
) -> Seq2SeqModel:
    """Build a model from a configuration.

    Initial weights are drawn from torch's random generator in a fixed order, so a seed always gives
    the same weights.

    Args:
        config: The `model` section of a configuration.
        source_vocab_size: Number of source ids.
        target_vocab_size: Number of target ids.

    Returns:
        A model in training mode.

    Raises:
        ConfigError: A cell, an attention or a decoder order is unknown, the attention does not
            support coverage, or the cell does not support a deep transition.
    """

    def new_embedding(vocabulary: int) -> Embedding:
        return Embedding(
            vocabulary, config.embedding_size, config.word_dropout, config.scale_embeddings
        )

    encoder = Encoder(
        new_embedding(source_vocab_size),
        make_cell=cell_maker(config),
        hidden_size=config.hidden_size,
        layers=config.encoder_layers,
        bidirectional=config.bidirectional,
        residual=config.residual,
        dropout=Dropout(config.dropout, config.dropout_over_time),
    )
    target_embedding = new_embedding(target_vocab_size)
    attention = ATTENTIONS[config.attention](
        config.hidden_size,
        config.hidden_size,
        heads=config.attention_heads,
        coverage=config.coverage,
    )
    decoder = DECODERS[config.decoder_order](
        target_embedding,
        make_cell=cell_maker(config),
        attention=attention,
        hidden_size=config.hidden_size,
        memory_size=config.hidden_size,
        layers=config.decoder_layers,
        feature_size=config.readout_size or config.embedding_size,
        lexical_model=config.lexical_model,
        residual=config.residual,
        dropout=Dropout(config.dropout, config.dropout_over_time),
    )
    output = Linear(decoder.feature_size, target_vocab_size)
    nn.init.zeros_(output.bias)
    model = Seq2SeqModel(encoder, decoder, output)
    model.tie_weights(config.weight_tying)
    if config.weight_norm:
        normalize_weights(model, except_for=model.output)
    return model
