"""Task `description`: vectors with texts, by a decoder that begins with a state from the vector."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from seq2seq.config.config import Config
from seq2seq.config.task_settings import DESCRIPTION
from seq2seq.data.batches.described import DescribedStream, DescribedVectors, VectorBatch
from seq2seq.data.corpus.vectors import VectorRows, dev_vectors, training_vectors
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.description.describer import texts_of
from seq2seq.description.scores import chrf, exact_match
from seq2seq.description.search import search
from seq2seq.errors import DataError
from seq2seq.language_model.perplexity import encode_lines
from seq2seq.models.describer import DescriberNetwork, build_describer
from seq2seq.runtime.ranks import Ranks
from seq2seq.training.checkpoints import TrainingState
from seq2seq.training.load_text import save_settings, text_tokenizers
from seq2seq.training.model_card import describer_card
from seq2seq.training.outcome import Measure, Validation
from seq2seq.training.tasks.contract import TASKS, PreparedText, Task

MAX_LOG = 100.0
"""Maximum loss per token in the perplexity, which keeps `exp` finite."""


@dataclass(frozen=True)
class DescribedRows:
    """Tokenizers, and the dev and training vectors with their texts."""

    tokenizers: TokenizerPair
    dev: VectorRows
    train: VectorRows


class DescriptionTask(Task):
    """Task of a describer; dev text is `VectorRows`."""

    measure = Measure("dev_chrf", "chrF2")

    def read(self, config: Config, *, output: Path, write: bool) -> DescribedRows:
        train = training_vectors(config.data)
        dev = dev_vectors(config.data, train.vectors.shape[1])
        tokenizers = save_settings(
            config, output=output, write=write, train=lambda: text_tokenizers(config, train.texts)
        )
        return DescribedRows(tokenizers, dev, train)

    def prepare(self, config: Config, content: DescribedRows, ranks: Ranks) -> PreparedText:
        training = config.training
        ids = encode_lines(content.tokenizers, content.train.texts)
        kept = (ids.lengths <= config.data.max_tokens).nonzero()[0]
        if not len(kept):
            raise DataError(
                f"no training text has at most {config.data.max_tokens:,} tokens; raise "
                "data.max_tokens"
            )
        stream = DescribedStream(
            DescribedVectors(content.train.vectors[kept], ids.take(kept), seed=training.seed),
            batch_tokens=training.batch_tokens,
            batch_sentences=training.batch_sentences,
            ranks=ranks,
        )
        description = f"{stream.text.description}, {len(content.dev.texts):,} dev vectors"
        return PreparedText(content.tokenizers, content.dev, stream, ranks, description)

    def network(self, config: Config, text: PreparedText) -> DescriberNetwork:
        vectors = cast(DescribedStream, text.stream).text.vectors
        model = build_describer(config.model, text.tokenizers.target_size, vectors.shape[1])
        model.standardize_by(torch.from_numpy(vectors))
        return model

    def objective(self, config: Config, network: nn.Module) -> TextObjective:
        return TextObjective(cast(DescriberNetwork, network), config.training.label_smoothing)

    def validator(self, config: Config, network: nn.Module, text: PreparedText) -> TextValidator:
        return TextValidator(cast(DescriberNetwork, network), config, text)

    def card(
        self, config: Config, state: TrainingState, signature: str, *, started_from: str
    ) -> str:
        return describer_card(config, state, signature, started_from=started_from)


TASKS.register(DESCRIPTION)(DescriptionTask())


class TextObjective(nn.Module):
    """Summed loss of a batch as a forward pass, which lets Accelerate's wrappers see the weights.

    Args:
        model: The network.
        label_smoothing: Probability that is spread over the whole vocabulary.
    """

    def __init__(self, model: DescriberNetwork, label_smoothing: float) -> None:
        super().__init__()
        self.model = model
        self.label_smoothing = label_smoothing

    def forward(self, batch: VectorBatch, teacher_forcing: float) -> Tensor:
        """Return the summed loss of a batch; all inputs of the decoder are tokens of the text."""
        return self.model.loss(batch, self.label_smoothing)


class TextValidator:
    """Validation by chrF2 of greedy texts about the dev vectors, computed by the main process.

    Args:
        network: The network to score.
        config: Settings of the run.
        text: Data of the run.

    Attributes:
        signature: sacreBLEU's signature of the score; "" before the first validation.
        samples: ("", text, written text) of samples of the last validation.
    """

    def __init__(self, network: DescriberNetwork, config: Config, text: PreparedText) -> None:
        self.signature = ""
        self.samples: list[tuple[str, str, str]] = []
        self._network = network
        self._ranks = text.ranks
        self._tokenizers = text.tokenizers
        self._batch_tokens = config.training.batch_tokens
        self._greedy = config.decoding.model_copy(update={"strategy": "greedy", "nbest": 1})
        self._dev: VectorRows = text.dev
        ids = encode_lines(text.tokenizers, self._dev.texts)
        self._known = DescribedVectors(self._dev.vectors, ids)

    def __call__(self) -> Validation:
        """Score the current weights."""
        return self._ranks.broadcast_result(self._score)

    def _score(self) -> Validation:
        found = search(self._network, self._tokenizers, self._greedy, self._dev.vectors)
        written = texts_of(self._tokenizers, [best.tokens for best, *_ in found])
        score = chrf(written, self._dev.texts)
        self.signature = score.signature
        pairs = list(zip(self._dev.texts, written, strict=True))[:5]
        self.samples = [("", *pair) for pair in pairs]
        metrics = {
            "dev_chrf": score.value,
            "dev_exact": exact_match(written, self._dev.texts),
            "dev_perplexity": self._perplexity(),
        }
        return Validation(score.value, metrics)

    @torch.inference_mode()
    def _perplexity(self) -> float:
        """Return the perplexity per token of the dev texts, with teacher forcing."""
        known = self._known
        device = self._network.mean.device
        losses = [
            float(self._network.loss(known.batch(one.rows, one.target_width).to(device)))
            for one in known.plan(0, self._batch_tokens)
        ]
        tokens = int(known.texts.lengths.sum()) + len(known.texts)
        return math.exp(min(math.fsum(losses) / tokens, MAX_LOG))
