"""Validation on the dev pairs; the trainer ranks weights by its score."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Callable, Iterator, Sequence

import torch

from seq2seq.config.settings import DecodingConfig, ModelConfig
from seq2seq.data.batches.batch import collate
from seq2seq.data.batches.epoch_text import Part
from seq2seq.data.batches.plan import PlannedBatch, plan_batches
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.metrics.scores import bleu
from seq2seq.models.model import Seq2SeqModel
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.training.outcome import Validation
from seq2seq.translation.engines.contract import Engine
from seq2seq.translation.engines.in_memory import engine_of
from seq2seq.translation.engines.native_engine import NativeEngine
from seq2seq.translation.engines.reference_engine import ReferenceEngine
from seq2seq.translation.engines.torch_engine import TorchEngine
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation

SAMPLES_PER_DIRECTION = 5
"""Number of sample translations per direction that trackers receive."""

MAX_LOG_PERPLEXITY = 100.0
"""Maximum loss per token in the perplexity, which keeps `exp` finite."""


class Validator:
    """Validation by BLEU of greedy translations of the dev pairs, with perplexity per token.

    With several directions, the score is their mean BLEU, and each BLEU is reported too. Several
    ranks share the work; all of them return the same result as a single one.

    Args:
        model: The model to score.
        network: The `model` section of the configuration.
        tokenizers: Tokenizers of the model.
        decoding: The `decoding` section of the configuration.
        dev: Dev pairs of each direction.
        batch_tokens: Maximum number of padded positions per batch, for the perplexity.
        bleu_tokenizer: Name of a sacreBLEU tokenizer; by default, sacreBLEU chooses one.
        ranks: Processes that share the work.

    Attributes:
        signature: sacreBLEU's signature, on the main process; "" before the first validation.
        samples: (source, reference, hypothesis) of sample translations of the last validation, on
            the main process.
    """

    def __init__(
        self,
        model: Seq2SeqModel,
        *,
        network: ModelConfig,
        tokenizers: TokenizerPair,
        decoding: DecodingConfig,
        dev: Sequence[Part],
        batch_tokens: int,
        bleu_tokenizer: str | None = None,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        self.model = model
        self.dev = dev
        self.bleu_tokenizer = bleu_tokenizer
        # Greedy search has a single hypothesis, which there is nothing to rerank with.
        greedy = decoding.model_copy(
            update={
                "strategy": "greedy",
                "nbest": 1,
                "mbr": 0,
                "language_model": decoding.fused_model,
            }
        )
        self._network = network
        self._tokenizers = tokenizers
        self._greedy = greedy
        self.signature = ""
        self.samples: list[tuple[str, str, str]] = []
        self._fused = None if greedy.fused_model is None else TorchEngine(model, tokenizers)
        if self._fused is not None:
            self._fused.search(greedy)  # so that a language model that does not fit is found now
        self._ranks = ranks
        self._batch_tokens = batch_tokens
        max_length = decoding.max_source_length
        sources: list[list[int]] = []
        targets: list[list[int]] = []
        for part in dev:
            pairs = tokenizers.encode_pairs(
                part.sources, part.targets, to=[part.to] * len(part.sources)
            )
            sources += pairs[0]
            targets += pairs[1]
        self._ids = (
            [row[: max_length + tokenizers.tags] for row in sources],
            [row[:max_length] for row in targets],
        )
        self._source, self._target = map(RaggedIds, self._ids)

    def __call__(self) -> Validation:
        """Score the current weights of the model; must be called on all ranks."""
        sources = [Source(source, to=part.to) for part in self.dev for source in part.sources]
        engine = self._fused or engine_of(self.model, self._network, self._tokenizers)
        if isinstance(engine, NativeEngine):
            engine = ReferenceEngine(engine, *self._ids)
        translator = Translator(engine, self._tokenizers, self._greedy, ranks=self._ranks)
        translations = translator.translate_all(sources)
        perplexity = self._perplexity(engine)
        return self._ranks.broadcast_result(lambda: self._score(iter(translations), perplexity))

    def _score(self, translations: Iterator[Translation], perplexity: float) -> Validation:
        """Score the translations of all directions, one direction after another."""
        scores: dict[str, float] = {}
        self.samples = []
        for part in self.dev:
            hypotheses = [
                translation.text
                for translation in itertools.islice(translations, len(part.sources))
            ]
            references = [[target] for target in part.targets]
            score = bleu(hypotheses, references, tokenize=self.bleu_tokenizer)
            scores[part.name] = score.value
            self.signature = score.signature
            samples = list(zip(part.sources, part.targets, hypotheses, strict=True))
            self.samples += samples[:SAMPLES_PER_DIRECTION]
        mean = statistics.fmean(scores.values())
        metrics = {"dev_bleu": mean, "dev_perplexity": perplexity}
        if len(scores) > 1:
            metrics |= {f"dev_bleu_{name}": value for name, value in scores.items()}
        return Validation(mean, metrics)

    def _perplexity(self, engine: Engine) -> float:
        """Return the perplexity per target token of the dev pairs, with teacher forcing."""
        source = self._source
        target = self._target
        loss = self._native_loss(engine) if isinstance(engine, NativeEngine) else self._loss
        plan = plan_batches(source.lengths, target.lengths, self._batch_tokens, 0, 0, shuffle=False)
        numbered = self._ranks.shard(list(enumerate(plan)))
        losses = self._ranks.gather((number, loss(planned)) for number, planned in numbered)
        # The order of summation does not depend on the ranks, so the result is bit-identical.
        total = sum(value for _, value in sorted(losses))
        tokens = int(target.lengths.sum()) + len(target)
        return math.exp(min(total / tokens, MAX_LOG_PERPLEXITY))

    @torch.inference_mode()
    def _loss(self, planned: PlannedBatch) -> float:
        """Return the loss of a batch, the sum over its target tokens."""
        source = self._source
        target = self._target
        batch = collate(source, target, planned.rows, planned.source_width, planned.target_width)
        return float(self.model.loss(batch.to(self.model.output.weight.device), coverage_loss=0.0))

    def _native_loss(self, engine: NativeEngine) -> Callable[[PlannedBatch], float]:
        """Return a function that does what `_loss` does, with the native engine."""

        def loss(planned: PlannedBatch) -> float:
            chosen = [[side[row] for row in planned.rows] for side in self._ids]
            return -math.fsum(engine.score(*chosen))

        return loss
