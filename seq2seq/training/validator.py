"""Validation: a model's score on the dev pairs, which the trainer ranks weights by."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence

import torch

from seq2seq.config.settings import DecodingConfig
from seq2seq.data.batches.batch import collate
from seq2seq.data.batches.epoch_text import Part
from seq2seq.data.batches.plan import PlannedBatch, plan_batches
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.pair import TokenizerPair
from seq2seq.metrics.scores import bleu
from seq2seq.models.model import Seq2SeqModel
from seq2seq.runtime.ranks import SINGLE_PROCESS, Ranks
from seq2seq.training.outcome import Validation
from seq2seq.translation.translator import Translator
from seq2seq.translation.values import Source, Translation

SAMPLES = 5
"""Translations of each direction that trackers are given."""


class Validator:
    """Scores a model on the dev pairs: BLEU of its greedy translations, and perplexity per token.

    Of several directions, BLEU is the mean of theirs, which are given too. Several `ranks` share
    the work and find what one would; the first scores, and alone has the signature and samples."""

    def __init__(
        self,
        model: Seq2SeqModel,
        tokenizers: TokenizerPair,
        decoding: DecodingConfig,
        dev: Sequence[Part],
        batch_tokens: int,
        bleu_tokenizer: str | None = None,
        ranks: Ranks = SINGLE_PROCESS,
    ) -> None:
        self.model = model
        self.signature = ""  # sacrebleu's, once there is a score
        self.samples: list[
            tuple[str, str, str]
        ] = []  # source, reference and hypothesis of the last validation
        greedy = decoding.model_copy(update={"strategy": "greedy", "nbest": 1, "mbr": 0})
        self.translator = Translator(model, tokenizers, greedy, ranks=ranks)
        self._ranks = ranks
        self.dev = dev
        self.bleu_tokenizer = bleu_tokenizer
        longest = decoding.max_source_length
        sources = [
            row
            for part in dev
            for row in tokenizers.encode_sources(part.sources, to=[part.to] * len(part.sources))
        ]
        self._source = RaggedIds([row[: longest + tokenizers.tags] for row in sources])
        targets = [row for part in dev for row in tokenizers.target.encode(part.targets)]
        self._target = RaggedIds([row[:longest] for row in targets])
        self._batch_tokens = batch_tokens

    def __call__(self) -> Validation:
        texts = [Source(source, to=part.to) for part in self.dev for source in part.sources]
        found, perplexity = self.translator.translate_all(texts), self._perplexity()
        return self._ranks.broadcast_result(lambda: self._scored(iter(found), perplexity))

    def _scored(self, found: Iterator[Translation], perplexity: float) -> Validation:
        scores = {}
        self.samples = []
        for part in self.dev:
            hypotheses = [
                translation.text for translation in itertools.islice(found, len(part.sources))
            ]
            score = bleu(
                hypotheses, [[target] for target in part.targets], tokenize=self.bleu_tokenizer
            )
            scores[part.name] = score.value
            self.samples += list(zip(part.sources, part.targets, hypotheses, strict=True))[:SAMPLES]
            self.signature = score.signature
        mean = statistics.fmean(scores.values())
        each = (
            {f"dev_bleu_{name}": value for name, value in scores.items()} if len(scores) > 1 else {}
        )
        return Validation(mean, {"dev_bleu": mean, "dev_perplexity": perplexity, **each})

    @torch.inference_mode()
    def _perplexity(self) -> float:
        source, target, device = self._source, self._target, self.model.output.weight.device

        def loss(numbered: tuple[int, PlannedBatch]) -> tuple[int, float]:
            number, planned = numbered
            batch = collate(
                source, target, planned.rows, planned.source_width, planned.target_width
            )
            return number, float(self.model.loss(batch.to(device)))

        plan = plan_batches(source.lengths, target.lengths, self._batch_tokens, 0, 0, shuffle=False)
        losses = self._ranks.gather(map(loss, self._ranks.shard(list(enumerate(plan)))))
        total = sum(
            value for _, value in sorted(losses)
        )  # in the order of the plan, whoever had a batch
        return math.exp(min(total / (int(target.lengths.sum()) + len(target)), 100.0))
