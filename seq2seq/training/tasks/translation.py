"""Task `translation`: pairs of a source and a target, by an encoder and a decoder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
from torch import nn

from seq2seq.config.config import Config
from seq2seq.config.task_settings import TRANSLATION
from seq2seq.data.batches.epoch_text import Part
from seq2seq.data.batches.stream import BatchStream
from seq2seq.data.ragged import RaggedIds
from seq2seq.data.tokenizers.base import Tokenizer
from seq2seq.models.char_ngrams import Spelling, attach_ngrams
from seq2seq.models.model import Seq2SeqModel, build_model
from seq2seq.runtime.ranks import Ranks
from seq2seq.training.checkpoints import TrainingState
from seq2seq.training.decoder_start import start_decoder
from seq2seq.training.load_text import RunText, read_text, training_text
from seq2seq.training.model_card import model_card
from seq2seq.training.objective import Objective
from seq2seq.training.outcome import DEV_BLEU
from seq2seq.training.sentence_splitting import choose_splitting
from seq2seq.training.tasks.contract import TASKS, PreparedText, Task, Trial
from seq2seq.training.validator import Validator
from seq2seq.training.warm_start import load_word_vectors
from seq2seq.translation.calibrate_confidence import (
    MAX_PAIRS,
    MIN_PAIRS,
    calibrate_confidence,
    log_calibration,
)
from seq2seq.translation.values import Source

SAMPLE = 200
"""Number of dev pairs per direction to time a validation with."""

CALIBRATION = 8.0
"""Cost of the calibration per dev pair, in validations of that pair: it translates the pair, its
reference and a made-up source with the model's own search."""


class TranslationTask(Task):
    """Task of translation; dev text is a `Part` per direction."""

    measure = DEV_BLEU

    def settle(self, config: Config) -> Config:
        return choose_splitting(config)

    def read(self, config: Config, *, output: Path, write: bool) -> RunText:
        return read_text(config, output=output, write=write)

    def prepare(self, config: Config, content: RunText, ranks: Ranks) -> PreparedText:
        stream = BatchStream(
            training_text(config, text=content, ranks=ranks),
            batch_tokens=config.training.batch_tokens,
            batch_sentences=config.training.batch_sentences,
            ranks=ranks,
        )
        dev_pairs = sum(len(part.sources) for part in content.dev)
        description = f"{stream.text.description}, {dev_pairs:,} dev pairs"
        return PreparedText(content.tokenizers, content.dev, stream, ranks, description)

    def network(self, config: Config, text: PreparedText) -> Seq2SeqModel:
        tokenizers = text.tokenizers
        return build_model(config.model, tokenizers.source_size, tokenizers.target_size)

    def refine(
        self, config: Config, network: nn.Module, text: PreparedText, *, begins: bool
    ) -> None:
        model = cast(Seq2SeqModel, network)
        if begins:
            load_word_vectors(config, model, text.tokenizers)
            start_decoder(config, model, text.tokenizers)
        if config.model.char_ngrams:
            source, target = _spellings(text)
            attach_ngrams(model, source, target, fresh=not _has_pretrained_weights(config))

    def objective(self, config: Config, network: nn.Module) -> Objective:
        return Objective(network, config.training)

    def validator(self, config: Config, network: nn.Module, text: PreparedText) -> Validator:
        return Validator(
            cast(Seq2SeqModel, network),
            network=config.model,
            tokenizers=text.tokenizers,
            decoding=config.decoding,
            dev=text.dev,
            batch_tokens=config.training.batch_tokens,
            bleu_tokenizer=config.data.bleu_tokenizer,
            ranks=text.ranks,
        )

    def card(
        self, config: Config, state: TrainingState, signature: str, *, started_from: str
    ) -> str:
        return model_card(config, state, signature, started_from=started_from)

    def try_out(self, config: Config, text: PreparedText) -> Trial:
        """Return a validation of a sample that translates as a trained model does.

        An untrained model does not end its sentences. They are as long as the references instead.
        """
        whole: list[Part] = text.dev
        dev = [
            part._replace(sources=part.sources[:SAMPLE], targets=part.targets[:SAMPLE])
            for part in whole
        ]
        pairs = [
            text.tokenizers.encode_pairs(
                part.sources, part.targets, to=[part.to] * len(part.sources)
            )
            for part in dev
        ]
        sources = sum(len(row) for rows, _ in pairs for row in rows)
        targets = sum(len(row) for _, rows in pairs for row in rows)
        decoding = config.decoding.model_copy(
            update={
                "max_length_ratio": max(0.1, targets / max(1, sources)),
                "max_length_extra": 1,
                "min_length": targets // max(1, sum(len(rows) for _, rows in pairs)),
            }
        )
        count = sum(len(part.sources) for part in whole)
        calibrated = min(count, MAX_PAIRS) / count if count >= MIN_PAIRS else 0.0
        return Trial(
            config.model_copy(update={"decoding": decoding}),
            replace(text, dev=dev),
            ratio=count / sum(len(part.sources) for part in dev),
            finish=CALIBRATION * calibrated,
        )

    def finish(self, config: Config, output: Path, text: PreparedText, *, device: str) -> None:
        """Calibrate the confidence of the best weights on the dev pairs.

        The language of the references is foreign as a source, unless the model has several
        directions.
        """
        dev: list[Part] = text.dev
        pairs = [
            (Source(source, to=part.to), target)
            for part in dev
            for source, target in zip(part.sources, part.targets, strict=True)
        ]
        foreign = len(dev) == 1
        log_calibration(calibrate_confidence(output, pairs=pairs, foreign=foreign, device=device))


TASKS.register(TRANSLATION)(TranslationTask())


def _has_pretrained_weights(config: Config) -> bool:
    """Return whether the training starts from a model or from pretrained word vectors."""
    training = config.training
    models = (training.init_from, training.init_decoder_from)
    return any((*models, training.source_vectors, training.target_vectors))


def _spellings(text: PreparedText) -> tuple[Spelling, Spelling]:
    """Return the spellings of the source and target tokens, and the tokens that the text uses.

    For streamed text, only the first block is considered.
    """
    stream = cast(BatchStream, text.stream)
    first = next(stream.text.blocks(0))
    return (
        _spelling(text.tokenizers.source, first.source),
        _spelling(text.tokenizers.target, first.target),
    )


def _spelling(tokenizer: Tokenizer, ids: RaggedIds) -> Spelling:
    used = set(np.unique(ids.ids).tolist())
    return Spelling(tokenizer.pieces(range(tokenizer.vocab_size)), used)
